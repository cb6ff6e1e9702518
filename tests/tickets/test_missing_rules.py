"""A channel without an intake rule says so wherever people look after channels, and what it kept is taken in later."""

import pytest
from django.test import Client

from apps.channels.connectors.api.services import accept_api_message
from apps.channels.models import Channel, InboundEvent
from apps.channels.selectors.health import channel_health
from apps.channels.services import inbox
from apps.core.actor import SYSTEM
from apps.tickets.models import IntakeRule, Ticket
from apps.tickets.selectors import vocabulary
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import QueueFactory

pytestmark = pytest.mark.integration


@pytest.fixture
def lonely(db: None) -> Channel:
    return ChannelFactory.create(kind="api", key="shop")


@pytest.fixture
def browser(manager) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(manager)
    return client


def test_the_pages_warn_and_lead_to_the_rule(browser, lonely) -> None:
    add = f"/admin/tickets/intakerule/add/?channel={lonely.pk}"
    pages = [
        "/desk/channels/",
        f"/desk/channels/{lonely.public_id}/",
        "/admin/contact_channels/channel/",
        f"/admin/contact_channels/channel/{lonely.pk}/change/",
    ]

    before = [browser.get(page).content.decode() for page in pages]
    assert browser.get(add).status_code == 200
    IntakeRule.objects.create(channel=lonely, queue=QueueFactory())
    after = [browser.get(page).content.decode() for page in pages]

    assert [add in page and "intake rule: what arrives is kept" in page for page in before] == [True] * 4
    assert [add in page for page in after] == [False] * 4


def test_only_channels_that_take_something_in_need_a_rule(lonely, acting, manager) -> None:
    ChannelFactory.create(kind="manual")
    ChannelFactory.create(kind="form", is_active=False)

    rows = channel_health(acting(manager))

    assert [row.key for row in rows if row.rule_url] == ["shop"]
    assert [row.tone for row in rows if row.rule_url] == ["danger"]


def test_what_was_kept_is_taken_in_once_there_is_a_rule(browser, lonely, settings, monkeypatch) -> None:
    settings.TICKETS_VOCABULARY_SECONDS = 60  # as in a running process
    monkeypatch.setattr(vocabulary, "_kept", None)
    sender = {"kind": "email", "value": "lin@example.com"}
    data = {"sender": sender, "text": "Where is my order?"}
    accept_api_message(channel=lonely, data=data, idempotency_key="order-1", by=SYSTEM)
    inbox.process_due()
    assert (InboundEvent.objects.get().state, Ticket.objects.count()) == ("parked", 0)
    assert "The channel has no intake rule" in browser.get(f"/desk/channels/{lonely.public_id}/").content.decode()

    IntakeRule.objects.create(channel=lonely, queue=QueueFactory())
    browser.post(f"/desk/channels/{lonely.public_id}/replay/")
    inbox.process_due()

    event, ticket = InboundEvent.objects.get(), Ticket.objects.get()
    assert (event.state, event.ticket_id) == ("done", ticket.pk)
