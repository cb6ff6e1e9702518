"""A refusal that is kept now and read later, by people of another language: its parameters, without the words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext, override

from apps.core.errors import AppError

MAX_PARAMETER: Final = 400
_MARK: Final = "params"


def kept_reason(error: AppError) -> str:
    """What to store beside the refusal's code."""
    with override("en"):
        return json.dumps({_MARK: {name: _plain(value) for name, value in error.params.items()}}, ensure_ascii=False)


def told_reason(code: str, kept: str) -> str:
    """In the active language. What was not kept by `kept_reason`, a platform's own words for instance, stays as it is."""
    params = _params(kept)
    if params is None:
        return kept
    refusal = next((known for known in _every(AppError) if known.code == code), None)
    if refusal is None:
        return ""
    # Without its own constructor, which may ask for more than the words need.
    again = refusal.__new__(refusal)
    again.params = {name: _told(value) for name, value in params.items()}
    return again.detail()


def _plain(value: Any) -> Any:
    """Words of ours are kept as in the code, so that they can be translated when they are read."""
    if isinstance(value, Promise):
        return {"words": str(value)[:MAX_PARAMETER]}
    return value if value is None or isinstance(value, int | float) else str(value)[:MAX_PARAMETER]


def _told(value: Any) -> Any:
    return gettext(value["words"]) if isinstance(value, dict) else value


def _params(kept: str) -> dict[str, Any] | None:
    if not kept.startswith(f'{{"{_MARK}"'):
        return None
    try:
        found: dict[str, Any] = json.loads(kept)[_MARK]
    except ValueError:
        return None
    return found


def _every(parent: type[AppError]) -> Iterator[type[AppError]]:
    yield parent
    for refusal in parent.__subclasses__():
        yield from _every(refusal)
