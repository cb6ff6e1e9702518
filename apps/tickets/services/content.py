"""Whether words may go out on a channel. Asked before anything is sent, and when automatic texts are saved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from apps.channels.models import Channel
from apps.core.richtext import html_to_text, text_to_html
from apps.privacy.detection import find_spans, visible
from apps.privacy.enums import FieldClass
from apps.tickets.enums import Breach, LinkPolicy
from apps.tickets.errors import ContentRefused, ContentUnconfirmed
from apps.tickets.models import ContentRule

GUARDED: Final = frozenset({FieldClass.BANK_CARD, FieldClass.ID_NUMBER})

_HREF = re.compile(r'\shref="([^"]+)"')
# Words that programs make links of: with a scheme, or a name with a usual ending or a path. In Chinese no blank stands before.
_ADDRESS = re.compile(r"(?<![a-z0-9])(?:https?://|www\.)[^\s<>\"'，。；）)]+", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+%-]{1,64}@[\w.-]{1,255}")
_LETTER = r"[^\W_\u2e80-\u9fff]"
_NAME = re.compile(
    rf"(?<!{_LETTER})((?:{_LETTER}(?:{_LETTER}|-){{0,62}}\.){{1,8}}([a-z][a-z0-9-]{{1,62}}))(?!{_LETTER})(:\d+)?(/\w)?",
    re.IGNORECASE,
)
_ENDINGS: Final = frozenset(
    """app au biz ca cc club cn co com de dev edu eu fr gov hk info io jp kr link live ly mobi net online org page pro ru sg
    shop site store top tv tw uk vip xyz""".split()  # noqa: SIM905
)
_INNER = re.compile(r"[a-z0-9]")
_LOOKALIKES: Final = str.maketrans(
    "аеорсухіѕјһԁԛԝѵгӏүАВЕЅІЈКМНОРСТУХҮԚԜԌαγινορυκϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹıɑɡ",
    "aeopcyxisjhdqwvrlyABESIJKMHOPCTYXYQWGayivopukcjABEZHIKMNOPTYXCiag",
)
"""Cyrillic, Greek and phonetic letters drawn like Latin ones (Unicode's confusables.txt)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that breaks the rule; `is_final` when nobody may send it all the same."""

    text: str
    is_final: bool


def require_content_allowed(found: Sequence[Finding], *, is_confirmed: bool) -> None:
    """Raises ContentRefused, or ContentUnconfirmed where the writer may decide and has not yet."""
    final = [finding.text for finding in found if finding.is_final]
    if final:
        raise ContentRefused(fields={"html": final})
    if found and not is_confirmed:
        raise ContentUnconfirmed(fields={"html": [finding.text for finding in found]})


def require_texts_allowed(channel: Channel, texts: Mapping[str, str]) -> None:
    """For what is sent by itself, in each of its languages: nobody is there to confirm it."""
    found = [finding.text for text in texts.values() for finding in findings(channel, text_to_html(text))]
    if found:
        raise ContentRefused(fields={"html": list(dict.fromkeys(found))})


def findings(channel: Channel, html: str) -> Iterator[Finding]:
    rule = ContentRule.objects.filter(channel=channel).first()
    if rule is None:
        return
    text = html_to_text(html)
    yield from _told(_forbidden(rule, text), rule.words_breach)
    yield from _told(_links(rule, html, text), rule.links_breach)
    yield from _told(_personal(text), rule.personal_data)


def _told(texts: Iterator[str], breach: str) -> Iterator[Finding]:
    if breach != Breach.ALLOW:
        yield from (Finding(text, breach == Breach.REFUSE) for text in texts)


def _forbidden(rule: ContentRule, text: str) -> Iterator[str]:
    said = visible(text).casefold()
    in_latin = visible(text).translate(_LOOKALIKES).casefold()
    for word, instead in words_of(rule.forbidden_words):
        folded = visible(word).casefold()
        if not folded or not _pattern(folded).search(in_latin if folded.isascii() else said):
            continue
        if instead:
            yield _("“%(word)s” must not be said here; write “%(instead)s”.") % {"word": word, "instead": instead}
        else:
            yield _("“%(word)s” must not be said here.") % {"word": word}


def words_of(lines: str) -> Iterator[tuple[str, str]]:
    """Each forbidden word with what to write instead, if there is anything."""
    for line in lines.splitlines():
        word, _sign, instead = line.partition("=")
        if word.strip():
            yield word.strip(), instead.strip()


def _pattern(folded: str) -> re.Pattern[str]:
    """The whole word where words have ends ("art" is not in "start"); anywhere in Chinese, which has none."""
    before = r"(?<![a-z0-9])" if _INNER.match(folded[0]) else ""
    after = r"(?![a-z0-9])" if _INNER.match(folded[-1]) else ""
    return re.compile(before + re.escape(folded) + after)


def _links(rule: ContentRule, html: str, text: str) -> Iterator[str]:
    if rule.link_policy == LinkPolicy.ANY:
        return
    allowed = rule.link_domains if rule.link_policy == LinkPolicy.LISTED else []
    for host in dict.fromkeys(_hosts(html, text)):
        if not any(host == domain or host.endswith(f".{domain}") for domain in map(str.casefold, allowed)):
            yield _("Links to %(host)s are not sent here.") % {"host": host}


def _hosts(html: str, text: str) -> Iterator[str]:
    for address in (*_HREF.findall(html), *_written(visible(text))):
        try:
            host = urlsplit(address if "//" in address else f"//{address}").hostname
        except ValueError:
            host = address[:60]
        if host and not address.casefold().startswith(("mailto:", "tel:", "cid:")):
            yield host.casefold()


def _written(text: str) -> Iterator[str]:
    """Addresses in the words themselves; what is inside one, or behind the @ of a mail address, is no other."""
    yield from _ADDRESS.findall(text)
    for match in _NAME.finditer(_MAIL.sub(" ", _ADDRESS.sub(" ", text))):
        if match[4] or match[2].casefold() in _ENDINGS:
            yield match[1]


def _personal(text: str) -> Iterator[str]:
    """The number itself is not repeated: what is told may be written down elsewhere."""
    kinds = {span.kind for span in find_spans(text)} & GUARDED
    if FieldClass.BANK_CARD in kinds:
        yield _("The text holds the number of a bank card.")
    if FieldClass.ID_NUMBER in kinds:
        yield _("The text holds the number of an identity document.")
