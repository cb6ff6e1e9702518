"""Conversations that we begin: by mail and by text message, so that what is answered comes to the same ticket."""

from collections.abc import Callable

import pytest

from apps.accounts.models import Team, User
from apps.channels.contract import Inbound
from apps.channels.enums import DeliveryState
from apps.channels.models import Channel, Delivery
from apps.core.actor import SYSTEM, Actor
from apps.core.errors import InvalidInput, PermissionRefused
from apps.customers.models import Customer
from apps.tickets.enums import InteractionState, Status
from apps.tickets.errors import ConversationRunning, NoReplyChannel
from apps.tickets.models import Interaction, Message, Ticket
from apps.tickets.services import lifecycle, messages
from apps.tickets.services.intake import receive
from tests.channels.connectors.sms.conftest import KINDS, make_channel
from tests.factories.channels import ChannelFactory, InboundEventFactory
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import IntakeRuleFactory, grant
from tests.tickets.conftest import queued

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("grants")]
PHONE = "+8613900139007"


@pytest.fixture
def alice(agent: User, acting: Callable[..., Actor]) -> Actor:
    return acting(agent)


@pytest.fixture
def sms(request: pytest.FixtureRequest, queue: object) -> Channel:
    channel = make_channel(getattr(request, "param", "sms_aliyun"))
    IntakeRuleFactory(channel=channel, queue=queue)
    return channel


def start(by: Actor, channel: Channel, **values: object) -> Ticket:
    given = {"subject": "", "html": "<p>Your parcel waits.</p>", **values}
    return messages.start_outbound(by=by, channel=channel, **given)  # type: ignore[arg-type]


def answered(channel: Channel) -> Ticket:
    """What the phone writes back, taken in."""
    from apps.channels.connectors.sms.messages import inbound

    event = InboundEventFactory(channel=channel)
    said: Inbound = inbound(phone=PHONE, text="Thanks", external_id=f"in-{event.pk}")
    result = receive(said, event)
    return Ticket.objects.get(pk=result.ticket_id)


@pytest.mark.parametrize("sms", KINDS, indirect=True)
def test_a_text_message_to_a_phone_begins_a_ticket_and_its_answer_comes_there(sms: Channel, alice: Actor) -> None:
    ticket = start(alice, sms, address="139 0013 9007")
    (outbound,) = queued(ticket)
    assert outbound.recipients.to == (PHONE,)
    assert (ticket.subject, ticket.status, ticket.assignee) == ("Your parcel waits.", Status.PENDING, alice.user)
    assert answered(sms) == ticket
    ticket.refresh_from_db()
    assert (ticket.status, ticket.message_count) == (Status.OPEN, 2)


def test_nobody_is_written_to_beside_a_conversation_that_goes_on(sms: Channel, alice: Actor) -> None:
    first = start(alice, sms, address=PHONE)
    before = (Ticket.objects.count(), Message.objects.count(), Delivery.objects.count())
    with pytest.raises(ConversationRunning) as refused:
        start(alice, sms, address=PHONE, html="<p>Another matter.</p>")
    assert f"#{first.number}" in refused.value.detail()
    assert (Ticket.objects.count(), Message.objects.count(), Delivery.objects.count()) == before


def test_a_conversation_whose_ticket_is_done_makes_room(sms: Channel, alice: Actor) -> None:
    first = start(alice, sms, address=PHONE)
    lifecycle.resolve_ticket(ticket=first, by=SYSTEM)
    second = start(alice, sms, address=PHONE, html="<p>Another matter.</p>")
    states = dict(Interaction.objects.values_list("ticket_id", "state"))
    assert states == {first.pk: InteractionState.CLOSED, second.pk: InteractionState.OPEN}
    assert answered(sms) == second


def test_an_answer_on_another_channel_begins_a_conversation_there(sms: Channel, channel: Channel, alice: Actor) -> None:
    IntakeRuleFactory(channel=channel, queue=sms.intake_rule.queue)
    customer = CustomerFactory(email="lin@example.com", phone=PHONE)
    ticket = start(alice, channel, subject="Parcel", customer=customer)
    messages.reply(ticket=ticket, by=alice, html="<p>Did you see our mail?</p>", channel=sms)
    assert answered(sms) == ticket


def test_what_is_no_phone_is_refused_and_nothing_is_opened(sms: Channel, alice: Actor) -> None:
    for address in ("lin@example.com", "call me", ""):
        with pytest.raises(InvalidInput):
            start(alice, sms, address=address)
    assert not Ticket.objects.exists()
    assert not Customer.objects.exists()


def test_who_sees_phones_masked_types_none(
    sms: Channel, outsourcing_agent: User, vendor_team: Team, acting: Callable[..., Actor]
) -> None:
    grant(vendor_team, sms)
    outsourcing_agent.role.permissions = [*outsourcing_agent.role.permissions, "tickets.create"]
    outsourcing_agent.role.save()
    with pytest.raises(PermissionRefused):
        start(acting(outsourcing_agent), sms, address=PHONE)
    assert not Ticket.objects.exists()
    assert not Delivery.objects.filter(state=DeliveryState.QUEUED).exists()


def test_a_channel_that_only_answers_begins_nothing(alice: Actor, queue: object) -> None:
    wechat = ChannelFactory(kind="form")
    IntakeRuleFactory(channel=wechat, queue=queue)
    with pytest.raises(NoReplyChannel):
        start(alice, wechat, subject="x", address="lin@example.com")
    assert not Ticket.objects.exists()
