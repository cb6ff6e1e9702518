"""From a conversation, a customer proves that a phone is theirs too: the code goes there and comes back here."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.test import Client

from apps.accounts.models import Team, User
from apps.channels import registry
from apps.channels.contract import Capabilities, Connector, Inbound, SendResult
from apps.channels.keys import key_of
from apps.channels.models import Channel, Delivery
from apps.core.actor import SYSTEM, Actor
from apps.core.clock import now
from apps.core.errors import NotVisible, PermissionRefused, TooMany
from apps.customers.enums import ProofMethod, ProofOutcome
from apps.customers.identities import register_kind
from apps.customers.models import Customer, Identity, Verification
from apps.customers.services.claims import Claim, add_claims
from apps.tickets.errors import NoConversation, NoReplyChannel, RecipientRefused
from apps.tickets.models import Message, Queue, Ticket
from apps.tickets.selectors.detail import ticket_page
from apps.tickets.selectors.proving import proof_choices
from apps.tickets.services.proving import request_proof
from tests.factories.channels import ChannelFactory, InboundEventFactory
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import IntakeRuleFactory, TicketFactory, grant, receive
from tests.tickets.conftest import Acting, queued

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

PHONE = "+8613800138000"


@pytest.fixture(autouse=True)
def _chat() -> Iterator[None]:
    register_kind("chat_id", "Chat", "message-circle")

    class ChatConnector(Connector):
        kind = "talk"
        label = "Chat"
        identity_kind = "chat_id"
        capabilities = Capabilities(reply_window=timedelta(hours=48))

        def send(self, outbound: object, channel: Channel) -> SendResult:
            return SendResult.sent()

    registry.register(ChatConnector)
    yield
    registry.unregister("talk")


@pytest.fixture
def chat(db: None, queue: Queue, team: Team) -> Channel:
    channel = ChannelFactory(key="chat", kind="talk", name={"en": "Chat", "zh-hans": "聊天"})
    IntakeRuleFactory(channel=channel, queue=queue)
    grant(team, queue)
    return channel


@pytest.fixture
def sms(db: None, chat: Channel, queue: Queue) -> Channel:
    channel = ChannelFactory(key="sms", kind="sms_aliyun", brand=chat.brand)
    IntakeRuleFactory(channel=channel, queue=queue)
    return channel


@pytest.fixture
def alice(acting: Acting, agent: User) -> Actor:
    return acting(agent)


def says(channel: Channel, text: str = "在吗", sender: str = "oLin") -> Ticket:
    inbound = Inbound(
        sender_kind="chat_id",
        sender_value=sender,
        sender_verified=True,
        sender_name="Lin",
        thread_key=key_of("chat", sender),
        language="en",
        text=text,
    )
    result = receive(channel, inbound, InboundEventFactory(channel=channel, received=now()))
    return Ticket.objects.get(pk=result.ticket_id)


def ask(ticket: Ticket, by: Actor, method: ProofMethod = ProofMethod.CODE, **values: object) -> Message:
    given: dict[str, object] = values or {"kind": "phone", "value": "138 0013 8000"}
    return request_proof(ticket=ticket, by=by, method=method, **given)  # type: ignore[arg-type]


def code_of(ticket: Ticket) -> str:
    found = re.search(r"\b\d{6}\b", queued(ticket)[-1].text)
    assert found is not None
    return found[0]


def notices(ticket: Ticket) -> list[str]:
    return list(
        Message.objects.filter(ticket=ticket, kind="system").order_by("sequence").values_list("notice", flat=True)
    )


def phone() -> Identity | None:
    return Identity.objects.filter(kind="phone", value=PHONE, verified_at__isnull=False).first()


def test_a_code_that_comes_back_in_the_conversation_ties_the_phone(sms: Channel, chat: Channel, alice: Actor) -> None:
    ticket = says(chat)
    ask(ticket, alice)
    sent = queued(ticket)[0]
    assert (sent.recipients.to, Delivery.objects.get().channel_id) == ((PHONE,), sms.pk)
    code = code_of(ticket)

    says(chat, f" {code} ")

    identity = phone()
    assert identity is not None
    assert identity.customer_id == ticket.customer_id
    assert notices(ticket) == ["proof_requested", "proof_proved"]
    labels = [entry.notice_label for entry in ticket_page(alice, ticket.number).timeline if entry.is_system]
    assert labels[-1] == "The customer confirmed another way to reach them. (+8613800138000)"


def test_a_proof_goes_out_on_no_page(sms: Channel, chat: Channel, alice: Actor) -> None:
    """It would open for a phone that is the customer's already."""
    ChannelFactory(key="a-page", kind="page", brand=chat.brand, settings={"carrier": sms.key})
    ticket = says(chat)
    ask(ticket, alice)
    assert Delivery.objects.get().channel_id == sms.pk


def test_a_proof_goes_to_nobody_who_wants_no_more(sms: Channel, chat: Channel, alice: Actor) -> None:
    ticket = says(chat)
    assert ticket.customer is not None
    add_claims(customer=ticket.customer, claims=[Claim("phone", PHONE)], by=SYSTEM)
    Identity.objects.filter(kind="phone").update(opted_out_at=now())
    with pytest.raises(NoReplyChannel):
        ask(ticket, alice)
    assert (Delivery.objects.count(), Verification.objects.count(), notices(ticket)) == (0, 0, [])


