"""Calls of platforms that push JSON and sign nothing: a secret in the address they were given stands for a signature."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from apps.channels.contract import Setting, VerifiedInput
from apps.channels.errors import InputRefused, InputTooLarge, Unreadable
from apps.channels.hook_body import body_of as bounded_body

if TYPE_CHECKING:
    from django.http import HttpRequest

PARAMETER: Final = "secret"
MAX_BYTES: Final = 1024 * 1024
MAX_ITEMS: Final = 500
"""Far more than these platforms put into one call; each costs a round trip before the call is answered."""

Item = Mapping[str, Any]

CALLBACK_SECRET: Final = Setting(
    "callback_secret",
    _("Secret of the callback address"),
    secret=True,
    required=True,
    help=_(
        "The platform signs nothing, so a long random word proves its calls. Enter the address above with"
        " ?secret= and the word behind it. Without a word every call is refused."
    ),
)


def prove(request: HttpRequest, secret: str) -> None:
    """Raises InputRefused; always so while no secret is configured."""
    given = request.GET.get(PARAMETER, "").encode("utf-8", "replace")
    if not secret:
        raise InputRefused(reason="no_secret_configured")
    if not hmac.compare_digest(given, secret.encode("utf-8", "replace")):
        raise InputRefused(reason="secret_wrong" if given else "secret_missing")


def body_of(request: HttpRequest) -> bytes:
    """The raw body, unless it is larger than anything these platforms send."""
    return bounded_body(request, MAX_BYTES)


def split(body: bytes, identify: Callable[[Item], tuple[str, str]]) -> tuple[VerifiedInput, ...]:
    """One input an item of the pushed array; `identify` gives its id and what it is ordered by.

    What is no JSON, or no object, is kept as it came: reading it fails later, where a person sees it. Refusing it
    would only make the platform give up on it.
    """
    try:
        document = json.loads(body) if body.strip() else []
    except (ValueError, RecursionError):
        return (_kept(body),)
    items = document if isinstance(document, list) else [document]
    if len(items) > MAX_ITEMS:
        raise InputTooLarge
    try:
        return tuple(_input(item, identify) for item in items)
    except RecursionError:  # writing has less room than reading
        return (_kept(body),)


def _input(item: Any, identify: Callable[[Item], tuple[str, str]]) -> VerifiedInput:
    payload = json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if not isinstance(item, dict):
        return _kept(payload)
    external_id, order_by = identify(item)
    return VerifiedInput(external_id, order_by, payload)


def _kept(payload: bytes) -> VerifiedInput:
    digest = fingerprint(payload)
    return VerifiedInput(f"raw:{digest}", f"raw:{digest}", payload)


def fingerprint(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()


def load(payload: bytes) -> dict[str, Any]:
    """The stored item. After a repair it may stand in its array, as the platform's documents show it."""
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise Unreadable(reason=str(error)) from error
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    if not isinstance(document, dict):
        raise Unreadable(reason=_("not an object"))
    return document


def text_of(item: Item, key: str) -> str:
    """A value that is text or a number, whichever of the two the platform chose to send; else ""."""
    value = item.get(key)
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def flag_of(item: Item, key: str) -> bool:
    value = item.get(key)
    return value is True or str(value).casefold() in {"true", "1"}
