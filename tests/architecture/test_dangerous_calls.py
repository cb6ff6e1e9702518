"""Nothing of ours turns bytes into code, and nothing hands whole mails to what takes too long over them (bad input 82, 99, 107)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parent.parent.parent
MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle", "yaml", "pty"}
CALLS = {"eval", "exec", "compile", "__import__"}
SLOW = {"strip_tags", "urlize", "wrap"}
"""Of `django.utils`: Django itself mended them again and again for what they take on long texts."""
WORDS = (*MODULES, *(f"{name}(" for name in CALLS), *SLOW, "shell")
FILTERS = ("|striptags", "|urlize", "|wordwrap", "|truncatewords_html", "|truncatechars_html")


def trees() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("apps", "contactcenter"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            # Reading words is quick, understanding them is not.
            if any(word in text for word in WORDS):
                yield str(path.relative_to(ROOT)), ast.parse(text)


def dangers(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names if name.name.partition(".")[0] in MODULES)
            case ast.ImportFrom(module=str(module), names=names):
                if module.partition(".")[0] in MODULES:
                    yield module
                if module.startswith("django.utils."):
                    yield from (name.name for name in names if name.name in SLOW)
            case ast.Call(func=ast.Name(id=name)) if name in CALLS:
                yield f"{name}()"
            case ast.keyword(arg="shell", value=ast.Constant(value=True)):
                yield "shell=True"


def test_no_module_of_ours_runs_what_it_reads() -> None:
    found = {path: names for path, tree in trees() if (names := sorted(set(dangers(tree))))}
    assert found == {}


def test_it_would_be_noticed() -> None:
    written = "import pickle\nfrom django.utils.html import strip_tags\neval(x)\nrun(x, shell=True)\nre.compile(x)"
    assert sorted(dangers(ast.parse(written))) == ["eval()", "pickle", "shell=True", "strip_tags"]


def test_no_template_hands_long_texts_to_what_is_slow() -> None:
    pages = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "apps").rglob("*.html")]
    assert len(pages) > 100
    texts = {str(page.relative_to(ROOT)): page.read_text(encoding="utf-8").replace(" ", "") for page in pages}
    assert not [page for page, text in texts.items() if any(name in text for name in FILTERS)]
