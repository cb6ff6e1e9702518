from collections.abc import Callable

import pytest

from apps.accounts.models import User
from apps.channels.models import Channel
from apps.core.events import last_position, number_events
from apps.customers.models import Customer
from apps.tickets.models import Queue, Ticket
from apps.tickets.services import lifecycle
from tests.factories.tickets import TicketFactory
from tests.workbench.conftest import HTMX, Desk

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("grants")]


def test_the_desk_asks_strangers_to_sign_in(client: object) -> None:
    from django.test import Client

    response = Client().get("/desk/views/open/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/sign-in/?next=/desk/")


def test_the_list_shows_what_lies_in_the_grants(desk: Desk, agent: User, stranger: User, ticket: Ticket) -> None:
    address = f"/desk/tickets/{ticket.number}/"
    assert address in desk(agent).get("/desk/views/open/").content.decode()
    assert address not in desk(stranger).get("/desk/views/open/").content.decode()


def test_the_same_address_serves_page_and_fragment(desk: Desk, agent: User, ticket: Ticket) -> None:
    page = desk(agent).get("/desk/views/open/").content.decode()
    fragment = desk(agent).get("/desk/views/open/", **HTMX).content.decode()
    assert "<html" in page
    assert "<html" not in fragment
    assert "data-rows" in fragment


def test_a_vendor_sees_masked_names_only(
    desk: Desk, outsourcing_agent: User, ticket: Ticket, customer: Customer
) -> None:
    page = desk(outsourcing_agent).get("/desk/views/open/").content.decode()
    assert f"/desk/tickets/{ticket.number}/" in page
    assert customer.name not in page
    assert "lin@example.com" not in page


@pytest.mark.usefixtures("kept_words")
def test_the_list_needs_as_many_queries_for_one_row_as_for_many(
    desk: Desk,
    agent: User,
    ticket: Ticket,
    queue: Queue,
    channel: Channel,
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    browser = desk(agent)
    browser.get("/desk/views/open/")
    with django_assert_max_num_queries(10) as captured:
        browser.get("/desk/views/open/")
    for_one = len(captured)  # type: ignore[arg-type]
    TicketFactory.create_batch(3, queue=queue, channel=channel)
    with django_assert_max_num_queries(for_one):
        assert browser.get("/desk/views/open/").content.decode().count('class="ticket-row"') == 4


def test_rows_answers_only_what_stands_in_the_view_now(
    desk: Desk, agent: User, ticket: Ticket, other_queue: Queue, acting: Callable[..., object]
) -> None:
    foreign = TicketFactory(queue=other_queue)
    ids = f"{ticket.pk},{foreign.pk},x,99999999999999999999"
    body = desk(agent).get(f"/desk/views/open/rows/?ids={ids}").content.decode()
    assert f'data-key="{ticket.pk}"' in body
    assert f'data-key="{foreign.pk}"' not in body
    lifecycle.resolve_ticket(ticket=ticket, by=acting(agent), wrap_up=None)  # type: ignore[arg-type]
    assert f'data-key="{ticket.pk}"' not in desk(agent).get(f"/desk/views/open/rows/?ids={ticket.pk}").content.decode()


def test_counts_are_those_of_the_views(desk: Desk, agent: User, ticket: Ticket) -> None:
    body = desk(agent).get("/desk/counts/").content.decode()
    assert '<span data-count="unassigned">1</span>' in body
    assert '<span data-count="mine"></span>' in body


def test_since_a_position_names_changed_tickets_within_the_scope(
    desk: Desk, agent: User, stranger: User, ticket: Ticket, acting: Callable[..., object]
) -> None:
    number_events()
    before = last_position()
    lifecycle.change_fields(ticket=ticket, by=acting(agent), priority=30)  # type: ignore[arg-type]
    number_events()
    ticket.refresh_from_db()
    news = desk(agent).get(f"/desk/live/?after={before}").json()
    (changed,) = news["changed"]
    assert changed == {"kind": "ticket", "id": ticket.pk, "version": ticket.version, "position": news["position"]}
    assert news["position"] > before
    assert desk(stranger).get(f"/desk/live/?after={before}").json()["changed"] == []
    assert desk(agent).get(f"/desk/live/?after={news['position']}").json()["changed"] == []


def test_a_page_without_a_position_is_told_it_and_looks_at_everything(desk: Desk, agent: User) -> None:
    assert desk(agent).get("/desk/live/?after=").json() == {"position": last_position(), "reset": True, "changed": []}


@pytest.mark.parametrize("query", ["?after=x", "", "?after=99999999999999999999"])
def test_since_nonsense_is_the_beginning(desk: Desk, agent: User, query: str) -> None:
    assert desk(agent).get(f"/desk/live/{query}").status_code == 200


@pytest.mark.parametrize("view", ["nothing", "queue:nowhere", "saved:0", "queue:", "saved:99999999999999999999"])
def test_a_view_that_does_not_exist_is_empty(desk: Desk, agent: User, ticket: Ticket, view: str) -> None:
    response = desk(agent).get(f"/desk/views/{view}/")
    assert response.status_code == 200
    assert 'class="ticket-row"' not in response.content.decode()


def test_search_finds_words_of_both_languages_within_the_scope(
    desk: Desk, agent: User, stranger: User, ticket: Ticket
) -> None:
    address = f"/desk/tickets/{ticket.number}/"
    assert address in desk(agent).get("/desk/search/?q=screen").content.decode()
    assert address in desk(agent).get(f"/desk/search/?q=%23{ticket.number}").content.decode()
    assert address not in desk(stranger).get("/desk/search/?q=screen").content.decode()
    assert desk(agent).get("/desk/search/").status_code == 200
