"""The page of error codes names every refusal there is. `python -m tests.core.api.test_catalogue` writes its table anew."""

import importlib
import pkgutil
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PAGE = ROOT / "docs" / "api" / "errors.md"
pytestmark = pytest.mark.unit


def table() -> str:
    from django.utils import translation

    import apps
    from apps.core.api.catalogue import all_refusals

    for module in pkgutil.walk_packages(apps.__path__, "apps."):  # some refusals stand beside what refuses
        if not re.search(r"\.(migrations|management|child_main)\b", module.name):
            importlib.import_module(module.name)
    with translation.override("en"):
        rows = [
            f"| `{code}` | {refusal.status} | {refusal.message} |"
            for code, refusal in all_refusals().items()
            if refusal.__module__.startswith("apps.")
        ]
    return "\n".join(["| code | status | message |", "|---|---|---|", *rows])


def test_the_page_lists_every_code():
    assert table() in PAGE.read_text(encoding="utf-8")


def test_codes_are_app_dot_situation_and_unique():
    from apps.core.api.catalogue import _below, all_refusals
    from apps.core.errors import AppError

    for code in all_refusals():
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", code), code
    own = [
        refusal for refusal in _below(AppError) if "code" in vars(refusal) and refusal.__module__.startswith("apps.")
    ]
    assert [code for code, count in Counter(refusal.code for refusal in own).items() if count > 1] == []


def test_messages_name_their_placeholders():
    from apps.core.api.catalogue import all_refusals

    for code, refusal in all_refusals().items():
        assert "%s" not in str(refusal.message), code
        assert not re.search(r"{\w*}", str(refusal.message)), code


def test_the_list_is_public(client, db):
    rows = client.get("/api/v1/errors/").json()["results"]

    assert {"code", "status", "message"} == set(rows[0])
    assert len(rows) > 40
    assert client.get("/api/v1/errors/tickets.merge_refused/").json()["status"] == 409
    assert client.get("/api/v1/errors/nothing.here/").status_code == 404


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings.test")
    django.setup()
    import contactcenter.urls  # noqa: F401 (everything that the project uses is loaded)

    text = PAGE.read_text(encoding="utf-8")
    start, end = text.index("| code |"), text.rindex("|\n") + 1
    PAGE.write_text(text[:start] + table() + text[end:], encoding="utf-8")
