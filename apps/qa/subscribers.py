"""Reacts to answers. Idempotent: an event may come again."""

from __future__ import annotations

from apps.core.events import subscriber
from apps.core.models import Event
from apps.qa.events import SurveyAnswered
from apps.sla.services import follow_ups


@subscriber("qa.callbacks", kinds=[SurveyAnswered], from_start=False, locks_tickets=True)
def follow_up(row: Event, event: SurveyAnswered) -> None:
    if event.wants_callback:
        follow_ups.note_wish(
            ticket_id=event.ticket_id, channel_id=event.channel_id, at=row.created, position=row.position or 0
        )
