"""Tickets that refer to each other, from both sides, and what is never told of those one does not see."""

from collections.abc import Callable

import pytest

from apps.accounts.models import User
from apps.core.actor import SYSTEM, Actor
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.events import number_events
from apps.core.models import Event
from apps.tickets.enums import Relation
from apps.tickets.models import Queue, Ticket, TicketLink
from apps.tickets.selectors.detail import ticket_page
from apps.tickets.selectors.feed import event_feed
from apps.tickets.selectors.history import ticket_history
from apps.tickets.selectors.resources import ticket_resources
from apps.tickets.services.linking import link_tickets, unlink_tickets
from tests.factories.tickets import TicketFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("grants")]
Acting = Callable[..., Actor]
PAIRS = [
    (Relation.RELATED, Relation.RELATED),
    (Relation.DUPLICATE, Relation.DUPLICATED),
    (Relation.DUPLICATED, Relation.DUPLICATE),
    (Relation.PARENT, Relation.CHILD),
    (Relation.CHILD, Relation.PARENT),
]


@pytest.fixture
def other(queue: Queue) -> Ticket:
    return TicketFactory(queue=queue, subject="Another matter")


@pytest.fixture
def alice(acting: Acting, agent: User) -> Actor:
    return acting(agent)


def said(actor: Actor, ticket: Ticket) -> list[tuple[int, str]]:
    return [(row.number, row.relation) for row in ticket_page(actor, ticket.number).links]


@pytest.mark.parametrize(("relation", "inverse"), PAIRS)
def test_a_link_is_said_from_both_sides_and_taken_back_from_either(
    ticket: Ticket, other: Ticket, alice: Actor, relation: Relation, inverse: Relation
) -> None:
    for _time in range(2):
        link_tickets(ticket=ticket, other=other, by=alice, kind=relation)
    assert said(alice, ticket) == [(other.number, relation)]
    assert said(alice, other) == [(ticket.number, inverse)]
    unlink_tickets(ticket=other, other=ticket, by=alice, kind=inverse)
    assert said(alice, ticket) == said(alice, other) == []


@pytest.mark.parametrize(("relation", "inverse"), PAIRS)
def test_both_histories_tell_it_from_their_own_side(
    ticket: Ticket, other: Ticket, alice: Actor, relation: Relation, inverse: Relation
) -> None:
    link_tickets(ticket=ticket, other=other, by=alice, kind=relation)
    lines = [ticket_history(alice, row)[-1].sentence for row in (ticket, other)]
    assert lines == [f"Linked: {relation.label} #{other.number}", f"Linked: {inverse.label} #{ticket.number}"]
    for row in (ticket, other):
        before = row.version
        row.refresh_from_db()
        assert row.version == before + 1


def test_related_is_one_link_whoever_says_it(ticket: Ticket, other: Ticket, alice: Actor) -> None:
    link_tickets(ticket=ticket, other=other, by=alice)
    link_tickets(ticket=other, other=ticket, by=alice)
    assert TicketLink.objects.count() == 1


def test_a_ticket_is_part_of_one_and_never_of_its_own_parts(
    ticket: Ticket, other: Ticket, queue: Queue, alice: Actor
) -> None:
    third = TicketFactory(queue=queue)
    link_tickets(ticket=ticket, other=other, by=alice, kind=Relation.PARENT)
    link_tickets(ticket=other, other=third, by=alice, kind=Relation.PARENT)
    told = Event.objects.count()
    for one, parent in ((ticket, third), (third, ticket), (other, ticket), (ticket, ticket)):
        with pytest.raises(InvalidInput):
            link_tickets(ticket=one, other=parent, by=alice, kind=Relation.PARENT)
    assert list(Ticket.objects.order_by("pk").values_list("parent_id", flat=True)) == [other.pk, third.pk, None]
    assert Event.objects.count() == told


def test_who_may_not_link_changes_nothing(
    ticket: Ticket, other: Ticket, other_queue: Queue, acting: Acting, alice: Actor, outsourcing_agent: User
) -> None:
    hidden = TicketFactory(queue=other_queue)
    for actor, end, error in (
        (acting(outsourcing_agent), other, PermissionRefused),
        (alice, hidden, NotVisible),
        (acting(outsourcing_agent), ticket, InvalidInput),
    ):
        with pytest.raises(error):
            link_tickets(ticket=ticket, other=end, by=actor)
    assert not TicketLink.objects.exists()
    assert not Event.objects.filter(kind="ticket.linked").exists()


@pytest.mark.parametrize("relation", Relation)
def test_nothing_is_told_of_a_linked_ticket_that_one_does_not_see(
    ticket: Ticket, other_queue: Queue, acting: Acting, supervisor: User, outsourcing_agent: User, relation: Relation
) -> None:
    hidden = TicketFactory(queue=other_queue, subject="Secret recall")
    link_tickets(ticket=ticket, other=hidden, by=SYSTEM, kind=relation)
    number_events()
    vendor, lead = acting(outsourcing_agent), acting(supervisor)
    ticket.refresh_from_db()
    assert said(lead, ticket) == [(hidden.number, relation)]
    assert said(vendor, ticket) == []
    assert [line.kind for line in ticket_history(lead, ticket)] == ["ticket.linked"]
    assert ticket_history(vendor, ticket) == []
    assert "ticket.linked" in [row.kind for row in event_feed(lead).rows]
    assert "ticket.linked" not in [row.kind for row in event_feed(vendor).rows]
    assert ticket_resources(vendor, [ticket])[0].parent is None
