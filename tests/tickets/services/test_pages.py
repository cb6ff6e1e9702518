"""When a platform takes no more answers, the customer reads and answers on a page, and the ticket keeps one timeline."""

import re
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.test import Client

from apps.accounts.models import Team, User
from apps.channels import registry
from apps.channels.connectors.page.tokens import PageToken, handle_of, seal, unseal
from apps.channels.contract import Capabilities, Connector, IdentityClaim, Outbound, Receipt, SendResult
from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.keys import key_of
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.channels.services import inbox, outbox
from apps.core.actor import SYSTEM, Actor
from apps.core.clock import now
from apps.customers.enums import IdentityKind
from apps.customers.models import Customer, Identity
from apps.customers.services.claims import Claim, add_claims
from apps.tickets.errors import ProofWrong
from apps.tickets.models import Message, Queue, Ticket
from apps.tickets.selectors.conversation import conversation_lines
from apps.tickets.selectors.detail import ticket_page
from apps.tickets.services import messages
from apps.tickets.services.fallback import stand_in
from apps.tickets.services.pages import prove
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory, grant, say
from tests.tickets.conftest import Acting
from tests.tickets.services.test_messenger_ways import WINDOW, _chat, answer, says  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

PHONE = "+8613800138000"
PROVED = (IdentityClaim("phone", PHONE, verified=True),)


@pytest.fixture
def text_messages() -> Iterator[list[Outbound]]:
    """A kind of channel that carries text messages without any platform."""
    sent: list[Outbound] = []

    class TextConnector(Connector):
        kind = "text"
        label = "Text messages"
        identity_kind = "phone"
        capabilities = Capabilities(can_start=True, attachments=False, counts_segments=True)

        def send(self, outbound: Outbound, channel: Channel) -> SendResult:
            sent.append(outbound)
            return SendResult.sent("text-1")

    registry.register(TextConnector)
    yield sent
    registry.unregister("text")


@pytest.fixture
def chat(db: None, queue: Queue, team: Team) -> Channel:
    channel = ChannelFactory(key="chat", kind="talk", settings={"app": "app-1"})
    IntakeRuleFactory(channel=channel, queue=queue)
    grant(team, queue)
    return channel


@pytest.fixture
def page(chat: Channel, queue: Queue, text_messages: list[Outbound]) -> Channel:
    ChannelFactory(key="text", kind="text")
    settings = {"carrier": "text", "fallback_for": ["chat"]}
    channel = ChannelFactory(key="page", kind="page", settings=settings, default_language="en")
    IntakeRuleFactory(channel=channel, queue=queue)
    return channel


@pytest.fixture
def alice(acting: Acting, agent: User) -> Actor:
    return acting(agent)


def on_the_page(ticket: Ticket, by: Actor, page: Channel, html: str = "<p>Your card 6222 is ready.</p>") -> Delivery:
    message = answer(ticket, by, html, channel=page)
    return Delivery.objects.get(message_id=message.pk)


def link_in(delivery: Delivery, sent: list[Outbound]) -> str:
    outbound = Outbound.from_payload(delivery.payload)
    assert registry.get("page").send(outbound, delivery.channel).state == DeliveryState.SENT
    found = re.search(r"https?://[^/]+(/c/\?t=\S+)", sent[-1].text)
    assert found is not None
    return found[1]


def opened(client: Client, link: str, digits: str = "8000") -> str:
    client.post(link, {"digits": digits})
    return client.get(f"{link}&lang=en").content.decode()


def written(client: Client, link: str, text: str = "Thanks!", nonce: str = "n1") -> None:
    client.post(f"{link}&lang=en", {"text": text, "nonce": nonce})
    inbox.process_due()


