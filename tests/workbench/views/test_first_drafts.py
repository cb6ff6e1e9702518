"""What is written to begin a conversation is kept for each kind of channel."""

import pytest

from apps.accounts.models import User
from apps.tickets.models import Draft, Ticket
from tests.factories.channels import ChannelFactory
from tests.workbench.conftest import HTMX, Desk

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants", "rule")]


def test_a_text_message_leaves_the_draft_of_a_mail_alone(desk: Desk, agent: User, ticket: Ticket) -> None:
    sms = ChannelFactory(key="sms", kind="sms_twilio", settings={"sender": "+15550001111", "account": "AC1"})
    browser, mail = desk(agent), str(ticket.channel_id)
    draft = "/desk/conversations/new/draft/"
    browser.post(draft, {"channel": mail, "to": "new@example.com", "html": "<div>A long mail</div>"}, **HTMX)
    browser.post(draft, {"channel": str(sms.pk), "to": "+8613800138000", "html": "<div>Short</div>"}, **HTMX)

    def page(query: str = "") -> str:
        return browser.get(f"/desk/conversations/new/{query}", **HTMX).content.decode()

    assert ("Short" in page(), "A long mail" in page()) == (True, False)
    assert ("A long mail" in page(f"?channel={mail}"), "new@example.com" in page(f"?channel={mail}")) == (True, True)
    assert Draft.objects.filter(user=agent).count() == 1

    browser.delete(f"{draft}?kind=reply&channel={sms.pk}", **HTMX)
    assert "A long mail" in page()
    data = {
        "channel": mail,
        "to": "new@example.com",
        "subject": "Now",
        "html": "<div>A long mail</div>",
        "client_id": "w1",
    }
    assert browser.post("/desk/conversations/new/", data, **HTMX).status_code == 200
    assert not Draft.objects.filter(user=agent).exists()
