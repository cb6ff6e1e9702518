"""Drafts of conversations that we begin: one for each kind of channel, so that a text message never takes the place of
an unfinished mail.

They share one row, the writer's draft without a ticket; `Draft.ways` tells them apart.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps.core.actor import Actor
from apps.tickets.enums import DraftKind
from apps.tickets.models import Draft
from apps.tickets.services.drafts import cleaned_draft, require_writer, write_draft


@transaction.atomic
def save_first_draft(*, by: Actor, way: str, html: str, data: dict[str, Any]) -> None:
    """`way` is a kind of channel. Nothing written means no draft."""
    user_id = require_writer(by, None, DraftKind.NEW)
    cleaned = cleaned_draft(DraftKind.NEW, html, data)
    if not cleaned.strip():
        discard_first_draft(by=by, way=way)
        return
    ways = {key: words for key, words in _ways(user_id).items() if key not in (way, "")}
    _write(user_id, {**ways, way: {"html": cleaned, "data": data}}, latest=way)


@transaction.atomic
def discard_first_draft(*, by: Actor, way: str) -> None:
    if by.user_id is None:
        return
    found = _ways(by.user_id)
    left = {key: words for key, words in found.items() if key not in (way, "")}
    if left:
        _write(by.user_id, left, latest=next(reversed(left)))
    elif found:
        _rows(by.user_id).delete()


def _ways(user_id: int) -> dict[str, Any]:
    """Locks the row: two tabs that write to different ways must not lose each other's words."""
    row = _rows(user_id).select_for_update(of=("self",)).first()
    return {} if row is None else row.ways


def _rows(user_id: int) -> Any:
    return Draft.objects.filter(user_id=user_id, ticket__isnull=True, kind=DraftKind.NEW)


def _write(user_id: int, ways: dict[str, Any], *, latest: str) -> None:
    data = {"ways": ways, "latest": latest}
    write_draft(user_id=user_id, ticket=None, kind=DraftKind.NEW, html="", data=data)
