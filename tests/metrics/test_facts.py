"""Facts follow what happens, through the services that everybody uses; and they can be made anew at any time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from apps.accounts.models import User
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.events import parse_event
from apps.core.models import Event
from apps.core.sweeps import run_sweeps
from apps.metrics.models import ContactFact, Due, HandlingFact, OfferFact, PromiseFact, SideFact, StateFact, WaitFact
from apps.metrics.services import facts
from apps.metrics.services.making import make_facts
from apps.metrics.subscribers import TOUCHING, note_agent, note_ticket
from apps.routing.models import BreakReason
from apps.routing.services.states import set_state
from apps.sla.models import Timer
from apps.tickets import events
from apps.tickets.models import Assignment, IntakeRule, Interaction, Queue, Ticket
from apps.tickets.services import assignment, lifecycle, offers
from tests.factories.sla import PolicyFactory
from tests.factories.tickets import TicketFactory, grant
from tests.livechat.conftest import Chat

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
KINDS = (WaitFact, OfferFact, ContactFact, HandlingFact, PromiseFact, SideFact, StateFact)


def settle() -> None:
    run_sweeps("core.events", "metrics.facts")


def stored() -> list[list[dict[str, Any]]]:
    """Everything but the ids that the database gives out."""
    rows = [list(kind.objects.order_by("started_at" if kind is StateFact else "ticket_id").values()) for kind in KINDS]
    return [sorted(({**row, "id": 0} for row in found), key=str) for found in rows]


class Story:
    """A visitor leaves unanswered, comes back, is declined by Tom, taken by Alice, passed to Tom, and served."""

    def __init__(self, chat: Chat, agent: User, teammate: User, acting: Callable[..., Any]) -> None:
        self.chat, self.agent, self.teammate, self.acting = chat, agent, teammate, acting

    def tell(self) -> None:
        with time_machine.travel(now(), tick=False) as clock:

            def later(seconds: int) -> None:
                clock.shift(timedelta(seconds=seconds))

            self._leave_unanswered(later)
            later(600)
            self._be_served(later)

    def _write(self, key: str) -> Ticket:
        self.chat.write("Is anybody there?", key)
        self.chat.arrive()
        contact = Interaction.objects.latest("pk")
        # When something came in is told by the database, whose clock stands still within a test.
        Interaction.objects.filter(pk=contact.pk).update(started_at=now())
        Ticket.objects.filter(pk=contact.ticket_id, interactions=contact).exclude(
            interactions__pk__lt=contact.pk
        ).update(opened_at=now())
        return contact.ticket

    def _leave_unanswered(self, later: Callable[[int], None]) -> None:
        self._write("first")
        later(90)
        self.chat.command("ending")

    def _be_served(self, later: Callable[[int], None]) -> None:
        ticket = self._write("second")
        first = offers.offer_ticket(ticket=ticket, to=self.teammate, seconds=20)
        later(5)
        offers.decline_offer(offer=first, by=self.acting(self.teammate))
        second = offers.offer_ticket(ticket=ticket, to=self.agent, seconds=20)
        later(10)
        offers.accept_offer(offer=second, by=self.acting(self.agent))
        later(60)
        assignment.assign_ticket(ticket=ticket, to=self.teammate, by=SYSTEM)
        later(30)
        self.chat.command("ending")
        later(20)
        wrap_up = lifecycle.WrapUpInput(summary="Done.", is_solved=True)
        lifecycle.resolve_ticket(ticket=ticket, by=self.acting(self.teammate), wrap_up=wrap_up)
        run_sweeps("core.events")


@pytest.fixture
def story(chat: Chat, team: Any, agent: User, teammate: User, acting: Callable[..., Any]) -> Story:
    grant(team, IntakeRule.objects.get().queue)
    policy = PolicyFactory.create(key="chat", targets={"answer": 1})
    policy.targets.update(measure="wall")
    return Story(chat, agent, teammate, acting)


def test_a_visit_becomes_facts(story: Story, agent: User, teammate: User):
    story.tell()
    settle()

    live = WaitFact.objects.filter(is_live=True).order_by("entered_at")
    assert [(row.end, (row.left_at or row.entered_at) - row.entered_at, row.user) for row in live] == [
        ("abandoned", timedelta(seconds=90), None),
        ("answered", timedelta(seconds=15), agent),
    ]
    offered = OfferFact.objects.order_by("assignment_id").values_list("user", "state", "kind", "accepted_at")
    assert [(user, state, kind, accepted_at is not None) for user, state, kind, accepted_at in offered] == [
        (teammate.pk, "declined", "chat", False),
        (agent.pk, "transferred", "chat", True),
        (teammate.pk, "finished", "chat", True),
    ]
    held = HandlingFact.objects.filter(is_live=True).order_by("started_at")
    assert [(row.user, (row.ended_at or row.started_at) - row.started_at, row.wrap_up) for row in held] == [
        (agent, timedelta(seconds=60), timedelta()),
        (teammate, timedelta(seconds=30), timedelta(seconds=20)),
    ]
    contacts = ContactFact.objects.order_by("interaction_id")
    assert [(row.is_live, row.user, row.first_reply_at, row.ended_at is None) for row in contacts] == [
        (True, None, None, False),
        (True, teammate, None, False),
    ]
    kept = PromiseFact.objects.order_by("decided_at").values_list("target", "state")
    assert set(kept) <= {("answer", "met"), ("answer", "breached")}
    assert ("answer", "breached") in kept


def test_late_doubled_and_disordered_events_and_rebuilding_make_the_same_facts(story: Story, agent: User):
    """In time, an event at a time; then everything backwards and twice; then after all was lost."""
    story.tell()
    set_state(user=agent, state="available", by=story.acting(agent))
    settle()
    once = stored()
    assert all(once)

    heard = [row for row in Event.objects.order_by("-ordinal") if row.kind in TOUCHING]
    for row in [*heard, *heard]:
        note_ticket(row, parse_event(row))
    for row in Event.objects.filter(kind="agent.state_changed"):
        note_agent(row, parse_event(row))  # type: ignore[arg-type]  # of that kind
    assert Due.objects.count() == Ticket.objects.count() + 1
    run_sweeps("metrics.facts")
    assert stored() == once
    for kind in KINDS:
        kind.objects.all().delete()
    call_command("rebuild-facts")
    assert stored() == once
    assert not Due.objects.exists()


def test_only_what_can_change_facts_is_folded(chat: Chat):
    """The tenth line of a chat is not: neither of the visitor's nor of ours. That an answer is taken back is."""
    policy = PolicyFactory.create(key="chat", targets={"first_reply": 60, "next_reply": 60})
    policy.targets.update(measure="wall")

    def heard(event: Any) -> bool:
        Due.objects.all().delete()
        note_ticket(Event(ticket_id=event.ticket_id, created=now()), event)
        return Due.objects.exists()

    chat.write("Hello", "a")
    chat.arrive()
    contact = Interaction.objects.get()
    about = {"ticket_id": contact.ticket_id, "message_id": 1, "sequence": 1, "interaction_id": contact.pk}
    received, sent = events.MessageReceived(**about), events.MessageSent(**about)
    assert (heard(received), heard(sent)) == (True, True)
    settle()
    assert (heard(received), heard(sent)) == (False, True)
    ContactFact.objects.update(first_reply_at=now())
    assert (heard(received), heard(sent)) == (False, False)

    columns = events.TicketColumnsChanged(ticket_id=contact.ticket_id, columns=("next_due_at",))
    assert heard(columns) is False
    timer = Timer.objects.get(target="first_reply")
    PromiseFact.objects.create(
        ticket_id=contact.ticket_id, queue=contact.ticket.queue, timer_id=timer.pk, target=timer.target, state="met",
        priority=20, started_at=now(), decided_at=now(), kind="chat",
    )  # fmt: skip
    assert heard(columns) is True
    settle()
    assert not PromiseFact.objects.exists()


