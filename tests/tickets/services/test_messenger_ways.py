"""On a messenger the platform counts: what may still be answered is known before typing, and the same everywhere."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from apps.accounts.models import Team, User
from apps.channels import registry
from apps.channels.contract import Capabilities, Connector, Content, IdentityClaim, Inbound, Media, Outbound, SendResult
from apps.channels.keys import key_of
from apps.channels.models import Channel, Delivery
from apps.channels.parts import one_by_one
from apps.core.actor import SYSTEM, Actor
from apps.core.clock import now
from apps.core.storage import store_file
from apps.customers.identities import register_kind
from apps.customers.models import Customer, Identity
from apps.tickets.errors import NoReplyChannel, NotCarried
from apps.tickets.models import DraftFile, IntakeRule, Message, Queue, Ticket
from apps.tickets.selectors.detail import ticket_page
from apps.tickets.selectors.routes import refusal_of, replies_left, window_end
from apps.tickets.services import lifecycle, messages
from apps.tickets.services.messages import open_ways
from tests.factories.channels import ChannelFactory, InboundEventFactory
from tests.factories.tickets import IntakeRuleFactory, grant, receive
from tests.tickets.conftest import Acting, queued

pytestmark = pytest.mark.integration

WINDOW = timedelta(hours=48)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"


@pytest.fixture(autouse=True)
def _chat() -> Iterator[None]:
    register_kind("chat_id", "Chat", "message-circle")

    class ChatConnector(Connector):
        kind = "talk"
        label = "Chat"
        identity_kind = "chat_id"
        capabilities = Capabilities(
            reply_window=WINDOW,
            quota=3,
            max_length=60,
            max_attachments=2,
            media=(Media(Content.IMAGE, 1024 * 1024, ("image/png",)),),
        )

        def identity_scope(self, channel: Channel) -> str:
            return str(channel.settings.get("app", ""))

        def parts(self, outbound: Outbound, channel: Channel) -> tuple[Outbound, ...]:
            return one_by_one(outbound, max_bytes=30)

        def send(self, outbound: Outbound, channel: Channel) -> SendResult:
            return SendResult.sent()

    registry.register(ChatConnector)
    yield
    registry.unregister("talk")


@pytest.fixture
def chat(db: None, queue: Queue, team: Team) -> Channel:
    channel = ChannelFactory(key="chat", kind="talk", settings={"app": "app-1"})
    IntakeRuleFactory(channel=channel, queue=queue)
    grant(team, queue)
    return channel


@pytest.fixture
def alice(acting: Acting, agent: User) -> Actor:
    return acting(agent)


def says(channel: Channel, text: str = "在吗", sender: str = "oLin", **values: object) -> Ticket:
    inbound = Inbound(
        sender_kind="chat_id",
        sender_value=sender,
        sender_scope="app-1",
        sender_verified=True,
        sender_name="Lin",
        thread_key=key_of("chat", sender),
        text=text,
    )
    event = InboundEventFactory(channel=channel, received=now())
    result = receive(channel, dataclasses.replace(inbound, **values), event)  # type: ignore[arg-type]
    return Ticket.objects.get(pk=result.ticket_id)


def answer(ticket: Ticket, by: Actor, html: str = "<p>您好</p>", **values: object) -> Message:
    return messages.reply(ticket=ticket, by=by, html=html, **values)  # type: ignore[arg-type]


def left(ticket: Ticket) -> int | None:
    return replies_left(open_ways(ticket)[0])


def test_the_answer_goes_to_who_wrote_under_their_platform_id(chat: Channel, alice: Actor) -> None:
    ticket = says(chat)

    answer(ticket, alice)

    outbound = queued(ticket)[0]
    assert outbound.recipients.to == ("oLin",)
    assert outbound.thread == {"kind": "chat_id", "scope": "app-1", "value": "oLin"}


def test_each_answer_counts_and_the_next_word_of_the_customer_renews(chat: Channel, alice: Actor) -> None:
    ticket = says(chat)
    assert left(ticket) == 3
    for _ in range(3):
        answer(ticket, alice)
    assert left(ticket) == 0
    before = Delivery.objects.count(), Message.objects.count()

    with pytest.raises(NoReplyChannel) as refused:
        answer(ticket, alice)

    assert "until the customer writes again" in refused.value.detail()
    assert (Delivery.objects.count(), Message.objects.count()) == before
    says(chat, "喂")
    assert left(ticket) == 3


def test_the_page_says_so_before_anybody_types(chat: Channel, alice: Actor) -> None:
    ticket = says(chat)
    for _ in range(3):
        answer(ticket, alice)

    route = ticket_page(actor=alice, number=ticket.number).composer.routes[0]

    assert (route.replies_left, route.refusal) == (
        0,
        "This channel allows no further answer until the customer writes again.",
    )


def test_who_has_no_name_is_shown_by_their_id(chat: Channel, alice: Actor) -> None:
    ticket = says(chat, sender_name="")

    entry = ticket_page(actor=alice, number=ticket.number).timeline[0]

    assert entry.author_name == "Chat oLin"


def test_the_window_closes_with_time(chat: Channel, alice: Actor) -> None:
    ticket = says(chat)
    way = open_ways(ticket)[0]
    ends = window_end(way)
    assert ends is not None
    assert refusal_of(way) == ""

    with time_machine.travel(ends + timedelta(seconds=1)), pytest.raises(NoReplyChannel) as refused:
        answer(ticket, alice)

    assert refused.value.detail() == "The time in which this channel allows an answer is over."
    assert not queued(ticket)


def test_the_platform_counts_by_person_and_not_by_ticket(chat: Channel, alice: Actor) -> None:
    first = says(chat)
    answer(first, alice)
    resolved = lifecycle.change_status(ticket=Ticket.objects.get(pk=first.pk), status="resolved", by=SYSTEM)
    lifecycle.close_ticket(ticket=resolved, by=SYSTEM)
    second = says(chat, "还有一件事")
    assert second.pk != first.pk
    answer(second, alice)
    answer(second, alice)

    assert left(second) == 1
    other = says(chat, sender="oWang")
    assert left(other) == 3


def test_a_long_answer_with_a_picture_is_as_many_messages_as_the_platform_sees(chat: Channel, alice: Actor) -> None:
    ticket = says(chat)
    stored = store_file(PNG, name="a.png", by=alice)
    upload = DraftFile(user_id=alice.user_id, ticket=ticket, file=stored)
    upload.save()

    message = answer(ticket, alice, "<p>您的订单已经发货，请耐心等待。</p>", draft_file_ids=[upload.pk])

    assert [(part.text, part.attachments) for part in queued(ticket)] == [
        ("您的订单已经发货，", ()),
        ("请耐心等待。", ()),
        ("", (stored.pk,)),
    ]
    assert left(ticket) == 0
    messages.undo_send(message=message, by=alice)
    assert left(ticket) == 3


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>" + "长" * 61 + "</p>", "at most 60 characters"),
        ("<p>" + "好。" * 20 + "</p>", "4 messages, and the channel takes 3 more"),
    ],
)
def test_what_the_channel_cannot_carry_is_refused_with_the_reason(
    chat: Channel, alice: Actor, html: str, words: str
) -> None:
    ticket = says(chat)

    with pytest.raises(NotCarried) as refused:
        answer(ticket, alice, html)

    assert words in refused.value.detail()
    assert not queued(ticket)
    assert left(ticket) == 3


def test_a_file_of_another_sort_is_refused_by_name(chat: Channel, alice: Actor) -> None:
    ticket = says(chat)
    upload = DraftFile(user_id=alice.user_id, ticket=ticket, file=store_file(b"%PDF-1.4 x", name="a.pdf", by=alice))
    upload.save()

    with pytest.raises(NotCarried) as refused:
        answer(ticket, alice, draft_file_ids=[upload.pk])

    assert refused.value.detail() == "This channel does not carry the file “a.pdf”: it carries pictures ≤ 1 MB."
    assert DraftFile.objects.filter(pk=upload.pk).exists()


def test_a_channel_of_another_kind_is_no_way_out_for_their_id(chat: Channel, alice: Actor) -> None:
    class TextsConnector(Connector):
        kind = "texts"
        label = "Texts"
        identity_kind = "phone"
        capabilities = Capabilities(can_start=True)

    registry.register(TextsConnector)
    try:
        ChannelFactory(key="texts", kind="texts")
        ticket = says(chat)
        for _ in range(3):
            answer(ticket, alice)
        before = len(queued(ticket))

        with pytest.raises(NoReplyChannel):
            answer(ticket, alice)

        assert [way.channel.key for way in open_ways(ticket)] == ["chat"]
        assert len(queued(ticket)) == before
    finally:
        registry.unregister("texts")


def test_ids_of_another_account_are_not_written_to(chat: Channel, alice: Actor) -> None:
    ticket = says(chat)
    assert ticket.customer is not None
    Channel.objects.filter(pk=chat.pk).update(settings={"app": "app-2"})

    with pytest.raises(NoReplyChannel) as refused:
        answer(Ticket.objects.get(pk=ticket.pk), alice)

    assert refused.value.detail() == "No address of the customer is known on this channel."


def test_the_acknowledgement_counts_as_well(chat: Channel) -> None:
    words = {"en": "Got it.", "zh-hans": "收到。"}
    IntakeRule.objects.filter(channel=chat).update(acknowledge=True, acknowledgement=words)

    ticket = says(chat)

    assert [part.text for part in queued(ticket)] == ["收到。"]
    assert left(ticket) == 2


def test_an_acknowledgement_that_would_use_everything_up_is_left_out(chat: Channel) -> None:
    words = {"en": "x. " * 19, "zh-hans": "收到您的消息了。" * 7}
    IntakeRule.objects.filter(channel=chat).update(acknowledge=True, acknowledgement=words)

    ticket = says(chat)

    assert not queued(ticket)
    assert left(ticket) == 3


def test_one_proved_id_makes_two_handles_one_customer(chat: Channel) -> None:
    union = (IdentityClaim("external_id", "union-1", "wechat", verified=True),)

    first = says(chat, sender="oOfficial", identities=union)
    second = says(chat, sender="oMini", identities=union)

    assert first.customer_id == second.customer_id
    assert Customer.objects.count() == 1
    assert set(Identity.objects.values_list("kind", "scope")) == {("external_id", "wechat"), ("chat_id", "app-1")}


def test_an_id_that_is_only_claimed_ties_nobody(chat: Channel) -> None:
    claimed = (IdentityClaim("external_id", "union-1", "wechat"),)
    proved = (IdentityClaim("external_id", "union-1", "wechat", verified=True),)

    first = says(chat, sender="oA", identities=claimed)
    second = says(chat, sender="oB", identities=claimed)
    third = says(chat, sender="oC", identities=proved)

    assert len({first.customer_id, second.customer_id, third.customer_id}) == 3
