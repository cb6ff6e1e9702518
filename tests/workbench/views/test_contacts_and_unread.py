"""Writing a call or a visit down on a ticket, and putting a ticket back among the unread."""

from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.channels.models import Channel
from apps.tickets.models import Interaction, Message, ReadMark, Ticket
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import grant
from tests.workbench.conftest import HTMX, Desk, triggers

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("grants")]


@pytest.fixture
def phone(db: None) -> Channel:
    return ChannelFactory(key="phone", kind="manual", settings={"contact": "call"}, name={"en": "Phone"})


def contacts(ticket: Ticket) -> str:
    return f"/desk/tickets/{ticket.number}/contacts/"


def call(phone: Channel, **changes: Any) -> dict[str, Any]:
    at = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    values = {"channel": phone.pk, "kind": "call_out", "at": at, "name": "", "text": "Agreed.", "client_id": "one"}
    return {**values, **changes}


def test_a_call_appears_in_the_timeline(desk: Desk, agent: User, ticket: Ticket, phone: Channel) -> None:
    browser = desk(agent)
    form = browser.get(contacts(ticket), **HTMX).content.decode()
    assert 'value="林小雨"' in form
    response = browser.post(contacts(ticket), call(phone, name="林小雨"), **HTMX)
    assert {"dialog:close", "desk:changed", "toast"} <= set(triggers(response))
    page = browser.get(f"/desk/tickets/{ticket.number}/", **HTMX).content.decode()
    for words in ("Call to the customer", "Spoken with 林小雨", "Agreed."):
        assert words in page


def test_what_is_missing_is_said_at_the_field(desk: Desk, agent: User, ticket: Ticket, phone: Channel) -> None:
    for change in ({"text": ""}, {"at": "2099-01-01T09:00"}, {"at": "soon"}, {"channel": "0"}, {"kind": "x"}):
        assert desk(agent).post(contacts(ticket), call(phone, **change), **HTMX).status_code == 422
    assert Message.objects.filter(ticket=ticket).count() == 1
    assert not Interaction.objects.filter(channel=phone).exists()


def test_who_does_not_see_or_reach_it_writes_nothing(
    desk: Desk, stranger: User, outsourcing_agent: User, ticket: Ticket, phone: Channel
) -> None:
    assert desk(stranger).post(contacts(ticket), call(phone), **HTMX).status_code == 404
    assert desk(outsourcing_agent).post(contacts(ticket), call(phone), **HTMX).status_code == 422
    page = desk(outsourcing_agent).get(f"/desk/tickets/{ticket.number}/", **HTMX).content.decode()
    assert "/contacts/" not in page
    assert Message.objects.filter(ticket=ticket).count() == 1


def test_a_masked_name_is_not_written_down_as_a_name(
    desk: Desk, outsourcing_agent: User, vendor_team: Team, ticket: Ticket, phone: Channel
) -> None:
    grant(vendor_team, ticket.queue, phone)
    browser = desk(outsourcing_agent)
    form = browser.get(contacts(ticket), **HTMX).content.decode()
    assert "林小雨" not in form
    masked = form.partition('name="name" value="')[2].partition('"')[0]
    assert masked
    browser.post(contacts(ticket), call(phone, name=masked), **HTMX)
    assert Message.objects.get(ticket=ticket, sequence=2).sender_name == ""


def test_unread_is_ones_own_and_lasts_until_one_looks(desk: Desk, agent: User, teammate: User, ticket: Ticket) -> None:
    mine, theirs = desk(agent), desk(teammate)
    for browser in (mine, theirs):
        browser.get(f"/desk/tickets/{ticket.number}/")
    response = mine.post(f"/desk/tickets/{ticket.number}/unread/", **HTMX)
    assert triggers(response)["desk:unread"] == {"ticket": ticket.pk}
    assert "desk:changed" not in triggers(response)
    assert "data-unread" in mine.get("/desk/views/open/", **HTMX).content.decode()
    assert "data-unread" not in theirs.get("/desk/views/open/", **HTMX).content.decode()
    mine.get(f"/desk/tickets/{ticket.number}/")
    assert "data-unread" not in mine.get("/desk/views/open/", **HTMX).content.decode()


def test_a_stranger_marks_nothing(desk: Desk, stranger: User, ticket: Ticket) -> None:
    assert desk(stranger).post(f"/desk/tickets/{ticket.number}/unread/", **HTMX).status_code == 404
    assert not ReadMark.objects.exists()
