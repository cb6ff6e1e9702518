"""Text from outside as UTF-8 and PostgreSQL can hold it.

JSON may carry half of a surrogate pair, as when somebody cuts an emoji in two. Kept as it is, it would break every
page that shows it. The raw input stays as it came.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

T = TypeVar("T")


def storable(value: T) -> T:
    """The same value; in its texts, however deep, NUL is left out and halves of characters are replaced."""
    cleaned: T = _storable(value)
    return cleaned


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_storable(item) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **{name: _storable(part) for name, part in parts.items()})
    return value


def _text(text: str) -> str:
    if "\x00" not in text:
        try:
            text.encode()
        except UnicodeEncodeError:
            pass
        else:
            return text  # itself, for it may be a member of an enumeration
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "")
