"""A webhook channel as a file: what it is set to, without secrets, samples of real calls or anything of this installation."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.webhook.forms import STEPS, AccessForm, MessageForm, OutgoingForm, default_settings
from apps.core.errors import InvalidInput
from apps.core.fields.translated import TranslatedText
from apps.core.storable import storable

FORMAT: Final = "contact-center-webhook"
VERSION: Final = 1
MAX_FILE: Final = 256 * 1024
REPLACED: Final = "REPLACE-ME"
HARMLESS_HEADERS: Final = frozenset({"accept", "accept-language", "content-type", "user-agent"})
_PLACE: Final = re.compile(r"\{\{\s*[a-z_]+\s*\}\}")
GALLERY: Final = Path(__file__).parent / "gallery"


@dataclass(frozen=True, slots=True)
class Definition:
    """`about` says in each language what it is for; `sample` is made up."""

    name: TranslatedText
    about: TranslatedText = field(default_factory=TranslatedText)
    settings: Mapping[str, Any] = field(default_factory=dict)
    sample: str = ""
    key: str = ""
    is_unchecked: bool = False
    """Made without a published interface, for what a partner may offer."""


def export(*, name: Mapping[str, str], settings: Mapping[str, Any]) -> str:
    """Only what differs from the usual, so that a file reads as what it says."""
    usual = default_settings()
    told = {key: value for key, value in settings.items() if key in usual and value != usual[key]}
    told, left_out = without_typed_secrets(told)
    document = {"format": FORMAT, "version": VERSION, "name": dict(name), "settings": told}
    if left_out:
        document["left_out"] = left_out
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def without_typed_secrets(settings: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What a manager typed into a header or an address may be a key: it is exchanged, and what was is named.

    Values made of placeholders of ours stay, and headers that say nothing but how the body is written.
    """
    told, left_out = dict(settings), []
    lines = []
    for line in told.get("send_headers") or ():
        name, _colon, value = str(line).partition(":")
        if name.strip().casefold() in HARMLESS_HEADERS or not _is_typed(value):
            lines.append(line)
        else:
            lines.append(f"{name}: {REPLACED}")
            left_out.append(name.strip())
    if lines:
        told["send_headers"] = lines
    if told.get("send_url"):
        told["send_url"], names = _without_typed_values(str(told["send_url"]))
        left_out += names
    return told, left_out


def _without_typed_values(url: str) -> tuple[str, list[str]]:
    address, mark, query = url.partition("?")
    pairs, names = [], []
    for pair in query.split("&") if mark else ():
        name, _equals, value = pair.partition("=")
        is_typed = _is_typed(value)
        pairs.append(f"{name}={REPLACED}" if is_typed else pair)
        names += [name] if is_typed else []
    scheme, slashes, rest = address.partition("//")
    person, at, host = rest.rpartition("@")
    if at and "/" not in person:
        names.append("user:password")
        address = f"{scheme}{slashes}{host}"
    return address + mark + "&".join(pairs), names


def _is_typed(value: str) -> bool:
    return bool(_PLACE.sub("", value).strip())


def read(content: bytes | str) -> Definition:
    """Raises InvalidInput with everything that is wrong: an imported file gets no further than a filled-in form."""
    document = _document(content)
    settings = document.get("settings", {})
    unknown = set(settings) - set(default_settings())
    if unknown:
        names = ", ".join(sorted(map(str, unknown))[:5])
        raise _refused(_("The file holds settings that are not known here: %(names)s") % {"names": names})
    return Definition(
        name=_texts(document.get("name")),
        about=_texts(document.get("about")),
        settings=_checked(default_settings() | settings),
        sample=_sample(document.get("sample")),
        is_unchecked=document.get("is_unchecked") is True,
    )


@cache
def gallery() -> tuple[Definition, ...]:
    """Those that come with the contact center, in the order of their files."""
    found = []
    for path in sorted(GALLERY.glob("*.json")):
        read_one = read(path.read_text(encoding="utf-8"))
        key = path.stem.partition("-")[2]
        found.append(
            Definition(read_one.name, read_one.about, read_one.settings, read_one.sample, key, read_one.is_unchecked)
        )
    return tuple(found)


def from_gallery(key: str) -> Definition | None:
    return next((definition for definition in gallery() if definition.key == key), None)


def _document(content: bytes | str) -> dict[str, Any]:
    if len(content) > MAX_FILE:
        raise _refused(_("The file is too large."))
    try:
        document = storable(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise _refused(_("The file is not JSON.")) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _refused(_("The file is not a definition of a webhook channel."))
    if document.get("version") != VERSION or not isinstance(document.get("settings", {}), dict):
        raise _refused(_("The file was made by another version."))
    return document


def _checked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Through the forms of the steps; secrets are entered later."""
    fields: dict[str, list[Any]] = {}
    cleaned: dict[str, Any] = {}
    for form in (
        AccessForm(_as_data(AccessForm, settings), has_secret=True),
        MessageForm(_as_data(MessageForm, settings)),
        OutgoingForm(_as_data(OutgoingForm, settings), has_secret=True),
    ):
        for name, errors in form.errors.items():
            label = form.fields[name].label if name in form.fields else name
            fields.setdefault("file", []).extend(format_lazy("{}: {}", label, error) for error in errors)
        if not form.errors:
            cleaned |= form.settings
    if fields:
        raise InvalidInput(fields=fields)
    return cleaned


def _as_data(step: type[Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """As a browser would send it: lists as lines, a flag by being there."""
    data = {}
    for name in step.setting_names():
        value = settings.get(name)
        if isinstance(value, list):
            value = "\n".join(map(str, value))
        if value is not None and value is not False:
            data[name] = value if isinstance(value, str) else "on" if value is True else str(value)
    return data


def _texts(value: object) -> TranslatedText:
    if not isinstance(value, dict):
        return TranslatedText()
    return TranslatedText({str(code): str(text)[:2000] for code, text in value.items() if isinstance(text, str)})


def _sample(value: object) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, indent=2)
    return value[:64_000] if isinstance(value, str) else ""


def _refused(message: Any) -> InvalidInput:
    return InvalidInput(fields={"file": [message]})


__all__ = ["STEPS", "Definition", "export", "from_gallery", "gallery", "read"]
