"""What a channel that goes live leads to, and who will find it there."""

import pytest
from django.test import Client

from apps.accounts.models import Team, User
from apps.channels.connectors.webhook.forms import default_settings
from apps.channels.connectors.webhook.services import go_live
from apps.channels.models import Channel
from apps.tickets.models import Queue, Ticket
from apps.tickets.selectors.lists import ListFilters, ticket_list, view_counts
from apps.tickets.services.intake_rules import unseen
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import grant, mail, receive

pytestmark = pytest.mark.integration


@pytest.fixture
def shop(db: None) -> Channel:
    return ChannelFactory.create(kind="webhook", key="shop", settings=default_settings(), is_active=False)


def test_a_new_channels_tickets_are_unassigned_work_of_who_works_its_queue(
    shop: Channel, queue: Queue, team: Team, agent: User, stranger: User, manager: User, acting
) -> None:
    grant(team, queue)
    go_live(channel=shop, queue=queue.pk, by=acting(manager))
    ticket = Ticket.objects.get(pk=receive(shop, mail()).ticket_id)

    for view in ("unassigned", "open", f"queue:{queue.key}"):
        assert [row.number for row in ticket_list(acting(agent), ListFilters(view=view)).rows] == [ticket.number]
        assert not ticket_list(acting(stranger), ListFilters(view=view)).rows
    counts = {entry.key: entry.count for entry in view_counts(acting(agent))}
    assert (counts["unassigned"], counts[f"queue:{queue.key}"]) == (1, 1)


def test_queues_are_unseen_until_a_team_with_people_reaches_them(
    shop: Channel,
    queue: Queue,
    team: Team,
    vendor_team: Team,
    agent: User,
    outsourcing_agent: User,
    manager: User,
    acting,
) -> None:
    actor = acting(manager)
    assert unseen(shop, actor) == [queue.pk]
    grant(vendor_team, queue)
    assert unseen(shop, actor) == [queue.pk]
    grant(vendor_team, shop)
    assert unseen(shop, actor) == []
    User.objects.filter(pk=outsourcing_agent.pk).update(is_active=False)
    assert unseen(shop, actor) == [queue.pk]
    grant(team, queue)
    assert unseen(shop, actor) == []


def test_the_page_chooses_a_queue_that_is_worked_and_names_those_that_are_not(
    client: Client, shop: Channel, queue: Queue, other_queue: Queue, other_team: Team, stranger: User, manager: User
) -> None:
    grant(other_team, other_queue)
    client.force_login(manager)
    page = client.get(f"/admin/webhooks/{shop.pk}/live/")

    assert page.context["form"]["queue"].value() == other_queue.pk
    assert f"Nobody would find these tickets among their work in: {queue.name}." in " ".join(
        page.content.decode().split()
    )
