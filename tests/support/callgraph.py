"""Who calls whom in apps/, read from the sources: enough to say what a service writes and whether it says so."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WRITES = frozenset(
    {"save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
)
"""Methods by which rows change."""


@dataclass(slots=True)
class Function:
    name: str
    """Dotted, with its module."""
    path: str
    line: int
    arguments: tuple[str, ...] = ()
    calls: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)


@cache
def functions() -> dict[str, Function]:
    """Every function at the top of a module of apps/, and methods of classes there, by dotted name."""
    found: dict[str, Function] = {}
    for path in sorted((ROOT / "apps").rglob("*.py")):
        if "migrations" not in path.parts:
            found.update((function.name, function) for function in _of_module(path))
    return found


@cache
def reached(name: str) -> frozenset[str]:
    """Itself, and all that it calls, however deep."""
    known, seen, left = functions(), set[str](), [name]
    while left:
        current = left.pop()
        if current not in seen:
            seen.add(current)
            left += _resolved(known[current].calls) if current in known else ()
    return frozenset(seen)


def _resolved(calls: set[str]) -> Iterator[str]:
    for call in calls:
        yield _forwarded(call)


@cache
def _forwarded(name: str) -> str:
    """What a package gives out under its own name is that of the module it comes from."""
    for _step in range(5):
        module, _dot, last = name.rpartition(".")
        target = _imports_of(module).get(last) if name not in functions() else None
        if target is None:
            return name
        name = target
    return name


@cache
def _imports_of(module: str) -> dict[str, str]:
    path = ROOT / Path(*module.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return _imports(ast.parse(file.read_text(encoding="utf-8")))
    return {}


def _of_module(path: Path) -> Iterator[Function]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    names = _imports(tree)
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            inner = [item for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]
            for item in inner:
                yield _function(item, f"{module}.{node.name}.{item.name}", module, path, names)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _function(node, f"{module}.{node.name}", module, path, names)


def _imports(tree: ast.Module) -> dict[str, str]:
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
    return names


def _function(
    node: ast.FunctionDef | ast.AsyncFunctionDef, name: str, module: str, path: Path, names: dict[str, str]
) -> Function:
    arguments = tuple(argument.arg for argument in (*node.args.args, *node.args.kwonlyargs))
    made = Function(name, str(path.relative_to(ROOT)), node.lineno, arguments)
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
            made.methods.add(inner.func.attr)
        if isinstance(inner, ast.Name):
            made.calls.add(names.get(inner.id, f"{module}.{inner.id}"))
        elif isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            owner = inner.value.id
            if owner in ("self", "cls"):
                made.calls.add(f"{name.rpartition('.')[0]}.{inner.attr}")
            elif owner in names:
                made.calls.add(f"{names[owner]}.{inner.attr}")
    return made
