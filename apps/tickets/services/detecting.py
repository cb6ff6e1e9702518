"""Texts in which an older detector looked for personal data are looked at again, once, and what was found is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.privacy.detection import DETECTOR_VERSION, find_spans, is_blind, pack
from apps.tickets.models import Message

BATCH = 200


@dataclass(frozen=True, slots=True)
class Passed:
    """`before` is where the next pass goes on; None at the end."""

    seen: int
    renewed: int
    before: tuple[datetime, int] | None


def detect_again(*, before: tuple[datetime, int] | None = None, batch: int = BATCH) -> Passed:
    """One batch, the newest messages first. What somebody else is writing at this moment is new anyway, and left alone."""
    with transaction.atomic():
        rows = _batch(before, batch)
        old = [row for row in rows if row.text and not _is_current(row)]
        locked = Message.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        renewed = (
            [_renew(row) for row in locked.filter(pk__in=[row.pk for row in old], created__range=_span(old))]
            if old
            else []
        )
    last = rows[-1] if len(rows) == batch else None
    return Passed(len(rows), len(renewed), (last.created, last.pk) if last else None)


def _batch(before: tuple[datetime, int] | None, batch: int) -> list[Message]:
    """By time, so that each partition is read once."""
    rows = Message.objects.order_by("-created", "-id").only("created", "spans", "text")
    if before is not None:
        moment, pk = before
        rows = rows.filter(created__lte=moment).exclude(created=moment, pk__gte=pk)
    return list(rows[:batch])


def _is_current(message: Message) -> bool:
    return isinstance(message.spans, dict) and message.spans.get("v") == DETECTOR_VERSION


def _span(rows: list[Message]) -> tuple[datetime, datetime]:
    return rows[-1].created, rows[0].created


def _renew(message: Message) -> Message:
    message.spans = pack(find_spans(message.text), is_blind=is_blind(message.spans))
    message.save(update_fields=["spans"])
    return message
