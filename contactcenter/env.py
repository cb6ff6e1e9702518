"""Typed readers of the environment. They fail loudly, and read a secret from the file that NAME_FILE points to.

Every name read through these functions stands in the README's table of settings and in `.env.example`;
a test compares the three.
"""

import base64
import binascii
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})


def _read(name: str) -> str | None:
    value = os.environ.get(name)
    if value is not None:
        return value.strip()
    file = os.environ.get(f"{name}_FILE")
    if not file:
        return None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name}_FILE points to {file}, which cannot be read: {error}") from error


def text(name: str, default: str | None = None) -> str:
    """The value of NAME; without a default it must be set."""
    value = _read(name)
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"Set {name} in the environment.")
    return default


def flag(name: str, default: bool = False) -> bool:
    value = _read(name)
    if value is None:
        return default
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; write 1 or 0.")


def integer(name: str, default: int, minimum: int | None = None) -> int:
    value = _read(name)
    if not value:
        return default
    try:
        number = int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a whole number.") from error
    if minimum is not None and number < minimum:
        raise ImproperlyConfigured(f"{name} is {number}; it must be at least {minimum}.")
    return number


def items(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A list separated by commas."""
    value = _read(name)
    if value is None:
        return list(default)
    return [item.strip() for item in value.split(",") if item.strip()]


def key(name: str, default: bytes | None = None) -> bytes:
    """A key of 32 bytes, written in base64."""
    value = _read(name)
    if not value:
        if default is None:
            raise ImproperlyConfigured(f"Set {name} in the environment: 32 random bytes in base64.")
        return default
    return _key_bytes(name, value)


def keys(name: str, default: dict[str, bytes] | None = None) -> dict[str, bytes]:
    """Keys by id, written `id:base64,id:base64`; the first one is the active one."""
    parts = items(name)
    if not parts:
        if default is None:
            raise ImproperlyConfigured(f"Set {name} in the environment, as id:base64 of 32 random bytes.")
        return default
    found: dict[str, bytes] = {}
    for part in parts:
        key_id, separator, value = part.partition(":")
        if not separator or not key_id or key_id in found:
            raise ImproperlyConfigured(f"{name} must be written as id:base64,id:base64 with different ids.")
        found[key_id] = _key_bytes(name, value)
    return found


def _key_bytes(name: str, value: str) -> bytes:
    try:
        decoded = base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ImproperlyConfigured(f"{name} is not base64.") from error
    if len(decoded) != 32:
        raise ImproperlyConfigured(f"{name} has {len(decoded)} bytes; a key has 32.")
    return decoded


def database(name: str, default: str | None = None) -> dict[str, Any]:
    """Django's settings of the PostgreSQL database at postgres://user:password@host:port/name?option=value."""
    url = text(name, default)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not a URL like postgres://user:password@host:5432/name.") from error
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must be a URL like postgres://user:password@host:5432/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def redis(name: str, default: str | None = None) -> str:
    url = text(name, default)
    if urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise ImproperlyConfigured(f"{name} must be a URL like redis://127.0.0.1:6379/0.")
    return url


def load_file(path: Path) -> None:
    """Takes NAME=value lines from a file for what the environment does not set; a missing file is no error."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{path} cannot be read: {error}") from error
    for line in lines:
        name, separator, value = line.strip().partition("=")
        if separator and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("\"'"))
