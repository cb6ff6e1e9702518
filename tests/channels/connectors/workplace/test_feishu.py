"""Feishu: published samples open, every kind of message becomes what an agent can read, answers find their chat."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from apps.channels.connectors.feishu.push import NotDecryptable, decrypt, signature
from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.channels.models import Delivery, InboundEvent
from apps.channels.services.outbox import record_result
from apps.core.actor import SYSTEM
from apps.core.storage import open_file, store_file
from apps.tickets.models import Attachment, Message, Ticket
from tests.channels.connectors.workplace.playing import (
    FEISHU,
    TOKEN,
    Kind,
    Robot,
    as_json,
    feishu_event,
    feishu_sealed,
)
from tests.channels.test_media import PNG
from tests.factories.channels import DeliveryFactory
from tests.support.platform_server import HANG_UP, Asked, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

VECTORS = {row["id"]: row for row in json.loads((Path(__file__).parent / "fixtures" / "vectors.json").read_text())}
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 64
SEND = FEISHU.send_path
RESOURCE = "/open-apis/im/v1/messages/om_1/resources/"


@pytest.fixture
def feishu(robot_of: Callable[[Kind], Robot]) -> Robot:
    return robot_of(FEISHU)


def come(feishu: Robot, content: Any = None, **fields: Any) -> Message:
    feishu.push(content=content, **fields)
    feishu.take_in()
    return Message.objects.get()


def files(message: Message) -> list[tuple[str, bytes]]:
    return [(row.file.name, open_file(row.file)) for row in Attachment.objects.filter(message_id=message.pk)]


# --- Proof --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["FEISHU-1", "FEISHU-2"])
def test_published_texts_open(name: str) -> None:
    vector = VECTORS[name]

    assert decrypt(vector["encrypt"], vector["key"]).decode() == vector["plaintext"]
    for wrong in (vector["encrypt"][:-8], vector["encrypt"][:20], "", "no base64"):
        with pytest.raises(NotDecryptable):
            decrypt(wrong, vector["key"])
    try:
        assert decrypt(vector["encrypt"], "another key") != vector["plaintext"].encode()
    except NotDecryptable:
        pass


def test_the_signature_is_over_time_word_key_and_body() -> None:
    body = VECTORS["FEISHU-3"]["msg"].partition("test key")[2].encode()

    assert signature("test key", "1700000000", "abc123", body) == VECTORS["FEISHU-3"]["expect"]


@pytest.mark.parametrize("has_key", [True, False])
def test_the_console_gets_its_word_back(feishu: Robot, has_key: bool) -> None:
    question = as_json({"challenge": "1212", "token": TOKEN, "type": "url_verification"})
    if not has_key:
        feishu.channel.secrets.pop("encrypt_key")
        feishu.channel.save()

    response = feishu.post(feishu_sealed(question) if has_key else question, {}, sealed=False)

    assert (response.status_code, response.json()) == (200, {"challenge": "1212"})
    assert not feishu.stored()


@pytest.mark.parametrize("has_key", [True, False])
def test_a_question_that_does_not_know_the_token_gets_nothing(feishu: Robot, has_key: bool) -> None:
    if not has_key:
        feishu.channel.secrets.pop("encrypt_key")
        feishu.channel.save()
    for token in ("", "another", TOKEN.upper(), 1, None):
        question = as_json({"challenge": "1212", "token": token, "type": "url_verification"})
        response = feishu.post(feishu_sealed(question) if has_key else question, {}, sealed=False)

        assert response.status_code == 403
        assert b"1212" not in response.content


def test_an_event_must_be_signed_where_a_key_is_agreed(feishu: Robot) -> None:
    for body in (feishu_sealed(FEISHU.message()), FEISHU.message()):
        assert feishu.post(body, {}, sealed=False).status_code == 403
    assert not feishu.stored()


def test_without_a_key_the_token_in_the_body_is_the_proof(feishu: Robot) -> None:
    feishu.channel.secrets.pop("encrypt_key")
    feishu.channel.save()
    wrong = feishu_event("im.message.receive_v1", {}, token="another")

    assert feishu.post(wrong, {}, sealed=False).status_code == 403
    assert feishu.post(feishu_sealed(FEISHU.message()), {}, sealed=False).status_code == 403
    assert not feishu.stored()
    assert feishu.post(FEISHU.message(), {}, sealed=False).status_code == 200
    feishu.take_in()
    assert Message.objects.get().text == "查余额"


def test_what_is_signed_and_does_not_open_is_kept(feishu: Robot) -> None:
    body = as_json({"encrypt": "bm8gY2lwaGVy"})

    assert feishu.post(body, FEISHU.headers(body), sealed=False).status_code == 200
    assert [bytes(row.payload) for row in feishu.take_in()] == [body]
    assert feishu.stored()[0].state == InboundState.PARKED


# --- Messages -----------------------------------------------------------------------------------------------------


def test_a_text_with_names(feishu: Robot) -> None:
    mentions = [{"key": f"@_user_{number}", "name": f"客服{number}"} for number in (1, 10)]

    message = come(feishu, {"text": "@_user_10 和 @_user_1 在吗 😀"}, mentions=mentions, new_field="x")

    assert message.text == "@客服10 和 @客服1 在吗 😀"
    assert message.envelope["sent_at"].startswith("2026-03-01T02:00:00")
    assert {row.kind for row in message.customer.identities.all()} == {"feishu_open_id", "feishu_union_id"}  # type: ignore[union-attr]


def test_a_post_with_pictures(feishu: Robot) -> None:
    feishu.server.on(f"{RESOURCE}img_1", Scripted(200, PNG))
    paragraphs = [
        [
            {"tag": "text", "text": "看"},
            {"tag": "a", "text": "链接", "href": "https://x.example/1"},
            {"tag": "at", "user_name": "李"},
        ],
        [{"tag": "img", "image_key": "img_1"}],
        [{"tag": "emotion", "emoji_type": "SMILE"}, {"tag": "hr"}, {"tag": "new", "text": "新"}, "no object"],
        "no list",
    ]

    message = come(feishu, {"title": "标题", "content": paragraphs}, kind="post")

    assert message.text == "标题\n看链接 (https://x.example/1)@李\n[SMILE]---新"
    assert [content for _name, content in files(message)] == [PNG]


def test_a_post_by_language(feishu: Robot) -> None:
    post = {"zh_cn": {"title": "", "content": [[{"tag": "text", "text": "你好"}]]}}

    assert come(feishu, post, kind="post").text == "你好"


@pytest.mark.parametrize(
    ("kind", "content", "key", "sort"),
    [
        ("image", {"image_key": "img_v2-1"}, "img_v2-1", "image"),
        ("file", {"file_key": "f1", "file_name": "账单.json"}, "f1", "file"),
        ("audio", {"file_key": "f2", "duration": 2000}, "f2", "file"),
        ("media", {"file_key": "f3", "image_key": "i3", "file_name": "a.mp4", "duration": 1}, "f3", "file"),
    ],
    ids=["image", "file", "audio", "media"],
)
def test_files_are_fetched_with_their_message(
    feishu: Robot, kind: str, content: dict[str, Any], key: str, sort: str
) -> None:
    raw = b'{"code": 99991663}'  # a customer's file may look like a complaint
    feishu.server.on(f"{RESOURCE}{key}", Scripted(200, raw, {"Content-Disposition": "attachment"}))

    message = come(feishu, content, kind=kind)

    found = files(message)
    assert [stored for _name, stored in found] == [raw]
    assert found[0][0] == content.get("file_name", found[0][0])
    asked = feishu.server.at(f"{RESOURCE}{key}")[0]
    assert (asked.query, asked.headers["authorization"]) == ({"type": sort}, f"Bearer {TOKEN}")


@pytest.mark.parametrize("key", ["gone", "../../x", "", None, 7])
def test_a_file_that_is_gone_leaves_a_notice(feishu: Robot, key: Any) -> None:
    feishu.server.on(f"{RESOURCE}gone", answer({"code": 234003, "msg": "no file"}, 400))

    message = come(feishu, {"image_key": key}, kind="image")

    assert (message.notice, files(message)) == ("media_gone", [])


@pytest.mark.parametrize("reply", [HANG_UP, answer({"code": 99991663}, 400), answer({"code": 99991400}, 429)])
def test_a_message_waits_for_its_file(feishu: Robot, reply: Scripted) -> None:
    feishu.server.on(f"{RESOURCE}img_1", reply)
    feishu.push(content={"image_key": "img_1"}, kind="image")

    row = feishu.take_in()[0]

    assert row.state == InboundState.RECEIVED
    assert TOKEN not in row.error


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"name": "天安门", "longitude": "116.3974", "latitude": "39.9087"}, "天安门 (39.908700, 116.397400)"),
        ({"name": "天安门", "longitude": "east"}, "天安门"),
        ({}, "[location]"),
    ],
    ids=range(3),
)
def test_a_place(feishu: Robot, content: dict[str, str], text: str) -> None:
    assert come(feishu, content, kind="location").text == text


def test_a_card_gives_its_words(feishu: Robot) -> None:
    card = {"title": "订单", "elements": [[{"tag": "text", "text": "已发货"}], {"tag": "hr"}]}

    assert come(feishu, card, kind="interactive").text == "订单\n已发货"


KINDS_WITH_NOTICE = {
    **dict.fromkeys(("sticker", "share_chat", "share_user", "merge_forward", "interactive"), "robot_in_app"),
    "hologram": "unknown_type",
    "": "unknown_type",
}


def test_what_cannot_be_shown_here_is_kept_with_a_notice(feishu: Robot) -> None:
    for number, kind in enumerate(KINDS_WITH_NOTICE):
        feishu.push(content={}, kind=kind, known_as=f"om_{number}")
    feishu.take_in()

    found = [(message.text, message.notice) for message in Message.objects.order_by("sequence")]
    assert found == [(f"[{kind or 'other'}]", notice) for kind, notice in KINDS_WITH_NOTICE.items()]
    assert "Feishu" in str(feishu.connector.notice_label("robot_in_app"))


@pytest.mark.parametrize(
    "fields", [{"sender": {"sender_id": None}}, {"known_as": ""}, {"known_as": None}], ids=range(3)
)
def test_a_message_of_nobody_is_parked(feishu: Robot, fields: dict[str, Any]) -> None:
    feishu.push(**fields)

    assert feishu.take_in()[0].state == InboundState.PARKED


def test_the_first_edition_of_events_is_understood(feishu: Robot) -> None:
    event = {
        "type": "message",
        "app_id": "cli_a",
        "chat_type": "group",
        "open_chat_id": "oc_group",
        "open_message_id": "om_7",
        "open_id": "ou_1",
        "msg_type": "text",
        "text": "<at open_id=bot>@客服</at> 在吗",
        "text_without_at_bot": " 在吗",
    }
    feishu.post(as_json({"uuid": "u1", "token": TOKEN, "ts": "1", "type": "event_callback", "event": event}))
    feishu.take_in()
    feishu.server.on(f"{SEND}/om_7/reply", FEISHU.sent)

    assert Message.objects.get().text == "在吗"
    assert feishu.send(answers="om_7").state == DeliveryState.SENT


def test_what_a_robot_says_opens_nothing(feishu: Robot) -> None:
    feishu.push(sender={"sender_type": "app"})

    assert feishu.take_in()[0].error_code == "feishu.from_robot"
    assert not Ticket.objects.exists()


def test_what_was_meant_for_another_app_is_parked(feishu: Robot) -> None:
    feishu.post(feishu_event("im.message.receive_v1", json.loads(FEISHU.message())["event"], app_id="cli_b"))

    assert feishu.take_in()[0].state == InboundState.PARKED


def test_a_group_is_another_conversation(feishu: Robot) -> None:
    feishu.push(known_as="om_1")
    feishu.push(known_as="om_2", chat_type="group", chat_id="oc_group")
    feishu.take_in()

    assert Ticket.objects.count() == 2
    assert len({message.customer_id for message in Message.objects.all()}) == 1


def test_words_taken_back_are_told_where_they_stand(feishu: Robot) -> None:
    feishu.push(known_as="om_1")
    recalled = feishu_event("im.message.recalled_v1", {"message_id": "om_1", "chat_id": "oc_1"}, event_id="r1")
    unknown = feishu_event("im.message.recalled_v1", {"message_id": "om_0"}, event_id="r2")
    feishu.take_in()
    for body in (recalled, unknown):
        feishu.post(body)
    rows = feishu.take_in()

    assert [message.notice for message in Message.objects.order_by("pk")] == ["", "unsent"]
    assert rows[2].error_code == "feishu.recalled_unknown"
    assert Ticket.objects.count() == 1


EVENTS = (
    "im.message.reaction.created_v1",
    "im.chat.member.bot.added_v1",
    "im.chat.member.bot.deleted_v1",
    "im.chat.access_event.bot_p2p_chat_entered_v1",
    "card.action.trigger",
    "something.new_v9",
)


def test_events_are_kept_and_open_nothing(feishu: Robot) -> None:
    for name in EVENTS:
        feishu.post(feishu_event(name, {"operator_id": {"open_id": "ou_1"}}, event_id=name))

    rows = feishu.take_in()
    assert [row.error_code for row in rows] == [f"feishu.event_{name.replace('.', '_')}" for name in EVENTS]
    assert {row.state for row in rows} == {InboundState.IGNORED}
    assert not Ticket.objects.exists()


def test_reading_is_a_receipt_for_each_message(feishu: Robot) -> None:
    deliveries = [
        DeliveryFactory.create(channel=feishu.channel, state=DeliveryState.SENDING, client_key=f"k{n}") for n in (1, 2)
    ]
    feishu.server.on(SEND, FEISHU.sent, {"code": 0, "data": {"message_id": "om_8"}})
    for delivery in deliveries:
        record_result(delivery=delivery, result=feishu.send())
    feishu.post(
        feishu_event("im.message.message_read_v1", {"reader": {"read_time": "1"}, "message_id_list": ["om_9", "om_8"]})
    )

    feishu.take_in()

    assert [row.state for row in Delivery.objects.order_by("pk")] == [DeliveryState.READ] * 2
    assert InboundEvent.objects.count() == 2


# --- Answers ------------------------------------------------------------------------------------------------------


def sent(feishu: Robot, path: str = SEND) -> dict[str, Any]:
    asked: Asked = feishu.server.at(path)[-1]
    body: dict[str, Any] = asked.json()
    return {**body, "content": json.loads(body["content"]), "query": asked.query}


def test_a_text_goes_to_the_person_under_a_key(feishu: Robot) -> None:
    feishu.server.on(SEND, FEISHU.sent)

    result = feishu.send('已发货 😀 "引号"')

    assert (result.state, result.provider_id) == (DeliveryState.SENT, "om_9")
    assert sent(feishu) == {
        "receive_id": "ou_1",
        "msg_type": "text",
        "content": {"text": '已发货 😀 "引号"'},
        "uuid": "key.1",
        "query": {"receive_id_type": "open_id"},
    }


def test_what_was_asked_in_a_group_is_answered_there(feishu: Robot) -> None:
    feishu.push(known_as="om_2", chat_type="group", chat_id="oc_group")
    path = f"{SEND}/om_2/reply"
    feishu.server.on(path, FEISHU.sent)

    assert feishu.send(answers="our.own", references=("om_1", "om_2")).state == DeliveryState.SENT
    assert sent(feishu, path)["uuid"] == "key.1"
    assert not feishu.server.at(SEND)


@pytest.mark.parametrize(
    ("name", "content", "path", "field", "kind"),
    [
        ("a.png", PNG, "/open-apis/im/v1/images", "image_key", "image"),
        ("账单.pdf", b"%PDF-1.7\n1", "/open-apis/im/v1/files", "file_key", "file"),
        ("a.mp4", MP4, "/open-apis/im/v1/files", "file_key", "media"),
    ],
    ids=["picture", "file", "film"],
)
def test_a_file_is_uploaded_and_sent(
    feishu: Robot, name: str, content: bytes, path: str, field: str, kind: str
) -> None:
    feishu.server.on(path, {"code": 0, "data": {field: "key-1"}})
    feishu.server.on(SEND, FEISHU.sent)
    stored = store_file(content, name=name, by=SYSTEM)

    assert feishu.send("", stored.pk).state == DeliveryState.SENT
    assert content in feishu.server.at(path)[0].body
    assert (sent(feishu)["msg_type"], sent(feishu)["content"]) == (kind, {field: "key-1"})


ERRORS = [
    (99991400, FailureKind.RETRY_LATER),
    (230020, FailureKind.RETRY_LATER),
    ("230020", FailureKind.RETRY_LATER),
    (99991672, FailureKind.MISCONFIGURED),
    (230006, FailureKind.MISCONFIGURED),
    (230002, FailureKind.RECIPIENT_GONE),
    (230013, FailureKind.RECIPIENT_GONE),
    (230001, FailureKind.REJECTED),
    (230025, FailureKind.REJECTED),
    ("new", FailureKind.REJECTED),
]


def test_what_each_error_means(feishu: Robot) -> None:
    for code, failure in ERRORS:
        feishu.server.on(SEND, answer(FEISHU.refused(code), 400, x_ogw_ratelimit_reset="7"))
        result = feishu.send()

        assert result.failure == failure, code
        assert (result.retry_after is not None) == (failure == FailureKind.RETRY_LATER)


@pytest.mark.parametrize("code", [99991661, 99991663, 99991664, 99991668])
def test_a_refused_token_is_replaced_once(feishu: Robot, code: int) -> None:
    feishu.server.on(SEND, answer(FEISHU.refused(code), 400), FEISHU.sent)
    feishu.server.on(FEISHU.token_path, FEISHU.token, {**FEISHU.token, "tenant_access_token": "second"})

    assert feishu.send().state == DeliveryState.SENT
    assert [asked.headers["authorization"] for asked in feishu.server.at(SEND)] == [f"Bearer {TOKEN}", "Bearer second"]


def test_an_unknown_outcome_is_found_out_by_the_same_key(feishu: Robot) -> None:
    delivery = DeliveryFactory.create(channel=feishu.channel, state=DeliveryState.UNKNOWN, client_key="k")
    delivery.payload = {"client_key": "k", "recipients": {"to": ["ou_1"]}, "text": "x"}
    delivery.save()
    attempt = delivery.log.create(started=timezone.now())
    feishu.server.on(SEND, FEISHU.sent)

    found = feishu.connector.reconcile(delivery, feishu.channel)
    assert (found.state, sent(feishu)["uuid"]) == (DeliveryState.SENT, "k")

    feishu.server.on(SEND, answer(FEISHU.refused(230013), 400))
    assert feishu.connector.reconcile(delivery, feishu.channel) is None  # a no now tells nothing about then

    delivery.log.filter(pk=attempt.pk).update(started="2020-01-01T00:00:00Z")
    assert feishu.connector.reconcile(delivery, feishu.channel) is None
    assert len(feishu.server.at(SEND)) == 2


def test_lark_differs_by_its_address(feishu: Robot) -> None:
    feishu.channel.settings["api_base"] = f"{feishu.server.url}/"

    assert feishu.connector.api(feishu.channel).base == feishu.server.url
    assert "larksuite" in str(next(row.help for row in feishu.connector.settings if row.key == "api_base"))