def test_the_link_says_nothing_and_the_page_needs_the_digits(
    page: Channel, chat: Channel, alice: Actor, text_messages: list[Outbound], client: Client
) -> None:
    ticket = says(chat, "Is my card there?", identities=PROVED)
    messages.add_note(ticket=ticket, by=alice, html="<p>He is a difficult one.</p>")
    link = link_in(on_the_page(ticket, alice, page), text_messages)
    assert "6222" not in text_messages[-1].text
    assert "Lin" not in text_messages[-1].text

    closed = client.get(link)
    assert "6222" not in closed.content.decode()
    assert (closed.status_code, closed["X-Robots-Tag"]) == (200, "noindex, nofollow")
    assert client.post(link, {"digits": "0000"}).status_code == 422
    assert "6222" not in client.get(link).content.decode()

    with time_machine.travel(now() + timedelta(minutes=5)):
        shown = opened(client, link)
    assert "Is my card there?" in shown
    assert "Your card 6222 is ready." in shown
    assert "difficult" not in shown


def test_the_answer_comes_to_the_same_ticket(
    page: Channel, chat: Channel, alice: Actor, text_messages: list[Outbound], client: Client
) -> None:
    ticket = says(chat, identities=PROVED)
    link = link_in(on_the_page(ticket, alice, page), text_messages)
    opened(client, link)
    written(client, link)
    written(client, link)  # pressed twice
    assert Ticket.objects.count() == 1
    assert Customer.objects.count() == 1
    assert InboundEvent.objects.filter(channel=page).count() == 1
    last = Message.objects.filter(ticket=ticket, kind="customer").order_by("sequence").last()
    assert last is not None
    assert (last.text, last.channel_id, last.is_third_person) == ("Thanks!", page.pk, False)
    routes = ticket_page(alice, ticket.number).composer.routes
    assert routes[0].channel_key == "page"


def test_without_the_digits_nothing_is_taken_in(
    page: Channel, chat: Channel, alice: Actor, text_messages: list[Outbound], client: Client
) -> None:
    ticket = says(chat, identities=PROVED)
    link = link_in(on_the_page(ticket, alice, page), text_messages)
    before = Message.objects.count()
    written(client, link)
    assert (Message.objects.count(), InboundEvent.objects.filter(channel=page).count()) == (before, 0)


def test_what_was_typed_while_the_proof_ran_out_is_sent_after_the_next_one(
    page: Channel, chat: Channel, alice: Actor, text_messages: list[Outbound], client: Client
) -> None:
    ticket = says(chat, identities=PROVED)
    link = link_in(on_the_page(ticket, alice, page), text_messages)
    asked = client.post(f"{link}&lang=en", {"text": "Thanks!", "nonce": "n1"}).content.decode()
    assert 'value="Thanks!"' in asked
    assert client.post(link, {"digits": "0000", "text": "Thanks!", "nonce": "n1"}).status_code == 422
    client.post(link, {"digits": "8000", "text": "Thanks!", "nonce": "n1"})
    inbox.process_due()
    assert list(Message.objects.filter(channel=page, kind="customer").values_list("sequence", flat=True)) == [3]
    assert "Thanks!" in client.get(link).content.decode()


def test_the_page_looks_again_by_itself(
    page: Channel, chat: Channel, alice: Actor, text_messages: list[Outbound], client: Client
) -> None:
    ticket = says(chat, "Is my card there?", identities=PROVED)
    link = link_in(on_the_page(ticket, alice, page), text_messages)
    assert client.get(link, headers={"HX-Request": "true"}).content == b""
    opened(client, link)
    again = client.get(link, headers={"HX-Request": "true"}).content.decode()
    assert "Is my card there?" in again
    assert "<html" not in again
    with time_machine.travel(now() + timedelta(days=4)):
        assert client.get(link, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_what_becomes_of_the_text_message_is_told_of_the_answer(
    page: Channel, chat: Channel, alice: Actor, text_messages: list[Outbound]
) -> None:
    delivery = on_the_page(says(chat, identities=PROVED), alice, page)
    Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.SENT, provider_key=key_of("provider", "text-1"))
    carrier, stranger = Channel.objects.get(key="text"), ChannelFactory(key="other", kind="text")
    receipt = Receipt(DeliveryState.FAILED, provider_id="text-1", failure=FailureKind.RECIPIENT_GONE)
    assert not outbox.apply_receipt(channel=stranger, receipt=receipt)
    assert outbox.apply_receipt(channel=carrier, receipt=receipt)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.failure) == (DeliveryState.FAILED, FailureKind.RECIPIENT_GONE)


