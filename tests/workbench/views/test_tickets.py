from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.customers.models import Customer
from apps.tickets.models import ReadMark, Ticket
from tests.workbench.conftest import HTMX, Desk

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("grants")]


def test_a_ticket_outside_of_the_scope_does_not_exist(desk: Desk, stranger: User, ticket: Ticket) -> None:
    for path in ("", "history/", "presence/", "mentions/", "assignment/", "choices/tags/", "resolution/", "merge/"):
        assert desk(stranger).get(f"/desk/tickets/{ticket.number}/{path}").status_code == 404


def test_the_page_shows_the_conversation_and_marks_it_as_read(desk: Desk, agent: User, ticket: Ticket) -> None:
    page = desk(agent).get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert "The screen stays black." in page
    assert "lin@example.com" in page
    assert ReadMark.objects.get(ticket=ticket, user=agent).sequence == ticket.message_count


def test_a_vendor_reads_the_conversation_without_addresses(
    desk: Desk, outsourcing_agent: User, ticket: Ticket, customer: Customer
) -> None:
    page = desk(outsourcing_agent).get(f"/desk/tickets/{ticket.number}/", **HTMX).content.decode()
    assert "The screen stays black." in page
    for secret in ("lin@example.com", "13800138000", customer.name, "boss@example.com"):
        assert secret not in page


@pytest.mark.usefixtures("kept_words")
def test_a_ticket_page_keeps_within_its_queries(
    desk: Desk, agent: User, ticket: Ticket, django_assert_max_num_queries: Callable[..., object]
) -> None:
    browser = desk(agent)
    browser.get(f"/desk/tickets/{ticket.number}/")
    with django_assert_max_num_queries(19):
        browser.get(f"/desk/tickets/{ticket.number}/")
    with django_assert_max_num_queries(19):
        browser.get(f"/desk/tickets/{ticket.number}/", **HTMX)


def test_menus_and_dialogs_open(desk: Desk, agent: User, ticket: Ticket) -> None:
    browser = desk(agent)
    for path in (
        "assignment/",
        "choices/tags/",
        "choices/queue/",
        "choices/category/",
        "resolution/",
        "merge/",
        "history/",
    ):
        response = browser.get(f"/desk/tickets/{ticket.number}/{path}", **HTMX)
        assert response.status_code == 200, path
        assert "<html" not in response.content.decode()


def test_a_dialog_is_a_page_for_who_comes_by_its_address(desk: Desk, agent: User, ticket: Ticket) -> None:
    page = desk(agent).get(f"/desk/tickets/{ticket.number}/resolution/").content.decode()
    assert "<html" in page
    assert f'action="/desk/tickets/{ticket.number}/resolution/"' in page


def test_a_customer_has_one_timeline(
    desk: Desk, agent: User, stranger: User, ticket: Ticket, customer: Customer
) -> None:
    address = f"/desk/customers/{customer.public_id}/"
    page = desk(agent).get(address).content.decode()
    assert "The screen stays black." in page
    assert f"/desk/tickets/{ticket.number}/" in page
    assert desk(stranger).get(address).status_code == 404


def test_a_note_about_a_customer_is_kept(desk: Desk, agent: User, ticket: Ticket, customer: Customer) -> None:
    response = desk(agent).post(f"/desk/customers/{customer.public_id}/notes/", {"body": "Calls in the morning"})
    assert response.status_code == 302
    assert [note.body for note in customer.notes.all()] == ["Calls in the morning"]


def test_the_styleguide_is_for_those_who_build(desk: Desk, agent: User, settings: object) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]
    assert desk(agent).get("/desk/styleguide/").status_code == 200
    assert Client().get("/desk/styleguide/").status_code == 302
    settings.DEMO = False  # type: ignore[attr-defined]
    assert desk(agent).get("/desk/styleguide/").status_code == 404
