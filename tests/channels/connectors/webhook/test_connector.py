"""A call at the door, in the inbox, and as a message on a ticket."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from apps.accounts.models import User
from apps.channels import media, registry
from apps.channels.connectors.webhook import outgoing
from apps.channels.connectors.webhook.connector import last_refusal
from apps.channels.contract import IdentityClaim, Ignored, Inbound, InboundFile, Outbound, SendResult
from apps.channels.enums import InboundState
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.channels.platform_http import PlatformTrouble
from apps.channels.services import inbox
from apps.core.actor import Actor
from apps.core.clock import now
from apps.customers.models import Customer, Identity
from apps.tickets.models import IntakeRule, Interaction, Message, Ticket
from apps.tickets.selectors.routes import ways
from apps.tickets.services import messages
from tests.channels.connectors.webhook.conftest import SAMPLE, make_channel, post
from tests.factories.tickets import QueueFactory

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def body(**values: Any) -> bytes:
    return json.dumps(SAMPLE | values).encode()


def parsed() -> Any:
    event = InboundEvent.objects.select_related("channel").get()
    return registry.get("webhook").parse(event)


def take_in() -> None:
    while inbox.process_due():
        pass


# --- The door


def test_a_proved_call_becomes_a_ticket_once(shop: Channel) -> None:
    IntakeRule.objects.create(channel=shop, queue=QueueFactory())

    assert [post(shop, body()).status_code for _ in range(3)] == [200, 200, 200]
    take_in()

    message = Message.objects.get()
    assert (message.text, message.sender_name) == ("Where is it?", "Ada")
    customer = Customer.objects.get()
    assert {(row.kind, row.scope, row.value) for row in customer.identities.all()} == {
        ("webhook", "shop", "u-1"),
        ("phone", "", "+447700900123"),
    }
    assert all(row.verified_at is None for row in customer.identities.all())
    assert Ticket.objects.get().channel == shop


def test_answers_are_offered_only_where_an_outgoing_call_is_defined(shop: Channel) -> None:
    IntakeRule.objects.create(channel=shop, queue=QueueFactory())
    post(shop, body())
    take_in()
    ticket, interaction = Ticket.objects.get(), Interaction.objects.get()
    handles = list(Identity.objects.all())
    assert ways(ticket, [interaction], list(Message.objects.all()), handles, is_restricted=False, denied=()) == []

    shop.settings["send_url"] = "https://shop.example/reply"
    shop.save()
    ticket.refresh_from_db()
    (way,) = ways(ticket, [interaction], list(Message.objects.all()), handles, is_restricted=False, denied=())
    assert way.channel == shop
    assert [person.address for person in way.addressing.to] == ["u-1"]


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [({"X-Signature": "0" * 64}, "wrong"), ({"X-Signature": ""}, "missing")],
)
def test_an_unproved_call_is_refused_and_only_its_verdict_is_kept(
    shop: Channel, headers: dict[str, str], verdict: str
) -> None:
    answer = post(shop, body(), **headers)

    assert answer.status_code == 403
    assert verdict not in answer.content.decode()
    assert not InboundEvent.objects.exists()
    assert (last_refusal(shop) or {})["verdict"] == verdict
    shop.refresh_from_db()
    assert shop.last_error_at is None, "strangers cannot put a channel into trouble"


def test_a_stale_call_is_refused_and_a_replayed_one_has_no_further_effect(db: None) -> None:
    shop = make_channel(access="timestamped")
    with time_machine.travel(now() - timedelta(seconds=301), tick=False):
        from apps.channels.connectors.webhook.services import proved_call

        stale = dict(proved_call(shop, body()).headers)
    assert post(shop, body(), **{"X-Signature": stale["X-Signature"]}).status_code == 403
    assert not InboundEvent.objects.exists()

    replayed = {"X-Signature": proved_call(shop, body()).headers["X-Signature"]}
    assert [post(shop, body(), **replayed).status_code for _ in range(2)] == [200, 200]
    assert InboundEvent.objects.count() == 1


def test_only_posts_of_a_bearable_size_are_read(shop: Channel) -> None:
    assert Client().get("/hooks/shop/").status_code == 403
    assert (last_refusal(shop) or {})["verdict"] == "method"
    assert post(shop, b'{"text": "' + b"x" * 600_000 + b'"}').status_code == 413
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (b"<xml>hello</xml>", "application/xml"),
        (b"", "application/json"),
        (b"[" * 3000, "application/json"),
        (b'{"unknown": "kind of event"}', "application/json"),
        (b'{"text": {"not": "a text"}}', "text/plain"),
        (b"\xff\xfe\x00\x01", "application/octet-stream"),
    ],
)
def test_a_proved_call_that_makes_no_sense_is_kept_and_parked(shop: Channel, raw: bytes, content_type: str) -> None:
    IntakeRule.objects.create(channel=shop, queue=QueueFactory())

    assert post(shop, raw, content_type).status_code == 200
    take_in()

    event = InboundEvent.objects.get()
    assert (event.state, bytes(event.payload)) == (InboundState.PARKED, raw)
    assert event.error_code in {"channels.body_unreadable", "channels.unreadable", "channels.field_unreadable"}
    assert not Ticket.objects.exists()


def test_half_an_emoji_reaches_no_page(db: None, client: Client, manager: User) -> None:
    shop = make_channel()
    IntakeRule.objects.create(channel=shop, queue=QueueFactory())
    post(shop, body(text="Where \ud83d is it?"))
    take_in()

    assert Message.objects.get().text == "Where \ufffd is it?"
    client.force_login(manager)
    assert client.get("/desk/views/all/").status_code == 200
    assert client.get(f"/desk/tickets/{Ticket.objects.get().number}/").status_code == 200


def test_a_bad_or_costly_mapping_parks_what_can_be_replayed_after_it_is_mended(db: None) -> None:
    shop = make_channel(map_text="join('', [text, text]" + ", text" * 3 + ") | [@,@]" + "|[@,@]" * 30)
    IntakeRule.objects.create(channel=shop, queue=QueueFactory())
    post(shop, body())
    take_in()
    assert InboundEvent.objects.get().error_code in {"channels.expression_refused", "channels.expression_too_costly"}

    shop.settings["map_text"] = "text"
    shop.save()
    InboundEvent.objects.update(state=InboundState.RECEIVED, due_at=now(), attempts=0)
    take_in()
    assert Message.objects.get().text == "Where is it?"


# --- Ids and order


def test_without_an_id_the_same_words_are_one_call_for_ten_minutes(db: None) -> None:
    shop = make_channel(map_message_id="")
    start = now().replace(minute=9, second=50)
    with time_machine.travel(start, tick=False) as clock:
        post(shop, body())
        clock.shift(timedelta(seconds=30))
        post(shop, body())
    assert InboundEvent.objects.count() == 1

    InboundEvent.objects.update(received=start)
    with time_machine.travel(start + timedelta(minutes=12), tick=False):
        post(shop, body())
        post(shop, body(text="Other words"))
    assert InboundEvent.objects.count() == 3


def test_standard_webhooks_bring_their_own_id(db: None) -> None:
    shop = make_channel(access="standard", map_message_id="")
    shop.secrets["secret"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    shop.save()
    from apps.channels.connectors.webhook.services import proved_call

    once = {name: value for name, value in proved_call(shop, body()).headers.items() if name.startswith("webhook")}
    assert [post(shop, body(), **once).status_code, post(shop, body(), **once).status_code] == [200, 200]
    post(shop, body())

    assert InboundEvent.objects.count() == 2


def test_several_messages_of_one_call_are_several_items_of_their_senders(db: None) -> None:
    shop = make_channel(items="messages[]")
    messages = [SAMPLE | {"id": f"m-{number}", "user": {"id": f"u-{number % 2}"}} for number in range(4)]
    document = json.dumps({"messages": [*messages, messages[0]]}).encode()

    assert post(shop, document).status_code == 200
    assert post(shop, document).status_code == 200

    rows = list(InboundEvent.objects.order_by("pk"))
    assert [json.loads(bytes(row.payload))["id"] for row in rows] == ["m-0", "m-1", "m-2", "m-3"]
    assert len({bytes(row.order_key) for row in rows}) == 2


def test_a_call_without_any_message_is_acknowledged(db: None) -> None:
    shop = make_channel(items="messages[]")

    assert post(shop, b'{"messages": []}').status_code == 200
    assert not InboundEvent.objects.exists()


# --- Reading


def test_forms_are_read_too(shop: Channel) -> None:
    shop.settings |= {"map_sender_id": "uid", "map_text": "content"}
    shop.save()
    post(shop, b"uid=7&content=%E4%BD%A0%E5%A5%BD", "application/x-www-form-urlencoded")

    assert (parsed().sender_value, parsed().text) == ("7", "你好")


def test_what_the_condition_excludes_has_no_effect(shop: Channel) -> None:
    shop.settings["only"] = "type == 'message'"
    shop.save()
    post(shop, body(type="typing"))

    assert parsed() == Ignored("channels.webhook_unwanted")


def test_handles_count_as_verified_only_where_the_other_system_is_trusted(shop: Channel) -> None:
    post(shop, body())
    assert parsed().identities == (IdentityClaim("phone", "+447700900123", verified=False),)
    assert not parsed().sender_verified

    Channel.objects.filter(pk=shop.pk).update(settings=shop.settings | {"trusts_identities": True})
    assert parsed().identities == (IdentityClaim("phone", "+447700900123", verified=True),)
    assert parsed().sender_verified


def test_without_a_sender_id_the_phone_is_the_sender(shop: Channel) -> None:
    shop.settings["map_sender_id"] = ""
    shop.save()
    post(shop, body())

    inbound: Inbound = parsed()
    assert (inbound.sender_kind, inbound.sender_scope, inbound.sender_value) == ("phone", "", "+447700900123")
    assert inbound.identities == ()


def test_conversations_are_told_apart_by_what_the_mapping_says(shop: Channel) -> None:
    keys = []
    for order in ("A", "B", ""):
        InboundEvent.objects.all().delete()
        post(shop, body(order=order))
        keys.append(parsed().thread_key)

    assert len(set(keys)) == 3


def test_a_challenge_is_answered_only_with_proof(shop: Channel) -> None:
    shop.settings |= {"challenge": "challenge", "challenge_name": "challenge", "answer": '{"code": 0}'}
    shop.save()

    assert post(shop, b'{"challenge": "abc"}').json() == {"challenge": "abc"}
    assert post(shop, b'{"challenge": "abc"}', **{"X-Signature": "00"}).status_code == 403
    assert not InboundEvent.objects.exists()
    assert post(shop, body()).json() == {"code": 0}
    assert InboundEvent.objects.count() == 1


# --- Files


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], InboundFile]]:
    """What fetching does, one entry a link."""
    plan: list[Callable[[], InboundFile]] = []
    monkeypatch.setattr(media, "download_link", lambda link, **options: plan.pop(0)())
    return plan


def picture() -> InboundFile:
    return InboundFile(name="1.png", content_type="image/png", content=b"png")


def gone() -> InboundFile:
    raise media.MediaGone


def away() -> InboundFile:
    raise PlatformTrouble(SendResult.retry_later())


def test_files_come_with_the_message_and_what_never_comes_stays_a_link(
    shop: Channel, fetched: list[Callable[[], InboundFile]]
) -> None:
    post(shop, body(files=["https://a.example/1.png", "https://a.example/gone.png"]))
    fetched += [picture, gone]

    inbound = parsed()
    assert inbound.attachments == (picture(),)
    assert inbound.text == "Where is it?\nhttps://a.example/gone.png"


def test_a_message_waits_for_its_files_only_so_long(shop: Channel, fetched: list[Callable[[], InboundFile]]) -> None:
    IntakeRule.objects.create(channel=shop, queue=QueueFactory())
    post(shop, body(files=["https://a.example/1.png"]))
    for _attempt in range(media.PATIENT_ATTEMPTS + 1):
        assert not Message.objects.exists()
        fetched.append(away)
        InboundEvent.objects.update(due_at=now())
        take_in()

    assert fetched == []
    assert Message.objects.get().text == "Where is it?\nhttps://a.example/1.png"


def test_files_of_private_addresses_are_not_fetched(shop: Channel, settings: Any) -> None:
    settings.HTTP_ALLOW_PRIVATE = []
    post(shop, body(files=["http://127.0.0.1:1/secret", "http://[::1]/x", "http://169.254.169.254/meta"]))

    assert parsed().attachments == ()
    assert "http://127.0.0.1:1/secret" in parsed().text


# --- Public comments

TELLING = (
    '{"to": "{{ recipient }}", "text": "{{ text }}", "public": "{{ is_public }}", "under": "{{ comment }}/{{ post }}"}'
)


def comment(**values: Any) -> bytes:
    return body(**{"visible": "all", "note": "https://shop.example/notes/7", **values})


def test_a_comment_is_answered_publicly_or_in_private_by_what_the_template_tells(
    db: None, manager: User, acting: Callable[..., Actor]
) -> None:
    mapping = {"map_is_public": "visible == 'all'", "map_post": "note"}
    channel = make_channel(**mapping, send_url="https://shop.example/reply", send_body=TELLING)
    IntakeRule.objects.create(channel=channel, queue=QueueFactory())
    for each in (comment(), comment(id="m-2", user={"id": "u-2"}), body(id="m-3", visible="one")):
        post(channel, each)
    take_in()
    found = list(Message.objects.order_by("pk"))
    by = acting(manager)

    public, private = (
        messages.reply(ticket=found[0].ticket, by=by, html="<p>Yes</p>", is_public=one) for one in (True, False)
    )

    assert [row.is_public for row in found] == [True, True, False]
    assert len({row.ticket_id for row in found}) == 3
    assert found[0].envelope["post"]["url"] == "https://shop.example/notes/7"
    assert (public.is_public, private.is_public) == (True, False)
    told = [
        json.loads(outgoing.build(channel.settings, "", Outbound.from_payload(row.payload)).body)
        for row in Delivery.objects.order_by("pk")
    ]
    assert [(row["public"], row["under"]) for row in told] == [
        ("true", "m-1/https://shop.example/notes/7"),
        ("false", "/"),
    ]


def test_who_does_not_tell_the_other_system_offers_no_public_answer(db: None) -> None:
    channel = make_channel(map_post="note", send_url="https://shop.example/reply")
    IntakeRule.objects.create(channel=channel, queue=QueueFactory())
    post(channel, comment())
    take_in()

    (way,) = messages.open_ways(Ticket.objects.get())

    assert (Message.objects.get().is_public, way.is_public) == (True, False)