def test_what_is_no_longer_true_is_no_fact(ticket: Ticket, grants: None, agent: User, acting: Callable[..., Any]):
    assignment.claim_ticket(ticket=ticket, by=acting(agent))
    settle()
    assert OfferFact.objects.get().accepted_at is not None
    Assignment.objects.all().delete()
    assignment.assign_ticket(ticket=ticket, to=None, by=SYSTEM)
    settle()
    assert not OfferFact.objects.exists()
    assert not HandlingFact.objects.exists()


def test_one_ticket_that_cannot_be_folded_stops_no_other(
    ticket: Ticket, queue: Queue, grants: None, agent: User, acting: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    other = TicketFactory(queue=queue, channel=ticket.channel)
    for each in (ticket, other):
        assignment.claim_ticket(ticket=each, by=acting(agent))

    def break_one(source: Any, made: Any) -> None:
        if source.ticket_id == ticket.pk:
            raise ValueError
        make_facts(source, made)

    monkeypatch.setattr(facts, "make_facts", break_one)
    settle()
    assert set(OfferFact.objects.values_list("ticket_id", flat=True)) == {other.pk}
    assert not Due.objects.exists()
    monkeypatch.undo()
    call_command("rebuild-facts")
    assert set(OfferFact.objects.values_list("ticket_id", flat=True)) == {ticket.pk, other.pk}


def test_states_follow_each_other_without_gaps(agent: User, acting: Callable[..., Any]):
    meal = BreakReason.objects.get(key="meal")
    with time_machine.travel(now(), tick=False) as clock:
        begin = now()
        for state, reason, minutes in (("available", None, 30), ("break", meal, 10), ("available", None, 5)):
            set_state(user=agent, state=state, reason=reason, by=acting(agent))
            clock.shift(timedelta(minutes=minutes))
            settle()  # after each, so that the last open one is closed by what comes
        set_state(user=agent, state="offline", by=acting(agent))
        settle()
    rows = StateFact.objects.filter(user=agent).order_by("started_at")
    found = [(row.state, row.reason, row.started_at - begin, row.ended_at and row.ended_at - begin) for row in rows]
    assert found == [
        ("available", "", timedelta(), timedelta(minutes=30)),
        ("break", "meal", timedelta(minutes=30), timedelta(minutes=40)),
        ("available", "", timedelta(minutes=40), timedelta(minutes=45)),
        ("offline", "", timedelta(minutes=45), None),
    ]