def test_only_what_people_tell_each_other_can_be_entered(sms: Channel, chat: Channel, alice: Actor) -> None:
    ChannelFactory(key="bot", kind="dingtalk", brand=chat.brand)
    assert [kind for kind, _label in proof_choices(says(chat), alice).new_kinds] == ["phone"]


def test_who_asked_never_sees_the_code(sms: Channel, chat: Channel, alice: Actor) -> None:
    ticket = says(chat)
    ask(ticket, alice)
    code = code_of(ticket)
    assert code not in repr(ticket_page(alice, ticket.number))
    assert code not in "".join(str(row.envelope) + row.text + row.html for row in Message.objects.all())


def test_a_code_in_another_conversation_is_a_message_like_any_other(sms: Channel, chat: Channel, alice: Actor) -> None:
    ticket = says(chat)
    ask(ticket, alice)
    stranger = says(chat, code_of(ticket), sender="oStranger")
    assert phone() is None
    assert Verification.objects.get().attempts == 0
    assert notices(stranger) == []
    assert Message.objects.get(ticket=stranger).text == code_of(ticket)


def test_a_wrong_code_is_told(sms: Channel, chat: Channel, alice: Actor) -> None:
    ticket = says(chat)
    ask(ticket, alice)
    says(chat, f"{(int(code_of(ticket)) + 1) % 1_000_000:06d}")
    assert notices(ticket) == ["proof_requested", "proof_wrong"]
    assert phone() is None


def test_six_digits_that_nobody_asked_for_are_a_message(chat: Channel) -> None:
    ticket = says(chat, "123456")
    assert notices(ticket) == []


def test_a_claimed_phone_is_offered_and_proved_by_who_sees_it_masked(
    sms: Channel, chat: Channel, acting: Acting, outsourcing_agent: User, vendor_team: Team, queue: Queue
) -> None:
    ticket = says(chat)
    grant(vendor_team, queue, chat)
    assert ticket.customer is not None
    add_claims(customer=ticket.customer, claims=[Claim("phone", PHONE)], by=SYSTEM)
    vendor = acting(outsourcing_agent)
    offered = proof_choices(ticket, vendor)
    assert ([row.label for row in offered.known], offered.new_kinds) == (["138****8000"], ())
    with pytest.raises(RecipientRefused):
        ask(ticket, vendor)
    assert not Delivery.objects.exists()
    ask(ticket, vendor, identity=Identity.objects.get(kind="phone"))
    says(chat, code_of(ticket))
    assert phone() is not None


def test_the_handle_of_somebody_else_is_not_there(sms: Channel, chat: Channel, alice: Actor) -> None:
    ticket = says(chat)
    other = CustomerFactory(phone="+8613900139000")
    with pytest.raises(NotVisible):
        ask(ticket, alice, identity=other.identities.get())
    assert not Verification.objects.exists()
    assert not Delivery.objects.exists()


def test_who_may_not_answer_asks_nothing(sms: Channel, chat: Channel, acting: Acting, stranger: User) -> None:
    ticket = says(chat)
    with pytest.raises((NotVisible, PermissionRefused)):
        ask(ticket, acting(stranger))
    assert not Verification.objects.exists()
    assert not Delivery.objects.exists()


def test_asking_too_often_is_refused(sms: Channel, chat: Channel, alice: Actor) -> None:
    ticket = says(chat)
    for _ in range(3):
        ask(ticket, alice)
    with pytest.raises(TooMany):
        ask(ticket, alice)
    assert Delivery.objects.count() == 3


def test_without_a_way_there_or_back_nothing_is_asked(chat: Channel, queue: Queue, alice: Actor) -> None:
    ticket = says(chat)
    with pytest.raises(NoReplyChannel):
        ask(ticket, alice)
    note = TicketFactory(queue=queue, customer=CustomerFactory())
    with pytest.raises(NoConversation):
        ask(note, alice)
    assert not Verification.objects.exists()


def test_a_link_is_confirmed_on_its_page(sms: Channel, chat: Channel, alice: Actor, client: Client) -> None:
    ticket = says(chat)
    ask(ticket, alice, ProofMethod.LINK)
    found = re.search(r"https?://[^/]+(/c/confirm/\?t=\S+)", queued(ticket)[0].text)
    assert found is not None
    path = unquote(found[1])

    page = client.get(f"{path}&lang=en")
    assert page.status_code == 200
    assert "on Chat" in page.content.decode()
    assert (page["X-Robots-Tag"], page["Referrer-Policy"]) == ("noindex, nofollow", "no-referrer")
    assert phone() is None

    assert "It is confirmed" in client.post(f"{path}&lang=en", {"agrees": "yes"}).content.decode()
    assert phone() is not None
    assert notices(ticket) == ["proof_requested", "proof_proved"]
    again = client.post(f"{path}&lang=zh-hans", {"agrees": "yes"})
    assert (again.status_code, 'lang="zh-Hans"' in again.content.decode()) == (410, True)
    assert Customer.objects.filter(merged_into__isnull=False).count() == 0


def test_who_says_no_on_the_page_connects_nothing(sms: Channel, chat: Channel, alice: Actor, client: Client) -> None:
    ticket = says(chat)
    ask(ticket, alice, ProofMethod.LINK)
    found = re.search(r"https?://[^/]+(/c/confirm/\?t=\S+)", queued(ticket)[0].text)
    assert found is not None
    client.post(unquote(found[1]), {"agrees": "no"})
    assert Verification.objects.get().outcome == ProofOutcome.REFUSED
    assert (phone(), notices(ticket)) == (None, ["proof_requested", "proof_refused"])
