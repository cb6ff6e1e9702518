"""By which channel a customer is usually reached: by hand, else by use, answers and their speed."""

from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.channels.models import Channel
from apps.core.clock import now
from apps.core.errors import NotVisible
from apps.customers.models import Customer, Identity
from apps.customers.services.wishes import set_opted_out
from apps.tickets.models import IntakeRule, Message, Ticket
from apps.tickets.selectors.customers import customer_reach
from apps.tickets.selectors.reach import usual_reach
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import mail, receive
from tests.tickets.conftest import Acting

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def at(channel: Channel, kind: str, *, days: float = 0, **values: object) -> Message:
    return Message(channel=channel, kind=kind, created=now() - timedelta(days=days), **values)


@pytest.fixture
def chat(db: None) -> Channel:
    return ChannelFactory(key="chat", name={"en": "Chat", "zh-hans": "聊天"})


@pytest.fixture
def post(db: None) -> Channel:
    return ChannelFactory(key="mail", name={"en": "Mail", "zh-hans": "邮件"})


def label(customer: Customer, *messages: Message) -> str:
    found = usual_reach(customer, messages)
    return "" if found is None else found.label


def test_recent_use_outweighs_old_use(customer: Customer, chat: Channel, post: Channel) -> None:
    old = [at(post, "customer", days=120 + each) for each in range(3, 0, -1)]
    assert label(customer, *old, at(chat, "customer", days=2)) == "Chat"
    assert label(customer, *old) == "Mail"
    assert label(customer, at(post, "customer", days=200)) == ""


def test_where_answers_are_answered_wins(customer: Customer, chat: Channel, post: Channel) -> None:
    heard = [at(post, "customer", days=3), at(post, "agent", days=2), at(post, "customer", days=1)]
    silent = [at(chat, "customer", days=3), at(chat, "customer", days=1), at(chat, "agent", days=0.5)]
    both = sorted([*heard, *silent], key=lambda message: message.created)
    assert label(customer, *both) == "Mail"


def test_machines_and_third_persons_do_not_count(customer: Customer, chat: Channel) -> None:
    assert label(customer, at(chat, "customer", is_automatic=True), at(chat, "customer", is_third_person=True)) == ""


def test_what_somebody_entered_comes_first(customer: Customer, chat: Channel) -> None:
    customer.prefers = "phone"
    found = usual_reach(customer, [at(chat, "customer")])
    assert found is not None
    assert (found.label, found.is_by_hand) == ("Phone", True)


def test_only_what_the_viewer_sees_counts(
    ticket: Ticket, customer: Customer, grants: None, acting: Acting, agent: User, stranger: User
) -> None:
    seen = customer_reach(acting(agent), customer)
    assert seen is not None
    assert customer_reach(acting(stranger), customer) is None


def test_who_wants_no_more_is_noted_and_who_writes_again_is_answered(rule: IntakeRule, channel: Channel) -> None:
    receive(channel, mail("TD", notice="sms_unsubscribed"))
    assert Identity.objects.get().opted_out_at is not None
    receive(channel, mail("Are you there?"))
    assert Identity.objects.get().opted_out_at is None


def test_by_hand_and_only_by_who_sees_the_customer(
    ticket: Ticket, customer: Customer, grants: None, acting: Acting, agent: User, stranger: User
) -> None:
    identity = customer.identities.get(kind="email")
    with pytest.raises(NotVisible):
        set_opted_out(identity=identity, is_opted_out=True, by=acting(stranger))
    identity.refresh_from_db()
    assert identity.opted_out_at is None
    assert set_opted_out(identity=identity, is_opted_out=True, by=acting(agent)).opted_out_at is not None
    assert set_opted_out(identity=identity, is_opted_out=False, by=acting(agent)).opted_out_at is None


def test_by_the_api(api, manager, customer):
    client = api(manager)
    address = f"customers/{customer.public_id}/"
    assert client.patch(address, {"prefers": "phone"}).json()["prefers"] == "phone"
    assert client.patch(address, {"prefers": "pigeon"}).status_code == 422
    customer.refresh_from_db()
    assert customer.prefers == "phone"
