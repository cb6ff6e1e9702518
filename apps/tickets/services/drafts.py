"""Drafts: what somebody is writing, kept so that a reload loses nothing; and the files uploaded into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import zip_longest
from typing import IO, Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.channels.contract import Button, Card
from apps.core import throttle
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.permissions import require
from apps.core.richtext import clean_html
from apps.core.storage import delete_file, store_file
from apps.tickets.enums import DraftKind
from apps.tickets.errors import TooManyFiles
from apps.tickets.models import Draft, DraftFile, Ticket

MAX_HTML = 1_000_000
MAX_DATA = 50
_PERMISSIONS = {DraftKind.REPLY: "tickets.reply", DraftKind.NOTE: "tickets.note", DraftKind.NEW: "tickets.create"}


@transaction.atomic
def save_draft(
    *, by: Actor, ticket: Ticket | None, kind: DraftKind | str, html: str, data: dict[str, Any] | None = None
) -> Draft | None:
    """Keeps the writer's words; nothing left means no draft. `data` holds the composer's other fields."""
    user_id = require_writer(by, ticket, kind)
    cleaned = cleaned_draft(kind, html, data or {})
    if not cleaned.strip() and not any((data or {}).values()):
        discard_draft(by=by, ticket=ticket, kind=kind)
        return None
    return write_draft(user_id=user_id, ticket=ticket, kind=DraftKind(kind), html=cleaned, data=data or {})


def cleaned_draft(kind: DraftKind | str, html: str, data: dict[str, Any]) -> str:
    if len(html) > MAX_HTML or len(data) > MAX_DATA:
        raise InvalidInput(fields={"html": [_("This text is too long.")]})
    return clean_html(html, mentions=kind == DraftKind.NOTE)


def require_writer(by: Actor, ticket: Ticket | None, kind: DraftKind | str) -> int:
    if kind not in DraftKind.values:
        raise InvalidInput(fields={"kind": [_("There is no such draft.")]})
    if by.user_id is None:
        raise PermissionRefused
    if ticket is not None and not Ticket.objects.visible_to(by).filter(pk=ticket.pk).exists():
        raise NotVisible
    require(by, _PERMISSIONS[DraftKind(kind)], ticket)
    return by.user_id


def write_draft(*, user_id: int, ticket: Ticket | None, kind: DraftKind, html: str, data: dict[str, Any]) -> Draft:
    """Insert or update under the unique key; two tabs that save at once end with one draft."""
    for _attempt in range(2):
        row = Draft.objects.select_for_update(of=("self",)).filter(user_id=user_id, ticket=ticket, kind=kind).first()
        if row is not None:
            row.html, row.data = html, data
            row.save(update_fields=["html", "data", "updated"])
            return row
        try:
            with transaction.atomic():
                row = Draft(user_id=user_id, ticket=ticket, kind=kind, html=html, data=data)
                row.save(force_insert=True)
                return row
        except IntegrityError:
            continue
    raise IntegrityError("A draft was neither there nor insertable.")


UPLOADS: Final = (120, timedelta(minutes=1))
CARD: Final = ("card_title", "card_url", "button_label", "button_url")
"""The fields in which a card is written."""


def card_fields(card: Card) -> dict[str, list[str]]:
    """A card as it was written."""
    return {
        "card_title": [card.title],
        "card_url": [card.url],
        "button_label": [button.label for button in card.buttons],
        "button_url": [button.url for button in card.buttons],
    }


def card_of(data: Mapping[str, Sequence[str]]) -> Card | None:
    """The card in such fields; None where nothing of one is filled in. Whether it is a good one, sending says."""
    first = {name: next(iter(data.get(name) or ()), "").strip() for name in ("card_title", "card_url")}
    pairs = zip_longest(data.get("button_label") or (), data.get("button_url") or (), fillvalue="")
    buttons = tuple(Button(label.strip(), url.strip()) for label, url in pairs if label.strip() or url.strip())
    if not buttons and not any(first.values()):
        return None
    return Card(title=first["card_title"], url=first["card_url"], buttons=buttons)


@transaction.atomic
def discard_draft(*, by: Actor, ticket: Ticket | None, kind: DraftKind | str) -> None:
    if by.user_id is not None:
        Draft.objects.filter(user_id=by.user_id, ticket=ticket, kind=kind).delete()


@transaction.atomic
def add_draft_file(*, by: Actor, ticket: Ticket | None, name: str, content: bytes | IO[bytes]) -> DraftFile:
    """Stores an upload of the writer's. It belongs to nobody else and to no message until it is sent."""
    user_id = _require_file_writer(by, ticket)
    throttle.hit(f"draft-file:{by.key}", limit=UPLOADS[0], per=UPLOADS[1])
    if DraftFile.objects.filter(user_id=user_id, ticket=ticket).count() >= settings.TICKETS_MAX_FILES:
        raise TooManyFiles(limit=settings.TICKETS_MAX_FILES)
    stored = store_file(content, name=name, by=by, limit=settings.TICKETS_MAX_FILE_BYTES)
    row = DraftFile(user_id=user_id, ticket=ticket, file=stored)
    row.save(force_insert=True)
    return row


def _require_file_writer(by: Actor, ticket: Ticket | None) -> int:
    kinds = (DraftKind.NEW,) if ticket is None else (DraftKind.NOTE, DraftKind.REPLY)
    for place, kind in enumerate(kinds):
        try:
            return require_writer(by, ticket, kind)
        except PermissionRefused:
            if place == len(kinds) - 1:
                raise
    raise PermissionRefused


@transaction.atomic
def remove_draft_file(*, by: Actor, draft_file_id: int) -> None:
    """Takes away one's own upload; anybody else's, and what was sent, does not exist here."""
    row = DraftFile.objects.select_for_update(of=("self",)).filter(user_id=by.user_id or 0, pk=draft_file_id).first()
    if row is None:
        raise NotVisible
    file = row.file
    row.delete()
    delete_file(file)
