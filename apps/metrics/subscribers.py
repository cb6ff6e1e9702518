"""Hears that something happened; what facts follow from it is read from what is stored. Idempotent."""

from __future__ import annotations

from datetime import timedelta

from apps.core.events import EventBase, subscriber
from apps.core.models import Event
from apps.core.wake import wake
from apps.metrics.enums import Subject
from apps.metrics.selectors.news import is_news
from apps.metrics.selectors.sources import READ
from apps.metrics.services.facts import mark
from apps.routing.events import AgentStateChanged
from apps.sla import events as sla
from apps.tickets import events as tickets

TOUCHING = READ | {
    # An interaction begins or ends.
    tickets.MessageReceived.kind,
    tickets.MessageRecorded.kind,
    # An assignment begins or ends.
    tickets.OfferMade.kind,
    tickets.OfferAccepted.kind,
    tickets.OfferDeclined.kind,
    tickets.OfferMissed.kind,
    tickets.OfferWithdrawn.kind,
    # A promise is kept or broken, or was opened again.
    sla.SlaMet.kind,
    sla.SlaBreached.kind,
    tickets.TicketColumnsChanged.kind,
}


SKEW = timedelta(minutes=1)
"""Between a line of the log and its event: both take the time for themselves."""


@subscriber("metrics.tickets", kinds=TOUCHING)
def note_ticket(row: Event, event: EventBase) -> None:
    if row.ticket_id is not None and is_news(event):
        mark(Subject.TICKET, [row.ticket_id], row.created)
        wake("metrics.facts")


@subscriber("metrics.agents", kinds={AgentStateChanged})
def note_agent(row: Event, event: AgentStateChanged) -> None:
    mark(Subject.AGENT, [event.user_id], row.created - SKEW)
    wake("metrics.facts")
