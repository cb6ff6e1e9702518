"""The platform's own markup as words, and words as its markup. Source: docs.slack.dev, formatting text for app surfaces."""

from __future__ import annotations

import re
from typing import Final

_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_TOKEN: Final = re.compile(r"<([^<>\s][^<>\n]{0,3000})>")
_MARKS: Final = {"@": "@", "#": "#", "!": "@"}


def words_of(text: str) -> str:
    return _unescaped(_TOKEN.sub(_word_of, text)).strip()


def markup_of(text: str) -> str:
    """So that nothing an agent writes becomes a mention of everybody."""
    for entity, sign in reversed(_ENTITIES):
        text = text.replace(sign, entity)
    return text


def mentions(text: str, user: str) -> bool:
    return bool(user) and (f"<@{user}>" in text or f"<@{user}|" in text)


def without_leading_mention(text: str, user: str) -> str:
    """Naming the app is how it is called, not what is said."""
    return re.sub(rf"^\s*<@{re.escape(user)}(\|[^<>]*)?>[\s:,，：]*", "", text) if user else text


def _word_of(found: re.Match[str]) -> str:
    target, _, label = found[1].partition("|")
    sign = _MARKS.get(target[:1])
    if sign is not None:
        name = label or target[1:].partition("^")[0]
        return f"{sign}{name.removeprefix(sign)}"
    address = target.removeprefix("mailto:").removeprefix("tel:")
    return f"{label} ({target})" if label and label not in (target, address) else address


def _unescaped(text: str) -> str:
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    return text