def test_digits_are_not_for_guessing(
    page: Channel, chat: Channel, alice: Actor, text_messages: list[Outbound], client: Client
) -> None:
    link = link_in(on_the_page(says(chat, identities=PROVED), alice, page), text_messages)
    tries = [client.post(link, {"digits": f"{number:04d}"}).status_code for number in range(6)]
    assert tries == [422] * 5 + [429]
    refused = client.post(f"{link}&lang=en", {"digits": "8000"})
    assert refused.status_code == 429
    assert "try again in 12 minutes" in refused.content.decode()


def test_a_number_without_a_tail_is_not_proved_by_nothing(chat: Channel) -> None:
    person = Identity(kind=IdentityKind.PHONE, value="+4912345", scope="")
    short = SimpleNamespace(key="short", identity=person)
    for digits in ("", " ", "2345"):
        with pytest.raises(ProofWrong):
            prove(short, digits)  # type: ignore[arg-type]  # all that proving looks at


def test_another_link_to_the_conversation_gives_no_more_tries(
    page: Channel, chat: Channel, alice: Actor, text_messages: list[Outbound], client: Client
) -> None:
    ticket = says(chat, identities=PROVED)
    link = link_in(on_the_page(ticket, alice, page), text_messages)
    for number in range(5):
        client.post(link, {"digits": f"{number:04d}"})
    with time_machine.travel(now() + timedelta(seconds=2)):
        other = link_in(on_the_page(ticket, alice, page), text_messages)
        assert other != link
        assert client.post(other, {"digits": "8000"}).status_code == 429


@pytest.mark.parametrize("how", ["altered", "late", "switched-off", "another-phone", "respelled", "nothing"])
def test_a_link_that_does_not_hold_shows_nothing(
    page: Channel, chat: Channel, alice: Actor, text_messages: list[Outbound], client: Client, how: str
) -> None:
    link = link_in(on_the_page(says(chat, "Is my card there?", identities=PROVED), alice, page), text_messages)
    opened(client, link)
    moment = now()
    if how == "altered":
        link = link[:-2] + ("A" if link[-2] != "A" else "B") + link[-1]
    elif how == "late":
        moment += timedelta(days=4)
    elif how == "switched-off":
        page.is_active = False
        page.save()
    elif how == "another-phone":
        Identity.objects.filter(kind="phone").delete()
    elif how == "respelled":
        link = f"{link}!"
    else:
        link = "/c/"
    with time_machine.travel(moment):
        gone = client.get(link)
    assert gone.status_code == 410
    assert "Is my card there" not in gone.content.decode()


def test_a_phone_that_was_only_named_gets_no_link(page: Channel, chat: Channel, alice: Actor) -> None:
    ticket = says(chat)
    assert ticket.customer is not None
    add_claims(customer=ticket.customer, claims=[Claim("phone", PHONE)], by=SYSTEM)
    assert "page" not in [route.channel_key for route in ticket_page(alice, ticket.number).composer.routes]


def test_what_may_be_taken_back_is_not_shown_yet(page: Channel, chat: Channel, alice: Actor) -> None:
    ticket = says(chat, "Hello?", identities=PROVED)
    on_the_page(ticket, alice, page)
    assert [line.text for line in conversation_lines(ticket)] == ["Hello?"]
    with time_machine.travel(now() + timedelta(minutes=5)):
        assert [line.is_ours for line in conversation_lines(ticket)] == [False, True]


