"""What vendors try in vain is counted once, and brings the matter in-house."""

import pytest

from apps.core.clock import now
from apps.core.events import number_events, run_subscribers
from apps.core.models import Event, SubscriberPosition
from apps.routing.models import RoutingQueue, VendorAttempt
from apps.routing.selectors.explaining import assignment_rows
from apps.routing.services.handing_out import look
from apps.routing.services.kept_floor import KeptFloor
from apps.routing.services.states import set_state
from apps.tickets.enums import Status
from apps.tickets.models import Assignment, Ticket
from apps.tickets.selectors.history import ticket_history
from apps.tickets.services import assignment, lifecycle, messages, offers
from tests.factories.tickets import IntakeRuleFactory, mail, receive

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]
FIRST = "first@example.com"


@pytest.fixture
def routing(queue, channel) -> RoutingQueue:
    IntakeRuleFactory(channel=channel, queue=queue)
    return RoutingQueue.objects.create(queue=queue, is_automatic=True, is_hybrid=True)


@pytest.fixture
def told(routing):
    """`told()`: what happened since is handed to the subscriber, which begins with what happens from now on."""

    def run() -> list[str]:
        number_events()
        while run_subscribers("routing.attempts"):
            pass
        return list(VendorAttempt.objects.order_by("created", "pk").values_list("failure", flat=True))

    run()
    return run


@pytest.fixture
def held(told, channel, agent, outsourcing_agent, acting) -> Ticket:
    """A mail that a vendor's agent accepted; somebody of the house is there too."""
    receive(channel, mail(message_id=FIRST))
    for user in (agent, outsourcing_agent):
        set_state(user=user, state="available", by=acting(user))
    accept(outsourcing_agent, acting)
    return Ticket.objects.get()


def accept(user, acting) -> None:
    look(KeptFloor())
    offers.accept_offer(offer=Assignment.objects.get(state="offered", user=user), by=acting(user))


def write_again(channel, number) -> None:
    receive(channel, mail(f"Still black, {number}.", message_id=f"again{number}@example.com", answers=(FIRST,)))


def answer(ticket, user, acting, number=0) -> None:
    messages.reply(ticket=ticket, by=acting(user), html=f"<p>Try this, {number}</p>", client_id=f"c{number}")


def test_three_replies_that_did_not_do_bring_it_home_with_everything_said(
    held, told, channel, agent, outsourcing_agent, acting
):
    for number in range(3):
        answer(held, outsourcing_agent, acting, number)
        write_again(channel, number)
        write_again(channel, f"{number}, too")  # however much they write after a reply
        assert told() == ["wrote_again"] * (number + 1)

    held.refresh_from_db()
    assert held.assignee is None
    event = Event.objects.get(kind="routing.came_in_house")
    assert (event.ticket_id, event.payload["attempts"]) == (held.pk, 3)
    assert "3 unsuccessful attempts of the vendor" in " ".join(
        row.sentence for row in ticket_history(acting(agent), held)
    )
    look(KeptFloor())
    offer = Assignment.objects.get(state="offered")
    assert offer.user == agent
    *_before, last = assignment_rows(acting(agent), held)
    assert last.why[0] == "3 attempts of the vendor failed, so it is taken in-house."

    SubscriberPosition.objects.filter(name="routing.attempts").update(position=0)
    assert told() == ["wrote_again"] * 3
    assert Event.objects.filter(kind="routing.came_in_house").count() == 1
    offer.refresh_from_db()
    assert offer.state == "offered"


def test_what_is_opened_again_or_given_back_failed_as_well(held, told, routing, channel, outsourcing_agent, acting):
    RoutingQueue.objects.update(failed_attempts=2)
    by = acting(outsourcing_agent)
    answer(held, outsourcing_agent, acting)
    Ticket.objects.filter(pk=held.pk).update(status=Status.RESOLVED)
    Assignment.objects.filter(state="accepted").update(state="finished", ended_at=now())
    held.refresh_from_db()
    lifecycle.reopen_ticket(ticket=held, by=by)
    assert told() == ["reopened"]
    write_again(channel, 1)  # the same reply fails once
    assert told() == ["reopened"]
    assignment.assign_ticket(ticket=held, to=None, by=by)
    look(KeptFloor())  # before anything was told
    assert Assignment.objects.get(state="offered").user == outsourcing_agent

    assert told() == ["reopened", "returned"]

    assert not Assignment.objects.filter(state="offered").exists()
    look(KeptFloor())
    assert Assignment.objects.get(state="offered").user.username == "alice"


def test_what_is_no_attempt_is_not_counted(held, told, channel, agent, supervisor, outsourcing_agent, acting):
    write_again(channel, 1)  # nobody had answered yet
    assignment.assign_ticket(ticket=held, to=agent, by=acting(supervisor))  # it did not come from the vendor's people
    answer(held, agent, acting)
    write_again(channel, 2)
    offers.free_ticket(assignment=Assignment.objects.get(state="accepted"), reason="connection_lost")

    assert told() == []
    RoutingQueue.objects.update(is_hybrid=False)
    assignment.claim_ticket(ticket=held, by=acting(outsourcing_agent))
    answer(held, outsourcing_agent, acting, 3)
    write_again(channel, 3)
    assert told() == []
