"""Static files: hashed names inside modules, references that lead somewhere, and how they are served."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from contactcenter.staticfiles import ModuleManifestStorage

pytestmark = pytest.mark.unit


@pytest.fixture
def sources(tmp_path: Path, settings: Any) -> Path:
    ours = tmp_path / "ours"
    (ours / "js" / "lib").mkdir(parents=True)
    settings.STATICFILES_DIRS = [ours]
    settings.STATIC_ROOT = tmp_path / "collected"
    (tmp_path / "collected").mkdir()
    return ours


def collect(storage: ModuleManifestStorage, files: dict[str, Path]) -> list[Any]:
    for name, path in files.items():
        target = Path(storage.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return list(storage.post_process({name: (storage, name) for name in files}))


def test_imports_of_modules_lead_to_hashed_names(sources: Path) -> None:
    (sources / "js" / "app.js").write_text('import { at } from "./lib/time.js";\nat();\n')
    (sources / "js" / "lib" / "time.js").write_text("export const at = () => 1;\n")
    storage = ModuleManifestStorage()
    collect(storage, {name: sources / name for name in ("js/app.js", "js/lib/time.js")})
    hashed = storage.stored_name("js/lib/time.js")
    assert hashed != "js/lib/time.js"
    text = Path(storage.path(storage.stored_name("js/app.js"))).read_text()
    assert text.startswith(f'import {{ at }} from "./{hashed.removeprefix("js/")}";')


def test_our_module_that_imports_nothing_real_is_refused(sources: Path) -> None:
    (sources / "js" / "app.js").write_text('import { at } from "./lib/gone.js";\n')
    outcomes = collect(ModuleManifestStorage(), {"js/app.js": sources / "js" / "app.js"})
    assert any(isinstance(outcome, ValueError) for _, _, outcome in outcomes)


def test_a_package_may_mention_what_is_not_there(sources: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.js"
    theirs.write_text('// import x from "./gone.js";\nimport y from "./gone.js";\n')
    outcomes = collect(ModuleManifestStorage(), {"package/theirs.js": theirs})
    assert not [outcome for _, _, outcome in outcomes if isinstance(outcome, Exception)]


def test_files_are_served_whole_with_their_type() -> None:
    answer = Client().get("/static/css/app.css")
    assert answer.status_code == 200
    assert not answer.streaming
    assert answer.headers["Content-Type"].startswith("text/css")
    assert int(answer.headers["Content-Length"]) == len(answer.content)


def test_a_part_of_a_file_can_be_asked_for() -> None:
    answer = Client().get("/static/css/app.css", headers={"range": "bytes=0-9"})
    assert (answer.status_code, len(answer.content)) == (206, 10)


def test_a_file_that_is_not_there_is_no_static_file() -> None:
    assert Client().get("/static/css/gone.css").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "../manage.py", "..%2fmanage.py", "%2e%2e/manage.py", "css/../../manage.py", "..%5cmanage.py", "/etc/passwd",
        "%2fetc%2fpasswd", "..%c0%af..%c0%afetc/passwd", "css/app.css%00.py", "....//manage.py",
    ],
)  # fmt: skip
def test_no_address_leads_out_of_the_static_files(path: str) -> None:
    """Known attacks 23 and 24."""
    response = Client().get(f"/static/{path}")
    assert response.status_code == 404
    assert b"DJANGO_SETTINGS_MODULE" not in response.content


def test_browsers_that_look_for_the_icon_themselves_find_it() -> None:
    answer = Client().get("/favicon.ico")
    assert answer.status_code == 302
    assert Client().get(answer["Location"])["Content-Type"] == "image/svg+xml"