def test_words_of_third_persons_are_not_shown(chat: Channel) -> None:
    ticket = says(chat, "Hello?", identities=PROVED)
    say(ticket, "I am his boss.", is_third_person=True)
    say(ticket, "Called him back.", notice="recorded")
    assert [line.text for line in conversation_lines(ticket)] == ["Hello?"]


def test_an_answer_that_came_too_late_falls_back_to_the_page_once(
    page: Channel, chat: Channel, alice: Actor, text_messages: list[Outbound]
) -> None:
    ticket = says(chat, identities=PROVED)
    message = answer(ticket, alice, "<p>Your card 6222 is ready.</p>")
    failed = Delivery.objects.get(message_id=message.pk)
    Delivery.objects.filter(pk=failed.pk).update(state=DeliveryState.FAILED, failure=FailureKind.OUTSIDE_WINDOW)

    first = stand_in(delivery_id=failed.pk)
    assert first is not None
    assert stand_in(delivery_id=failed.pk) is None

    assert first.channel_id == page.pk
    assert "6222" not in _text_of(first, text_messages)
    labels = [entry.notice_label for entry in ticket_page(alice, ticket.number).timeline if entry.is_system]
    assert labels == ["It could not be delivered there. A link to the secure page was sent instead. (+8613800138000)"]


def _text_of(delivery: Delivery, sent: list[Outbound]) -> str:
    link_in(delivery, sent)
    return sent[-1].text


def test_without_a_rule_nothing_stands_in(page: Channel, chat: Channel, alice: Actor) -> None:
    page.settings = {"carrier": "text"}
    page.save()
    ticket = says(chat, identities=PROVED)
    failed = Delivery.objects.get(message_id=answer(ticket, alice).pk)
    Delivery.objects.filter(pk=failed.pk).update(state=DeliveryState.FAILED, failure=FailureKind.OUTSIDE_WINDOW)
    assert stand_in(delivery_id=failed.pk) is None
    assert Delivery.objects.count() == 1


def test_after_the_window_the_page_is_where_the_answer_goes(page: Channel, chat: Channel, alice: Actor) -> None:
    ticket = says(chat, identities=PROVED)
    with time_machine.travel(now() + WINDOW + timedelta(minutes=1)):
        routes = ticket_page(alice, ticket.number).composer.routes
    assert [(route.channel_key, bool(route.refusal)) for route in routes] == [
        ("page", False),
        ("text", False),
        ("chat", True),
    ]


def test_a_page_whose_carrier_is_gone_says_so(page: Channel) -> None:
    Channel.objects.filter(key="text").update(is_active=False)
    outbound = Outbound(client_key="page.1", reply_to=registry.get("page").reply_address_for(page, ticket_id=1))
    assert registry.get("page").send(outbound, page).failure == FailureKind.MISCONFIGURED
    assert not registry.get("page").check(page).is_ok


def test_the_check_names_channels_that_it_can_not_stand_in_for(page: Channel) -> None:
    assert registry.get("page").check(page).is_ok
    page.settings = {"carrier": "text", "fallback_for": ["chat", "pigeons"]}
    assert str(registry.get("page").check(page).message).endswith("key: pigeons.")


def test_a_token_is_sealed_and_read_back() -> None:
    token = PageToken(7, 2**40, handle_of("phone", PHONE), now().replace(microsecond=0))
    sealed = seal(token)
    assert unseal(sealed) == token
    assert len(sealed) < 64
    assert PHONE[-4:] not in sealed
    assert [unseal(text) for text in ("", "x", "é", sealed[:-1], sealed + "A")] == [None] * 5


@pytest.mark.parametrize("foreign", ["!", "=", "\n", "====", "!!!!"])
def test_only_one_spelling_of_a_token_is_read(foreign: str) -> None:
    sealed = seal(PageToken(7, 9, handle_of("phone", PHONE), now()))
    assert unseal(sealed) is not None
    spellings = (sealed + foreign, foreign + sealed, sealed[:9] + foreign + sealed[9:])
    assert [unseal(text) for text in spellings] == [None] * 3
