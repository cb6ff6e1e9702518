"""The page of measures says of each what the code says. `python -m tests.metrics.test_documentation` writes it anew."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "metrics.md"
MARK = re.compile(r"<!-- (\w+) -->\n(.*?)<!-- /\1 -->", re.DOTALL)
pytestmark = pytest.mark.unit


def table(section: str) -> str:
    from django.utils import translation

    from apps.metrics.measures import all_measures

    with translation.override("en"):
        rows = [
            f"| `{one.key}` | {one.name} | {one.meaning} | {one.formula} | {one.unit.label}"
            f" | {', '.join(one.table.dimensions)} |"
            for one in all_measures().values()
            if one.section == section
        ]
    return "\n".join(["| key | name | meaning | formula | unit | by |", "|---|---|---|---|---|---|", *rows, ""])


def test_the_page_defines_every_measure_as_the_code_does():
    from apps.metrics.measures import all_measures

    sections = dict(MARK.findall(PAGE.read_text(encoding="utf-8")))
    assert set(sections) == {one.section for one in all_measures().values()}
    for section, text in sections.items():
        assert text == table(section), section


if __name__ == "__main__":
    import django

    django.setup()
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(
        MARK.sub(lambda found: f"<!-- {found[1]} -->\n{table(found[1])}<!-- /{found[1]} -->", text), encoding="utf-8"
    )
