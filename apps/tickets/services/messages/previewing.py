"""What would become of an answer on a channel, before it is sent: told by the same rules by which it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from apps.channels.connectors.sms.sending import segments
from apps.channels.contract import Outbound
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.permissions import require
from apps.tickets.errors import NoReplyChannel
from apps.tickets.models import DraftFile, Ticket
from apps.tickets.selectors.routes import Way, refusal_of, refusal_of_content
from apps.tickets.services import outgoing
from apps.tickets.services.messages.sending import breaches, possible_ways
from apps.tickets.services.pictures import attach_uploads

_FORMATTING: Final = re.compile(r"<(?:b|strong|i|em|u|s|h[1-6]|blockquote|ul|ol|pre|code|table)\b")
_PICTURE: Final = re.compile(r"<img\b")
_NAMED_LINK: Final = re.compile(r'<a\b[^>]{0,2000}\bhref="([^"]{1,2000})"[^>]{0,2000}>(?!\1<)')


@dataclass(frozen=True, slots=True)
class Preview:
    channel: Channel
    is_public: bool
    messages: int
    """How many the platform will see, and counts."""
    segments: int | None
    """What a phone network counts and bills; None elsewhere."""
    length: int
    losses: tuple[str, ...]
    refusal: str
    """Why it could not be sent like this; empty when it could."""


def preview(
    *,
    ticket: Ticket,
    by: Actor,
    html: str,
    channel: Channel | None = None,
    is_public: bool = False,
    draft_file_ids: Sequence[int] = (),
) -> Preview:
    """Sends nothing, keeps nothing. For a ticket that the actor sees."""
    require(by, "tickets.reply", ticket)
    way = _way(ticket, channel, is_public=is_public)
    own = DraftFile.objects.filter(user_id=by.user_id or 0, ticket=ticket, pk__in=draft_file_ids)
    html, files = attach_uploads(html, own.select_related("file"))
    outbound = outgoing.prepare(
        ticket=ticket,
        way=way,
        html=html,
        subject=ticket.subject,
        to=[person.address for person in way.addressing.to],
        files=files,
        by=by,
    )
    told = [finding.text for finding in breaches(ticket, by, way, html, ticket.subject) if finding.is_final]
    return _preview(way, html, outbound, " ".join(told))


def _way(ticket: Ticket, channel: Channel | None, *, is_public: bool) -> Way:
    """The chosen one, or where the answer would go by itself; a shut one rather than none, to say why."""
    found = possible_ways(ticket, channel, is_public=is_public)
    if not found:
        raise NoReplyChannel
    return next((way for way in found if not refusal_of(way)), found[0])


def _preview(way: Way, html: str, outbound: Outbound, breach: str) -> Preview:
    able = way.able
    return Preview(
        channel=way.channel,
        is_public=way.is_public,
        messages=len(way.connector.parts(outbound, way.channel)),
        segments=segments(outbound.text) if able.counts_segments else None,
        length=len(outbound.text),
        losses=tuple(_losses(html)) if not able.html else (),
        refusal=refusal_of(way) or breach or refusal_of_content(way, outbound),
    )


def _losses(html: str) -> Iterator[str]:
    """What a channel for plain text leaves out."""
    if _FORMATTING.search(html):
        yield _("Formatting is lost.")
    if _NAMED_LINK.search(html):
        yield _("Links are written out.")
    if _PICTURE.search(html):
        yield _("Pictures come after the text.")
