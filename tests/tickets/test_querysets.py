"""The truth table of docs/development/permissions.md: who sees which ticket, and what hangs on it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Team, User, Vendor
from apps.channels.models import Channel
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.customers.models import Customer
from apps.tickets.enums import Status
from apps.tickets.models import Attachment, Category, Interaction, Mention, Message, Queue, SavedView, Ticket, Watcher
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import CategoryFactory, InteractionFactory, TicketFactory, grant, say
from tests.tickets.conftest import Acting

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]

AGENT, TEAMMATE, SUPERVISOR, OUTSOURCED, STRANGER = "agent", "teammate", "supervisor", "outsourcing_agent", "stranger"


def seen_by(cast: dict[str, User], acting: Acting, ticket: Ticket) -> set[str]:
    return {
        name for name, user in cast.items() if Ticket.objects.visible_to(acting(user)).filter(pk=ticket.pk).exists()
    } - {"manager"}


def test_queue_in_grants_opens_to_the_team_and_on_the_channel_to_the_vendor(
    cast: dict[str, User], acting: Acting, ticket: Ticket
) -> None:
    assert seen_by(cast, acting, ticket) == {AGENT, TEAMMATE, SUPERVISOR, OUTSOURCED}


def test_another_queue_opens_to_its_team_only(
    cast: dict[str, User], acting: Acting, other_queue: Queue, channel: Channel
) -> None:
    row = TicketFactory(queue=other_queue, channel=channel)
    assert seen_by(cast, acting, row) == {SUPERVISOR, STRANGER}


def test_another_channel_is_closed_to_the_vendor(
    cast: dict[str, User], acting: Acting, queue: Queue, form: Channel
) -> None:
    row = TicketFactory(queue=queue, channel=form)
    assert seen_by(cast, acting, row) == {AGENT, TEAMMATE, SUPERVISOR}


def test_without_a_channel_it_is_closed_to_the_vendor(cast: dict[str, User], acting: Acting, queue: Queue) -> None:
    assert seen_by(cast, acting, TicketFactory(queue=queue)) == {AGENT, TEAMMATE, SUPERVISOR}


def test_assignment_opens_it_to_whoever_holds_it_and_ends_with_it(
    cast: dict[str, User], acting: Acting, other_queue: Queue
) -> None:
    row = TicketFactory(queue=other_queue, assignee=cast[OUTSOURCED])
    assert seen_by(cast, acting, row) == {SUPERVISOR, STRANGER, OUTSOURCED}
    Ticket.objects.filter(pk=row.pk).update(assignee=cast[AGENT])
    assert seen_by(cast, acting, row) == {SUPERVISOR, STRANGER, AGENT}


@pytest.mark.parametrize("model", [Watcher, Mention])
def test_watching_and_mention_open_it_in_house_only(
    cast: dict[str, User], acting: Acting, other_queue: Queue, model: type[Watcher | Mention]
) -> None:
    row = TicketFactory(queue=other_queue)
    extra = {"message_id": 1} if model is Mention else {}
    for name in (AGENT, OUTSOURCED):
        model.objects.create(ticket=row, user=cast[name], **extra)
    assert seen_by(cast, acting, row) == {SUPERVISOR, STRANGER, AGENT}


def test_category_limit_narrows_the_vendor_and_includes_what_lies_below(
    cast: dict[str, User], acting: Acting, queue: Queue, channel: Channel, category: Category, vendor_team: Team
) -> None:
    below = CategoryFactory(parent=category)
    grant(vendor_team, category)
    scope = {"queue": queue, "channel": channel}
    inside = [TicketFactory(category=row, **scope) for row in (category, below)]
    outside = [TicketFactory(category=row, **scope) for row in (None, CategoryFactory())]
    assert [OUTSOURCED in seen_by(cast, acting, row) for row in (*inside, *outside)] == [True, True, False, False]
    assert all(AGENT in seen_by(cast, acting, row) for row in (*inside, *outside))


def test_closed_tickets_leave_the_vendors_sight_after_the_days_of_the_contract(
    cast: dict[str, User], acting: Acting, queue: Queue, channel: Channel, vendor: Vendor
) -> None:
    scope = {"queue": queue, "channel": channel, "status": Status.CLOSED}
    vendor.closed_days = 7
    vendor.save()
    fresh = TicketFactory(closed_at=now() - timedelta(days=6), **scope)
    old = TicketFactory(closed_at=now() - timedelta(days=8), **scope)
    assert OUTSOURCED in seen_by(cast, acting, fresh)
    assert seen_by(cast, acting, old) == {AGENT, TEAMMATE, SUPERVISOR}


def test_without_the_permission_nothing_is_seen(cast: dict[str, User], acting: Acting, ticket: Ticket) -> None:
    role = cast[AGENT].role
    assert role is not None
    role.permissions = ["customers.view"]
    role.save()
    assert seen_by(cast, acting, ticket) == {SUPERVISOR, OUTSOURCED}


def test_a_switched_off_vendor_sees_nothing(
    cast: dict[str, User], acting: Acting, ticket: Ticket, vendor: Vendor
) -> None:
    vendor.is_active = False
    vendor.save()
    assert OUTSOURCED not in seen_by(cast, acting, ticket)


def test_the_system_sees_everything(ticket: Ticket) -> None:
    assert Ticket.objects.visible_to(SYSTEM).get() == ticket


def test_what_hangs_on_a_ticket_is_seen_exactly_with_it(cast: dict[str, User], acting: Acting, ticket: Ticket) -> None:
    for model in (Message, Interaction):
        seen = {name for name, user in cast.items() if model.objects.visible_to(acting(user)).exists()}
        assert seen == {AGENT, TEAMMATE, SUPERVISOR, OUTSOURCED, "manager"}
    assert not Attachment.objects.visible_to(acting(cast[STRANGER])).exists()


def test_a_customer_is_seen_through_a_ticket(
    cast: dict[str, User], acting: Acting, ticket: Ticket, customer: Customer
) -> None:
    CustomerFactory()
    seen = {name for name, user in cast.items() if customer in Customer.objects.visible_to(acting(user))}
    assert seen == {AGENT, TEAMMATE, SUPERVISOR, OUTSOURCED, "manager"}
    assert list(Customer.objects.visible_to(acting(cast[OUTSOURCED]))) == [customer]


def test_queues_and_categories_follow_the_grants(
    cast: dict[str, User], acting: Acting, queue: Queue, other_queue: Queue, category: Category
) -> None:
    assert set(Queue.objects.visible_to(acting(cast[AGENT]))) == {queue}
    assert set(Queue.objects.visible_to(acting(cast[SUPERVISOR]))) == {queue, other_queue}
    assert set(Category.objects.visible_to(acting(cast[OUTSOURCED]))) == {category}


def test_saved_views_are_private_of_the_team_or_of_all(cast: dict[str, User], acting: Acting, team: Team) -> None:
    owner, name = cast[STRANGER], {"en": "View", "zh-hans": "视图"}
    private = SavedView.objects.create(owner=owner, name=name)
    of_team = SavedView.objects.create(owner=owner, name=name, scope="team", team=team)
    of_all = SavedView.objects.create(owner=owner, name=name, scope="all")
    assert set(SavedView.objects.visible_to(acting(owner))) == {private, of_team, of_all}
    assert set(SavedView.objects.visible_to(acting(cast[AGENT]))) == {of_team, of_all}
    assert set(SavedView.objects.visible_to(acting(cast[OUTSOURCED]))) == {of_all}


def test_the_scope_is_one_query_and_gives_no_row_twice(
    acting: Acting, agent: User, queue: Queue, channel: Channel
) -> None:
    rows = [TicketFactory(queue=queue, channel=channel, assignee=agent) for _number in range(3)]
    for row in rows:
        Watcher.objects.create(ticket=row, user=agent)
        for number in range(3):
            Mention.objects.create(ticket=row, message_id=number + 10 * row.pk, user=agent)
    actor = acting(agent)
    Ticket.objects.visible_to(actor).count()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert Ticket.objects.visible_to(actor).count() == 3
    assert len(queries) == 1
    assert "= ANY" in queries[0]["sql"]
    assert "DISTINCT" not in queries[0]["sql"]


def test_the_scope_can_be_locked(acting: Acting, agent: User, ticket: Ticket) -> None:
    assert Ticket.objects.visible_to(acting(agent)).locked().get() == ticket


def test_messages_of_a_ticket_skip_older_months(ticket: Ticket) -> None:
    InteractionFactory(ticket=ticket, channel=ticket.channel)
    say(ticket, "more")
    assert [row.text for row in Message.objects.of_ticket(ticket).order_by("sequence")] == [
        "The screen stays black.",
        "more",
    ]
