"""What everything that people write has in common: its content, its uploads, its draft."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible
from apps.core.richtext import clean_html, html_to_text
from apps.tickets.enums import DraftKind
from apps.tickets.errors import EmptyMessage, TooManyFiles
from apps.tickets.models import Draft, DraftFile, Message, Ticket
from apps.tickets.services.first_drafts import discard_first_draft
from apps.tickets.services.timeline import MAX_LENGTH, FileToAttach, mark_read_to


def take_uploads(by: Actor, ticket: Ticket | None, ids: Sequence[int]) -> list[DraftFile]:
    """The writer's own uploads for this ticket become part of the message; anybody else's do not exist."""
    if not ids:
        return []
    if len(ids) > settings.TICKETS_MAX_FILES:
        raise TooManyFiles(limit=settings.TICKETS_MAX_FILES)
    own = DraftFile.objects.filter(user_id=by.user_id or 0, ticket=ticket, pk__in=ids)
    rows = list(own.select_for_update(of=("self",)).select_related("file"))
    if len(rows) != len(set(ids)):
        raise NotVisible
    DraftFile.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return rows


def require_content(html: str, files: Sequence[FileToAttach]) -> None:
    if len(html) > MAX_LENGTH:
        raise InvalidInput(fields={"html": [_("This text is too long.")]})
    if not files and not html_to_text(clean_html(html)).strip():
        raise EmptyMessage


def finish_writing(ticket: Ticket, by: Actor, message: Message, kind: DraftKind) -> None:
    """The writer's draft is used up, and they have read their own words."""
    if by.user_id is None:
        return
    if kind == DraftKind.NEW and message.channel is not None:
        discard_first_draft(by=by, way=message.channel.kind)
    Draft.objects.filter(user_id=by.user_id, ticket=ticket, kind=kind).delete()
    mark_read_to(ticket, by.user_id, message.sequence)
