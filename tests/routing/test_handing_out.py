"""From waiting tickets and people who are there to offers: what the rows say, what the engine decides, what is made of it."""

from datetime import timedelta

import pytest

from apps.accounts.models import AgentSkill, Skill, User
from apps.core.clock import now
from apps.core.events import number_events, run_subscribers
from apps.routing.engine import types
from apps.routing.enums import Overflow, Strategy
from apps.routing.models import AgentState, CapacityRule, OverflowRow, QueueSkill, RoutingQueue
from apps.routing.selectors.floor import own_offers
from apps.routing.services.handing_out import look
from apps.routing.services.kept_floor import KeptFloor
from apps.routing.services.states import set_state
from apps.tickets.enums import AssignmentState, WorkKind
from apps.tickets.models import Assignment, Queue, Ticket
from apps.tickets.services import assignment, offers
from tests.channels.conftest import in_parallel
from tests.factories.tickets import IntakeRuleFactory, TicketFactory, grant

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


@pytest.fixture
def routing(queue: Queue) -> RoutingQueue:
    return RoutingQueue.objects.create(queue=queue, is_automatic=True)


@pytest.fixture
def there(acting):
    """`there(alice, tom)`: they are available, the first one for the longest time."""

    def come(*users: User) -> None:
        for place, user in enumerate(users):
            set_state(user=user, state="available", by=acting(user))
            AgentState.objects.filter(user=user).update(since=now() - timedelta(minutes=60 - place))

    return come


def hand_out() -> int:
    """By a router that knows nothing yet: what a test writes by hand, no event tells to others."""
    return look(KeptFloor())


def tell() -> None:
    """What vendors tried in vain is counted from events."""
    number_events()
    while run_subscribers("routing.attempts"):
        pass


def offered() -> dict[int, str]:
    rows = Assignment.objects.filter(state=AssignmentState.OFFERED)
    return dict(rows.values_list("ticket_id", "user__username"))


def test_nothing_is_handed_out_until_a_queue_is_switched_on(ticket, queue, agent, there):
    there(agent)
    RoutingQueue.objects.create(queue=queue)
    assert hand_out() == 0
    RoutingQueue.objects.update(is_automatic=True)
    assert hand_out() == 1
    assert offered() == {ticket.pk: "alice"}
    assert hand_out() == 0


def test_an_offer_goes_to_the_longest_idle_says_why_and_goes_on(
    ticket, routing, agent, teammate, stranger, supervisor, there, acting
):
    there(stranger, teammate, agent)  # a supervisor without the queue, and a stranger, are not asked
    set_state(user=supervisor, state="available", by=acting(supervisor))
    AgentState.objects.filter(user=supervisor).update(since=now())
    hand_out()
    (card,) = own_offers(acting(teammate))
    assert card.why[-1].startswith("Idle the longest: ")
    offers.decline_offer(offer=Assignment.objects.get(pk=card.id), by=acting(teammate))
    hand_out()
    assert offered() == {ticket.pk: "alice"}
    Assignment.objects.filter(user=agent).update(expires_at=now() - timedelta(seconds=1))
    offers.expire_offers()
    hand_out()
    assert offered() == {ticket.pk: "susan"}


def test_skills_languages_and_capacity_limit_who_is_asked(queue, channel, routing, agent, teammate, there, acting):
    skill = Skill.objects.create(key="refunds", name={"en": "Refunds"})
    QueueSkill.objects.create(routing=routing, skill=skill, level=3)
    AgentSkill.objects.create(user=agent, skill=skill, level=3)
    AgentSkill.objects.create(user=teammate, skill=skill, level=5, certified_until=now().date() - timedelta(days=1))
    CapacityRule.objects.create(kind=WorkKind.MAIL, at_most=2, user=agent)
    User.objects.filter(pk=agent.pk).update(spoken_languages=["en"])
    tickets = [TicketFactory(queue=queue, channel=channel, language="en", priority=20 + n) for n in range(3)]
    french = TicketFactory(queue=queue, channel=channel, language="fr", priority=40)
    there(teammate, agent)
    for ticket in (tickets[2], tickets[1]):
        hand_out()
        hand_out()  # one card at a time, however often it is looked
        assert offered() == {ticket.pk: "alice"}
        offers.accept_offer(offer=Assignment.objects.get(state="offered"), by=acting(agent))
    hand_out()
    assert offered() == {}  # two mails fill her, and she does not serve in French
    assert not Assignment.objects.filter(ticket=french).exists()


def test_teams_of_a_channel_and_scopes_of_vendors_are_kept(
    queue, channel, routing, agent, outsourcing_agent, vendor_team, there
):
    form = TicketFactory(queue=queue, channel=None)
    mail = TicketFactory(queue=queue, channel=channel)
    IntakeRuleFactory(channel=channel, queue=queue).teams.set([vendor_team])
    there(agent, outsourcing_agent)
    hand_out()
    assert offered() == {form.pk: "alice", mail.pk: "oliver"}


def test_what_failed_with_vendors_comes_into_the_house_and_stays(
    queue, channel, routing, agent, outsourcing_agent, there, acting
):
    RoutingQueue.objects.update(is_hybrid=True, failed_attempts=2)
    ticket = TicketFactory(queue=queue, channel=channel)
    there(agent, outsourcing_agent)
    for _attempt in range(2):
        tell()
        hand_out()
        assert offered() == {ticket.pk: "oliver"}
        offers.accept_offer(offer=Assignment.objects.get(state="offered"), by=acting(outsourcing_agent))
        assignment.assign_ticket(ticket=ticket, to=None, by=acting(outsourcing_agent))
    tell()
    hand_out()
    assert offered() == {ticket.pk: "alice"}
    (card,) = own_offers(acting(agent))
    assert card.why[0] == "2 attempts of the vendor failed, so it is taken in-house."


def test_of_an_added_queue_only_those_are_asked_to_whom_the_tickets_are_open(
    queue, other_queue, other_team, channel, routing, stranger, there
):
    OverflowRow.objects.create(routing=routing, after=1, change=Overflow.ADD_QUEUE, queue=other_queue)
    ticket = TicketFactory(queue=queue, channel=channel, opened_at=now() - timedelta(minutes=5))
    there(stranger)
    assert KeptFloor().decide() == []  # the offer would be refused, and decided anew at each look
    assert not Assignment.objects.exists()

    grant(other_team, queue)
    assert hand_out() == 1
    assert offered() == {ticket.pk: stranger.username}


@pytest.mark.django_db(transaction=True)
def test_many_routers_at_once_ask_nobody_twice(queue, channel, routing, agent, teammate, there):
    for _number in range(6):
        TicketFactory(queue=queue, channel=channel)
    there(agent, teammate)
    made = in_parallel(4, lambda _number: hand_out())
    assert sum(made) == 2
    assert sorted(offered().values()) == ["alice", "tom"]
    assert Ticket.objects.filter(assignee__isnull=False).count() == 0


@pytest.mark.parametrize(("ours", "theirs"), [(Strategy, types.Strategy), (Overflow, types.OverflowChange)])
def test_choices_are_the_engines(ours, theirs):
    assert set(ours.values) == {str(each) for each in theirs}
