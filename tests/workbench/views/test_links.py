"""Linking from the desk: what is offered, what is said, what can be undone."""

import pytest

from apps.accounts.models import User
from apps.tickets.models import Queue, Ticket, TicketLink
from tests.factories.tickets import TicketFactory
from tests.workbench.conftest import HTMX, Desk, triggers

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("grants")]


@pytest.fixture
def other(queue: Queue, ticket: Ticket) -> Ticket:
    return TicketFactory(queue=queue, customer=ticket.customer, subject="Second screen")


def address(ticket: Ticket, rest: str = "") -> str:
    return f"/desk/tickets/{ticket.number}/links/{rest}"


def test_the_customers_other_tickets_are_offered_first(desk: Desk, agent: User, ticket: Ticket, other: Ticket) -> None:
    body = desk(agent).get(address(ticket), **HTMX).content.decode()
    assert f'name="other" value="{other.number}"' in body
    assert f'value="{ticket.number}"' not in body


def test_search_offers_what_one_sees(
    desk: Desk, agent: User, ticket: Ticket, other: Ticket, other_queue: Queue
) -> None:
    hidden = TicketFactory(queue=other_queue)
    browser = desk(agent)
    for row, is_offered in ((other, True), (hidden, False), (ticket, False)):
        body = browser.get(address(ticket, "choices/"), {"q": str(row.number)}, **HTMX).content.decode()
        assert (f'value="{row.number}"' in body) is is_offered


@pytest.mark.parametrize("field", ["q", "other"])
def test_linking_can_be_undone_and_redone(desk: Desk, agent: User, ticket: Ticket, other: Ticket, field: str) -> None:
    browser = desk(agent)
    made = browser.post(address(ticket), {"relation": "duplicate", field: str(other.number)}, **HTMX)
    assert TicketLink.objects.filter(ticket=ticket, other=other, kind="duplicate").exists()
    assert {"dialog:close", "desk:changed"} <= set(triggers(made))
    undone = browser.post(triggers(made)["toast"]["undo"], **HTMX)
    assert not TicketLink.objects.exists()
    browser.post(triggers(undone)["toast"]["undo"], **HTMX)
    assert TicketLink.objects.filter(ticket=ticket, other=other, kind="duplicate").exists()


def test_what_cannot_be_linked_is_said_at_the_field(
    desk: Desk, agent: User, ticket: Ticket, other_queue: Queue
) -> None:
    hidden = TicketFactory(queue=other_queue)
    for value in (str(hidden.number), "999999999", "words", "", str(ticket.number), "9" * 30):
        response = desk(agent).post(address(ticket), {"relation": "related", "q": value}, **HTMX)
        assert response.status_code == 422
        assert "aria-invalid" in response.content.decode()
    assert not TicketLink.objects.exists()


def test_a_vendor_gets_no_dialog_and_links_nothing(
    desk: Desk, outsourcing_agent: User, ticket: Ticket, other: Ticket
) -> None:
    browser = desk(outsourcing_agent)
    assert browser.get(address(ticket), **HTMX).status_code == 403
    assert browser.post(address(ticket), {"relation": "related", "q": str(other.number)}, **HTMX).status_code == 403
    assert not TicketLink.objects.exists()
    page = browser.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert "/links/" not in page
