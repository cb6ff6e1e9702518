"""From the platform's list into the durable inbox, page by page.

The messages of a page and the cursor that passes them are one transaction, fenced by the lease: whoever dies on the
way has moved no cursor past what is not stored, and what is read again is known by its id.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models.functions import Now

from apps.channels.connectors.wecom.api import ServiceApi
from apps.channels.models import Channel, PlatformCursor
from apps.channels.services import inbox
from apps.core.wake import wake

if TYPE_CHECKING:
    from apps.channels.contract import ChannelLease

HINT_LIFETIME: Final = timedelta(minutes=9)
"""The platform's is ten minutes, from a moment before the hint came."""

QUIET: Final = timedelta(minutes=2)
"""Without a hint the list is looked at so often, in case a hint was lost; the platform allows that seldom."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fetch stands at its begin, by the database's clock."""

    cursor: PlatformCursor
    clock: datetime

    @property
    def is_due(self) -> bool:
        fetched, hinted = self.cursor.fetched_at, self.cursor.hinted_at
        if fetched is None or self.clock - fetched >= QUIET:
            return True
        return hinted is not None and hinted >= fetched

    @property
    def hint(self) -> str:
        hinted = self.cursor.hinted_at
        return self.cursor.hint if hinted is not None and self.clock - hinted < HINT_LIFETIME else ""


def note_hint(channel: Channel, account: str, hint: str) -> None:
    """The platform says that there is something to fetch."""
    PlatformCursor.objects.update_or_create(
        channel=channel, account=account, defaults={"hint": hint[:200], "hinted_at": Now()}
    )
    wake("channels.fetch")


def pull(channel: Channel, lease: ChannelLease, api: ServiceApi) -> int | None:
    """Stores what is new; how many were not known before, or None when it was not time to ask."""
    place = _place(channel, api.open_kfid)
    if not place.is_due:
        return None
    count, has_more = 0, True
    while has_more:
        page = api.messages_after(place.cursor.position, place.hint)
        position = str(page.get("next_cursor") or "")[:200] or place.cursor.position
        # A page may be empty and not the last; one that leads nowhere is.
        has_more = page.get("has_more") == 1 and position != place.cursor.position
        place.cursor.position = position
        count += _store(channel, lease, place, page, is_last=not has_more)
    return count


def _place(channel: Channel, account: str) -> Place:
    rows = PlatformCursor.objects.filter(channel=channel, account=account).annotate(clock=Now())
    row = rows.first()
    if row is None:
        PlatformCursor.objects.get_or_create(channel=channel, account=account)
        row = rows.get()
    return Place(row, row.clock)


def _store(channel: Channel, lease: ChannelLease, place: Place, page: Mapping[str, Any], *, is_last: bool) -> int:
    with transaction.atomic():
        lease.fence()
        messages = [message for message in page.get("msg_list") or () if isinstance(message, dict)]
        count = sum(_accept(channel, message) for message in messages)
        moved: dict[str, Any] = {"position": place.cursor.position}
        if is_last:
            # As of the begin, so that a hint that came meanwhile is followed.
            moved["fetched_at"] = place.clock
        PlatformCursor.objects.filter(pk=place.cursor.pk).update(**moved)
    return count


def _accept(channel: Channel, message: dict[str, Any]) -> bool:
    payload = json.dumps(message, ensure_ascii=False).encode("utf-8", "replace")
    message_id = str(message.get("msgid") or hashlib.sha256(payload).hexdigest())
    # Reports wait for what they report on, and nobody's words wait for them.
    is_event = message.get("msgtype") == "event"
    order_by = f"event:{message_id}" if is_event else str(message.get("external_userid") or "")
    event = inbox.accept(
        channel=channel,
        external_id=f"message:{message_id}",
        order_by=order_by,
        payload=payload,
        envelope={"is_fetched": True},
    )
    return event is not None
