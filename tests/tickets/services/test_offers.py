"""One offer, one answer: whoever is late, whoever clicks twice, whatever happens to the ticket meanwhile."""

from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.core.actor import person
from apps.core.clock import now
from apps.core.errors import NotVisible, PermissionRefused
from apps.core.models import Event
from apps.core.sweeps import run_sweeps
from apps.routing.engine import types
from apps.tickets.enums import AssignmentState, Status, WorkKind
from apps.tickets.errors import AlreadyClaimed, AlreadyOffered, NotAssignable, OfferGone
from apps.tickets.models import Assignment
from apps.tickets.selectors.history import ticket_history
from apps.tickets.services import assignment, lifecycle, offers
from tests.channels.conftest import in_parallel

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


def kinds(ticket):
    rows = Event.objects.filter(ticket_id=ticket.pk, kind__startswith="routing.").order_by("ordinal")
    return [row.kind.removeprefix("routing.") for row in rows]


def test_an_accepted_offer_is_the_assignment(ticket, acting, agent):
    offer = offers.offer_ticket(ticket=ticket, to=agent, seconds=20, explanation=[("longest_idle", {"seconds": 9})])
    assert (offer.state, offer.work_kind, offer.started_at) == (AssignmentState.OFFERED, WorkKind.MAIL, None)
    ticket.refresh_from_db()
    assert ticket.assignee is None
    offers.accept_offer(offer=offer, by=acting(agent))
    offers.accept_offer(offer=offer, by=acting(agent))

    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status) == (agent, Status.OPEN)
    row = Assignment.objects.get()
    assert (row.state, row.explanation) == (AssignmentState.ACCEPTED, [["longest_idle", {"seconds": 9}]])
    assert row.started_at is not None
    assert kinds(ticket) == ["offered", "accepted"]
    sentences = [line.sentence for line in ticket_history(acting(agent), ticket)]
    assert sentences[:2] == ["Offered to Alice Agent", "Alice Agent accepted"]


def test_declined_and_missed_offers_are_remembered_and_the_ticket_goes_on(ticket, acting, agent, teammate):
    first = offers.offer_ticket(ticket=ticket, to=agent, seconds=20)
    with pytest.raises(AlreadyOffered):
        offers.offer_ticket(ticket=ticket, to=teammate, seconds=20)
    offers.decline_offer(offer=first, by=acting(agent))
    offers.decline_offer(offer=first, by=acting(agent))
    second = offers.offer_ticket(ticket=ticket, to=teammate, seconds=20)
    run_sweeps("tickets.expire_offers")
    assert Assignment.objects.get(pk=second.pk).state == AssignmentState.OFFERED
    Assignment.objects.filter(pk=second.pk).update(expires_at=now() - timedelta(seconds=1))
    with pytest.raises(OfferGone):
        offers.accept_offer(offer=second, by=acting(teammate))
    run_sweeps("tickets.expire_offers")

    assert list(Assignment.objects.order_by("pk").values_list("user__username", "state")) == [
        ("alice", "declined"),
        ("tom", "missed"),
    ]
    assert kinds(ticket) == ["offered", "declined", "offered", "missed"]
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status) == (None, Status.NEW)


def test_an_offer_is_its_agents_alone(ticket, acting, agent, teammate, supervisor, stranger, outsourcing_agent):
    with pytest.raises(NotAssignable):
        offers.offer_ticket(ticket=ticket, to=stranger, seconds=20)
    with pytest.raises(PermissionRefused):
        offers.offer_ticket(ticket=ticket, to=agent, seconds=20, by=acting(outsourcing_agent))
    assert not Assignment.objects.exists()
    offer = offers.offer_ticket(ticket=ticket, to=agent, seconds=20)
    for other in (teammate, supervisor, outsourcing_agent):
        for answer in (offers.accept_offer, offers.decline_offer):
            with pytest.raises(NotVisible):
                answer(offer=offer, by=acting(other))
    assert Assignment.objects.get().state == AssignmentState.OFFERED
    assert kinds(ticket) == ["offered"]


def test_who_simply_takes_the_ticket_ends_the_offer(ticket, acting, agent, teammate):
    offer = offers.offer_ticket(ticket=ticket, to=agent, seconds=20)
    assignment.claim_ticket(ticket=ticket, by=acting(teammate))
    with pytest.raises(OfferGone):
        offers.accept_offer(offer=offer, by=acting(agent))
    with pytest.raises(AlreadyClaimed):
        offers.offer_ticket(ticket=ticket, to=agent, seconds=20)
    assert list(Assignment.objects.order_by("pk").values_list("user__username", "state")) == [
        ("alice", "withdrawn"),
        ("tom", "accepted"),
    ]


def test_taking_what_one_is_offered_accepts_and_resolving_withdraws(ticket, acting, agent, supervisor):
    offers.offer_ticket(ticket=ticket, to=agent, seconds=20)
    assignment.claim_ticket(ticket=ticket, by=acting(agent))
    assert Assignment.objects.get().state == AssignmentState.ACCEPTED
    assignment.assign_ticket(ticket=ticket, to=None, by=acting(agent))
    offers.offer_ticket(ticket=ticket, to=agent, seconds=20)
    lifecycle.resolve_ticket(ticket=ticket, by=acting(supervisor))
    assert list(Assignment.objects.order_by("pk").values_list("state", flat=True)) == ["finished", "withdrawn"]


@pytest.mark.django_db(transaction=True)
def test_many_routers_offer_once_and_answer_clock_and_colleague_leave_one_holder(ticket, agent, teammate):
    users = [agent, teammate] * 2

    def offer(number):
        try:
            return offers.offer_ticket(ticket=ticket, to=users[number], seconds=20).pk
        except AlreadyOffered:
            return None

    made = [pk for pk in in_parallel(4, offer) if pk]
    assert len(made) == 1
    row = Assignment.objects.get()
    holder, other = (agent, teammate) if row.user == agent else (teammate, agent)

    def act(number):
        actor = person(User.objects.get(pk=(holder if number < 2 else other).pk))
        try:
            if number < 2:
                offers.accept_offer(offer=row, by=actor)
            else:
                assignment.claim_ticket(ticket=ticket, by=actor)
        except (OfferGone, AlreadyClaimed):
            return False
        return True

    won = in_parallel(4, act)
    ticket.refresh_from_db()
    assert ticket.assignee_id == (holder.pk if won[0] or won[1] else other.pk)
    assert Assignment.objects.filter(state=AssignmentState.ACCEPTED).count() == 1


def test_engine_and_tickets_speak_of_the_same_kinds():
    assert {str(kind) for kind in types.WorkKind} == set(WorkKind.values)
