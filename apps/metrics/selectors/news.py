"""Whether an event can change facts at all. Most messages cannot, and there are many of them."""

from __future__ import annotations

from apps.core.events import EventBase
from apps.metrics.models import ContactFact, PromiseFact
from apps.sla.enums import TimerState
from apps.sla.models import Timer
from apps.tickets import events


def is_news(event: EventBase) -> bool:
    """Of messages only the first ones of an interaction; of computed columns only that a promise was opened again."""
    match event:
        case events.MessageReceived(interaction_id=int(pk)):
            return not ContactFact.objects.filter(interaction_id=pk, is_inbound=True).exists()
        case events.MessageSent(interaction_id=int(pk)):
            return not ContactFact.objects.filter(interaction_id=pk, first_reply_at__isnull=False).exists()
        case events.TicketColumnsChanged(ticket_id=pk):
            decided = PromiseFact.objects.filter(ticket_id=pk).values("timer_id")
            return Timer.objects.open().filter(pk__in=decided).exclude(state=TimerState.BREACHED).exists()
        case _:
            return True
