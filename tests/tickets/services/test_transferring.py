"""A ticket goes on in one step, with the words that came along, and no further than whoever hands it on may see."""

from collections.abc import Callable

import pytest

from apps.accounts.models import Team, User, Vendor
from apps.channels.models import Channel
from apps.core.errors import AppError, NotVisible, PermissionRefused
from apps.core.models import Event
from apps.tickets.enums import AssignmentState, MessageKind, Status
from apps.tickets.errors import NotAssignable, NothingToTransfer, TransitionRefused
from apps.tickets.models import Assignment, Message, Queue, SearchRow, Ticket
from apps.tickets.selectors.history import ticket_history
from apps.tickets.services import assignment, lifecycle
from apps.tickets.services.helping import add_helper
from apps.tickets.services.transferring import Target, transfer_ticket
from tests.factories.accounts import TeamFactory, UserFactory, VendorFactory
from tests.factories.tickets import grant
from tests.tickets.conftest import Acting

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]
WORDS = "Wants a new screen, call 13800138000."


@pytest.fixture
def held(ticket: Ticket, acting: Acting) -> Callable[[User], Ticket]:
    def hold(user: User) -> Ticket:
        return assignment.claim_ticket(ticket=ticket, by=acting(user))

    return hold


@pytest.fixture
def vendor_mate(vendor: Vendor, vendor_team: Team) -> User:
    return UserFactory(username="vera", display_name="Vera", role="vendor_agent", vendor=vendor, teams=[vendor_team])


@pytest.fixture
def other_vendor_agent(queue: Queue, channel: Channel) -> User:
    vendor = VendorFactory(key="walk-other")
    team = TeamFactory(key="other-day", vendor=vendor)
    grant(team, queue, channel)
    return UserFactory(username="oona", role="vendor_agent", vendor=vendor, teams=[team])


def kinds_since(first: int) -> list[str]:
    return list(Event.objects.filter(pk__gt=first).order_by("pk").values_list("kind", flat=True))


def last_event() -> int:
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def state(ticket: Ticket) -> tuple[object, ...]:
    row = Ticket.objects.get(pk=ticket.pk)
    columns = (row.assignee_id, row.queue_id, row.status, row.version, row.is_kept_in_house, row.message_count)
    return (*columns, Event.objects.count(), Assignment.objects.count())


def test_to_a_colleague_with_words(held, acting: Acting, agent: User, teammate: User, outsourcing_agent: User) -> None:
    ticket, before = held(agent), last_event()

    transfer_ticket(ticket=ticket, to=Target(user=teammate), by=acting(agent), whisper=WORDS)

    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status) == (teammate, Status.OPEN)
    assert kinds_since(before) == ["message.noted", "ticket.assigned", "ticket.transferred"]
    rows = list(Assignment.objects.order_by("pk").values_list("user", "state", "assigned_by"))
    first, second = AssignmentState.TRANSFERRED, AssignmentState.ACCEPTED
    assert rows == [(agent.pk, first, agent.pk), (teammate.pk, second, agent.pk)]
    note = Message.objects.get(kind=MessageKind.NOTE)
    assert (note.text, note.notice, note.author) == (WORDS, "whisper", agent)
    [line] = [row for row in ticket_history(acting(teammate), ticket) if row.kind == "ticket.transferred"]
    assert line.sentence == f"Transferred from Alice Agent to Tom Teammate: {WORDS}"
    assert not [row for row in ticket_history(acting(teammate), ticket) if row.new == "Tom Teammate"][1:]
    [masked] = [row for row in ticket_history(acting(outsourcing_agent), ticket) if row.kind == "ticket.transferred"]
    assert masked.sentence == "Transferred from Alice Agent to Tom Teammate"


def test_to_a_queue_it_waits_there_for_anybody(held, acting: Acting, agent: User, other_queue: Queue) -> None:
    ticket = held(agent)
    lifecycle.change_status(ticket=ticket, status=Status.PENDING, by=acting(agent))

    transfer_ticket(ticket=ticket, to=Target(queue=other_queue), by=acting(agent))

    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.queue, ticket.team, ticket.status) == (None, other_queue, None, Status.OPEN)
    assert set(SearchRow.objects.values_list("queue_id", flat=True)) == {other_queue.pk}
    assert Assignment.objects.get().state == AssignmentState.TRANSFERRED
    assert not Message.objects.filter(kind=MessageKind.NOTE).exists()


def test_a_vendor_hands_on_to_its_own_people_and_to_the_house(
    held, acting: Acting, outsourcing_agent: User, vendor_mate: User, agent: User, queue: Queue
) -> None:
    ticket = held(outsourcing_agent)
    transfer_ticket(ticket=ticket, to=Target(user=vendor_mate), by=acting(outsourcing_agent))
    transfer_ticket(ticket=ticket, to=Target(is_house=True), by=acting(vendor_mate), whisper=WORDS)

    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.queue, ticket.is_kept_in_house) == (None, queue, True)
    [line] = [row for row in ticket_history(acting(agent), ticket) if row.kind == "ticket.transferred"][1:]
    assert line.sentence.startswith("Transferred from Vera to the house: ")
    with pytest.raises(NothingToTransfer):
        transfer_ticket(ticket=ticket, to=Target(is_house=True), by=acting(agent))
    transfer_ticket(ticket=ticket, to=Target(user=agent), by=acting(agent))
    assert Ticket.objects.get().is_kept_in_house


@pytest.mark.parametrize(
    ("who", "target", "refusal"),
    [
        ("outsourcing_agent", "agent", NotVisible),
        ("outsourcing_agent", "other_vendor_agent", NotVisible),
        ("outsourcing_agent", "other_queue", NotVisible),
        ("agent", "stranger", NotAssignable),
        ("agent", "agent", NothingToTransfer),
    ],
)
def test_no_further_than_one_may_hand_on(
    held, acting: Acting, request: pytest.FixtureRequest, who: str, target: str, refusal: type[AppError]
) -> None:
    user, to = request.getfixturevalue(who), request.getfixturevalue(target)
    ticket = held(user)
    before = state(ticket)

    place = Target(queue=to) if isinstance(to, Queue) else Target(user=to)

    with pytest.raises(refusal):
        transfer_ticket(ticket=ticket, to=place, by=acting(user), whisper=WORDS)

    assert state(ticket) == before


def test_what_others_hold_needs_more_and_what_is_done_stays(
    held, acting: Acting, agent: User, teammate: User, outsourcing_agent: User, vendor_mate: User, stranger: User
) -> None:
    ticket = held(agent)
    before = state(ticket)
    for user, refusal in ((outsourcing_agent, PermissionRefused), (stranger, NotVisible)):
        with pytest.raises(refusal):
            transfer_ticket(ticket=ticket, to=Target(user=vendor_mate), by=acting(user), whisper=WORDS)
    assert state(ticket) == before
    transfer_ticket(ticket=ticket, to=Target(user=teammate), by=acting(teammate))
    lifecycle.resolve_ticket(ticket=ticket, by=acting(teammate))
    before = state(ticket)
    with pytest.raises(TransitionRefused):
        transfer_ticket(ticket=ticket, to=Target(user=agent), by=acting(teammate), whisper=WORDS)
    assert state(ticket) == before


def test_who_gets_it_does_not_help_any_more(held, acting: Acting, agent: User, teammate: User) -> None:
    ticket = held(agent)
    add_helper(ticket=ticket, user=teammate, by=acting(agent))

    transfer_ticket(ticket=ticket, to=Target(user=teammate), by=acting(agent))

    assert not ticket.watchers.exists()
