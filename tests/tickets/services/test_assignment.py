"""One ticket, one holder, also when many reach for it at once."""

import pytest

from apps.accounts.models import Team, User
from apps.core.actor import person
from apps.core.errors import PermissionRefused
from apps.core.models import Event
from apps.tickets.enums import AssignmentState, Priority, Status
from apps.tickets.errors import AlreadyClaimed, NotAssignable
from apps.tickets.models import Assignment, Queue, Ticket
from apps.tickets.services import assignment, lifecycle
from tests.channels.conftest import in_parallel
from tests.factories.accounts import UserFactory
from tests.factories.tickets import TicketFactory
from tests.tickets.conftest import Acting

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


def test_claiming_takes_and_opens(ticket: Ticket, acting: Acting, agent: User) -> None:
    assignment.claim_ticket(ticket=ticket, by=acting(agent))
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status) == (agent, Status.OPEN)
    row = Assignment.objects.get()
    assert (row.user, row.state, row.ended_at) == (agent, AssignmentState.ACCEPTED, None)
    assignment.claim_ticket(ticket=ticket, by=acting(agent))
    assert Assignment.objects.count() == 1


def test_a_taken_ticket_is_not_claimed(ticket: Ticket, acting: Acting, agent: User, teammate: User) -> None:
    assignment.claim_ticket(ticket=ticket, by=acting(agent))
    with pytest.raises(AlreadyClaimed) as refusal:
        assignment.claim_ticket(ticket=ticket, by=acting(teammate))
    assert "Alice Agent" in refusal.value.detail()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_claim_at_once_one_gets_it(ticket: Ticket, agent: User, teammate: User) -> None:
    users = [agent, teammate] * 3

    def claim(number: int) -> bool:
        try:
            assignment.claim_ticket(ticket=ticket, by=person(User.objects.get(pk=users[number].pk)))
        except AlreadyClaimed:
            return False
        return True

    results = in_parallel(6, claim)
    ticket.refresh_from_db()
    winners = {users[number].pk for number, won in enumerate(results) if won}
    assert winners == {ticket.assignee_id}
    assert Assignment.objects.filter(state=AssignmentState.ACCEPTED).count() == 1
    assert Event.objects.filter(kind="ticket.assigned").count() == 1


@pytest.mark.django_db(transaction=True)
def test_changes_at_once_lose_nothing(ticket: Ticket, agent: User) -> None:
    subjects = [f"subject {number}" for number in range(6)]
    before = ticket.version

    def change(number: int) -> None:
        lifecycle.change_fields(ticket=ticket, by=person(User.objects.get(pk=agent.pk)), subject=subjects[number])

    in_parallel(6, change)
    ticket.refresh_from_db()
    assert ticket.version == before + 6
    steps = [row.payload for row in Event.objects.filter(ticket_id=ticket.pk).order_by("ordinal")]
    assert [step["old"] for step in steps[1:]] == [step["new"] for step in steps[:-1]]
    assert steps[-1]["new"] == ticket.subject


def test_handing_over_ends_one_assignment_and_begins_another(
    ticket: Ticket, acting: Acting, agent: User, teammate: User
) -> None:
    assignment.claim_ticket(ticket=ticket, by=acting(agent))
    assignment.assign_ticket(ticket=ticket, to=teammate, by=acting(agent))
    rows = list(Assignment.objects.order_by("id"))
    assert [(row.user, row.state) for row in rows] == [(agent, "transferred"), (teammate, "accepted")]
    assert rows[1].assigned_by == agent
    assignment.assign_ticket(ticket=ticket, to=None, by=acting(agent))
    ticket.refresh_from_db()
    assert ticket.assignee is None
    assert [row.state for row in Assignment.objects.order_by("id")] == ["transferred", "finished"]


def test_only_who_can_work_on_it_gets_it(
    ticket: Ticket, acting: Acting, agent: User, stranger: User, outsourcing_agent: User, form: object
) -> None:
    reader = UserFactory(role="agent")
    for nobody in (stranger, reader):
        with pytest.raises(NotAssignable):
            assignment.assign_ticket(ticket=ticket, to=nobody, by=acting(agent))
    assignment.assign_ticket(ticket=ticket, to=outsourcing_agent, by=acting(agent))
    by_form = TicketFactory(queue=ticket.queue, channel=form)
    with pytest.raises(NotAssignable):
        assignment.assign_ticket(ticket=by_form, to=outsourcing_agent, by=acting(agent))


def test_people_of_vendors_take_and_give_back_and_dispose_of_nobodys(
    ticket: Ticket, acting: Acting, agent: User, outsourcing_agent: User
) -> None:
    assignment.claim_ticket(ticket=ticket, by=acting(outsourcing_agent))
    assignment.assign_ticket(ticket=ticket, to=None, by=acting(outsourcing_agent))
    assignment.assign_ticket(ticket=ticket, to=agent, by=acting(agent))
    for to in (None, outsourcing_agent):
        with pytest.raises(PermissionRefused):
            assignment.assign_ticket(ticket=ticket, to=to, by=acting(outsourcing_agent))
    ticket.refresh_from_db()
    assert ticket.assignee == agent


def test_who_holds_a_ticket_works_on_it_in_any_queue(
    acting: Acting, other_queue: Queue, outsourcing_agent: User, supervisor: User
) -> None:
    row = TicketFactory(queue=other_queue, assignee=outsourcing_agent)
    lifecycle.change_fields(ticket=row, by=acting(outsourcing_agent), priority=Priority.HIGH)
    row.refresh_from_db()
    assert row.priority == Priority.HIGH


def test_people_of_vendors_neither_watch_nor_are_made_to(
    ticket: Ticket, acting: Acting, agent: User, outsourcing_agent: User
) -> None:
    for user, by in ((None, outsourcing_agent), (outsourcing_agent, agent)):
        with pytest.raises(PermissionRefused):
            assignment.watch(ticket=ticket, by=acting(by), user=user)
    assert not ticket.watchers.exists()


def test_watching_twice_is_watching_once(ticket: Ticket, acting: Acting, agent: User) -> None:
    assignment.watch(ticket=ticket, by=acting(agent))
    assignment.watch(ticket=ticket, by=acting(agent))
    assert ticket.watchers.count() == 1
    assignment.unwatch(ticket=ticket, by=acting(agent))
    assert not ticket.watchers.exists()


def test_giving_a_ticket_to_a_team_is_for_who_may_dispose_of_it(
    ticket: Ticket, acting: Acting, agent: User, outsourcing_agent: User, other_team: Team
) -> None:
    before = ticket.team_id
    with pytest.raises(PermissionRefused):
        assignment.assign_ticket(ticket=ticket, to=None, by=acting(outsourcing_agent), team=other_team)
    ticket.refresh_from_db()
    assert (ticket.team_id, ticket.assignee_id) == (before, None)
    assert not Assignment.objects.exists()
    assignment.assign_ticket(ticket=ticket, to=None, by=acting(agent), team=other_team)
    ticket.refresh_from_db()
    assert ticket.team == other_team
