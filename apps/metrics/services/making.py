"""The rows of one ticket's facts, from what was read of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from apps.metrics.folding.history import History, Wait, read_history
from apps.metrics.folding.sides import Span, read_sides
from apps.metrics.folding.work import (
    Contact,
    Handling,
    Hold,
    first_reply,
    handlings,
    last_holder,
    waits_by_presence,
)
from apps.metrics.models import ContactFact, Fact, HandlingFact, OfferFact, PromiseFact, SideFact, WaitFact
from apps.metrics.selectors.sources import EndedTimer, TicketSource


class Made(defaultdict[type[Fact], list[Any]]):
    """Rows by kind of fact."""

    def __init__(self) -> None:
        super().__init__(list)


def make_facts(source: TicketSource, made: Made) -> None:
    history = read_history(source.steps, opened_at=source.opened_at, is_spam=source.is_spam)
    spans = read_sides(
        source.steps,
        opened_at=source.opened_at,
        people=source.vendors,
        teams=source.teams,
        queue_id=source.queue_id,
        is_spam=source.is_spam,
    )
    handled = handlings(source.holds, source.contacts, history)
    waits = waits_by_presence(history.waits, source.contacts)
    made[WaitFact].extend(_wait(source, number, *each) for number, each in enumerate(waits, start=1))
    made[OfferFact].extend(_offer(source, history, hold) for hold in source.holds)
    made[ContactFact].extend(_contact(source, history, contact, handled) for contact in source.contacts)
    made[HandlingFact].extend(_handling(source, history, each) for each in handled)
    made[PromiseFact].extend(_promise(source, history, spans, timer) for timer in source.timers)
    made[SideFact].extend(_side(source, number, span) for number, span in enumerate(spans, start=1))


def _wait(source: TicketSource, number: int, wait: Wait, contact: Contact | None) -> WaitFact:
    return WaitFact(
        **_where(source, wait.queue_id, contact),
        number=number,
        is_live=contact is not None,
        entered_at=wait.entered_at,
        left_at=wait.left_at,
        end=wait.end,
        user_id=wait.user_id,
        vendor_id=source.vendors.get(wait.user_id or 0),
    )


def _contact(source: TicketSource, history: History, contact: Contact, handled: Sequence[Handling]) -> ContactFact:
    reply = first_reply(contact, history)
    return ContactFact(
        **_where(source, history.queue_at(contact.started_at), contact),
        **_whose(last_holder(contact, handled)),
        interaction_id=contact.id,
        is_live=contact.is_live,
        is_inbound=contact.is_inbound,
        started_at=contact.started_at,
        ended_at=contact.ended_at,
        first_reply_at=reply.at if reply else None,
    )


def _handling(source: TicketSource, history: History, each: Handling) -> HandlingFact:
    return HandlingFact(
        **_where(source, history.queue_at(each.started_at), each.contact),
        **_whose(each.hold),
        assignment_id=each.hold.id,
        interaction_id=each.contact.id,
        is_live=each.contact.is_live,
        started_at=each.started_at,
        ended_at=each.ended_at,
        contact_ended_at=each.contact.ended_at,
        wrap_up=each.wrap_up,
    )


def _where(source: TicketSource, queue_id: int | None, contact: Contact | None = None) -> dict[str, Any]:
    return {
        "ticket_id": source.ticket_id,
        "queue_id": queue_id or source.queue_id,
        "channel_id": contact.channel_id if contact else source.channel_id,
        "category_id": source.category_id,
        "kind": contact.kind if contact else source.kind,
    }


def _whose(hold: Hold | None) -> dict[str, Any]:
    return {"user_id": hold.user_id if hold else None, "vendor_id": hold.vendor_id if hold else None}


def _offer(source: TicketSource, history: History, hold: Hold) -> OfferFact:
    began = hold.offered_at or hold.started_at
    return OfferFact(
        **{**_where(source, history.queue_at(began) if began else None), "kind": hold.kind or source.kind},
        **_whose(hold),
        assignment_id=hold.id,
        state=hold.state,
        offered_at=hold.offered_at,
        accepted_at=hold.started_at,
        ended_at=hold.ended_at,
    )


def _side(source: TicketSource, number: int, span: Span) -> SideFact:
    return SideFact(
        **_where(source, span.queue_id),
        number=number,
        vendor_id=span.vendor_id,
        why=span.why,
        started_at=span.started_at,
        ended_at=span.ended_at,
        paused=span.paused,
        paused_since=span.paused_since,
        is_handed_over=span.is_handed_over,
    )


def _promise(source: TicketSource, history: History, spans: Sequence[Span], timer: EndedTimer) -> PromiseFact:
    """Whose it is decides the moment when it was kept or broken: the person's who held the ticket, else the side's."""
    whose = _whose(_holder_at(source, timer.decided_at))
    if whose["user_id"] is None:
        whose["vendor_id"] = _vendor_at(spans, timer.decided_at)
    return PromiseFact(
        **_where(source, history.queue_at(timer.decided_at)),
        **whose,
        timer_id=timer.id,
        target=timer.target,
        priority=source.priority,
        policy=timer.policy,
        state=timer.state,
        started_at=timer.started_at,
        decided_at=timer.decided_at,
        ended_at=timer.ended_at,
        taken=timer.taken,
    )


def _vendor_at(spans: Sequence[Span], moment: datetime) -> int | None:
    begun = [span for span in spans if span.started_at <= moment]
    return begun[-1].vendor_id if begun else None


def _holder_at(source: TicketSource, moment: datetime) -> Hold | None:
    """Who answers in the very moment of taking has it already."""
    held = [
        hold
        for hold in source.holds
        if hold.started_at is not None
        and hold.started_at <= moment + timedelta(seconds=1)
        and (hold.ended_at is None or hold.ended_at >= moment)
    ]
    return held[-1] if held else None
