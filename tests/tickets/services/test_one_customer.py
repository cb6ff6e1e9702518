"""From several channels to one customer, and never by what somebody only says."""

import pytest

from apps.channels.contract import IdentityClaim
from apps.channels.models import Channel
from apps.customers.models import Customer, Identity, MergeSuggestion
from apps.tickets.models import IntakeRule, Ticket
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory, mail, receive

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

PHONE = "+8613800138000"


@pytest.fixture
def text_messages(rule: IntakeRule) -> Channel:
    channel = ChannelFactory(key="sms", kind="sms_aliyun")
    IntakeRuleFactory(channel=channel, queue=rule.queue)
    return channel


def arrived(channel: Channel, **values: object) -> Ticket:
    result = receive(channel, mail(**values))  # type: ignore[arg-type]
    return Ticket.objects.get(pk=result.ticket_id)


def by_text(channel: Channel, text: str = "在吗") -> Ticket:
    return arrived(channel, text=text, sender_kind="phone", sender=PHONE, name="林小雨", sender_verified=True)


def test_a_phone_named_on_a_form_does_not_draw_its_owners_messages(channel: Channel, text_messages: Channel) -> None:
    claimed = (IdentityClaim("phone", PHONE),)
    planted = arrived(channel, sender="mallory@example.com", name="Mallory", identities=claimed)

    real = by_text(text_messages)

    assert planted.customer_id != real.customer_id
    assert Identity.objects.get(kind="phone").customer_id == real.customer_id
    assert not Customer.objects.filter(merged_into__isnull=False).exists()
    assert {MergeSuggestion.objects.get().customer_id, MergeSuggestion.objects.get().other_id} == {
        planted.customer_id,
        real.customer_id,
    }


def test_a_phone_that_another_system_vouches_for_ties(channel: Channel, text_messages: Channel) -> None:
    vouched = (IdentityClaim("phone", PHONE, verified=True),)
    first = arrived(channel, identities=vouched)
    assert by_text(text_messages).customer_id == first.customer_id
    assert not MergeSuggestion.objects.exists()


def test_naming_the_phone_of_somebody_takes_nothing_from_them(channel: Channel, text_messages: Channel) -> None:
    real = by_text(text_messages)
    claimed = (IdentityClaim("phone", PHONE),)
    planted = arrived(channel, sender="mallory@example.com", name="Mallory", identities=claimed)
    assert planted.customer_id != real.customer_id
    assert by_text(text_messages, "还在吗").customer_id == real.customer_id
    assert not MergeSuggestion.objects.exists()
