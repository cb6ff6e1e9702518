"""QQ: published signatures hold and nobody gets one made, messages of every place, answers to a message and for a while."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from apps.channels.connectors.qq.api import number_of_answer
from apps.channels.connectors.qq.push import is_signed, sign
from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.channels.models import InboundEvent
from apps.core.actor import SYSTEM
from apps.core.storage import open_file, store_file
from apps.tickets.models import Attachment, Message, Ticket
from tests.channels.connectors.workplace.playing import QQ, SECRET, TOKEN, Kind, Robot, as_json, qq_event, qq_headers
from tests.channels.test_media import PNG
from tests.factories.channels import DeliveryFactory
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

VECTORS = {row["id"]: row for row in json.loads((Path(__file__).parent / "fixtures" / "vectors.json").read_text())}
SEND = QQ.send_path
IN_GROUP = {
    "event": "GROUP_AT_MESSAGE_CREATE",
    "group_openid": "G1",
    "author": {"id": "M1", "member_openid": "M1"},
}
IN_GUILD = {
    "event": "AT_MESSAGE_CREATE",
    "channel_id": "C1",
    "guild_id": "S1",
    "author": {"id": "77", "username": "阿布"},
}
PRIVATE_IN_GUILD = {**IN_GUILD, "event": "DIRECT_MESSAGE_CREATE"}


@pytest.fixture
def qq(robot_of: Callable[[Kind], Robot]) -> Robot:
    return robot_of(QQ)


def come(qq: Robot, **fields: Any) -> Message:
    qq.push(**fields)
    qq.take_in()
    return Message.objects.get()


def files(message: Message) -> list[tuple[str, bytes]]:
    return [(row.file.name, open_file(row.file)) for row in Attachment.objects.filter(message_id=message.pk)]


# --- Proof --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["QQ-1", "QQ-2", "QQ-3"])
def test_published_signatures_hold(name: str) -> None:
    vector = VECTORS[name]
    stamp, body = vector["msg"][:10], vector["msg"][10:].encode()
    wrong = (
        vector["expect"][:-2],
        vector["expect"][:-2] + "ff",
        "00" * 64,
        "no hexadecimal",
        "",
        vector["expect"].replace("a", "b"),
    )

    assert sign(vector["secret"], vector["msg"].encode()) == vector["expect"]
    assert is_signed(vector["expect"], vector["secret"], stamp, body)
    assert not is_signed(vector["expect"], vector["secret"], stamp, body + b" ")
    assert not is_signed(vector["expect"], f"{vector['secret']}x", stamp, body)
    assert not any(is_signed(one, vector["secret"], stamp, body) for one in wrong)


def test_the_console_gets_its_word_signed(qq: Robot) -> None:
    vector = VECTORS["QQ-1"]
    qq.channel.secrets = {"app_secret": vector["secret"]}
    qq.channel.save()
    question = {"op": 13, "d": {"plain_token": "Arq0D5A61EgUu4OxUvOp", "event_ts": "1725442341"}}

    response = qq.post(as_json(question), {})

    assert response.json() == {"plain_token": "Arq0D5A61EgUu4OxUvOp", "signature": vector["expect"]}
    assert not qq.stored()


def test_nobody_gets_a_call_of_their_making_signed(qq: Robot) -> None:
    questions = [
        {"plain_token": '{"op":0,"t":"C2C_MESSAGE_CREATE"}', "event_ts": "1725442341"},
        {"plain_token": "word", "event_ts": '1725442341{"op":0}'},
        {"plain_token": "word", "event_ts": ""},
        {"plain_token": "", "event_ts": "1725442341"},
        {},
    ]
    for said in questions:
        response = qq.post(as_json({"op": 13, "d": said}), {})

        assert response.status_code == 403
        assert b"signature" not in response.content


@pytest.mark.parametrize(("kept_back", "said"), [(0, "junk1"), (4, "junk1"), (10, "12"), (8, "null"), (8, "1-")])
def test_a_signed_word_is_no_call(qq: Robot, kept_back: int, said: str) -> None:
    """Whoever asks gets it, and may part time and word anew."""
    stamp = "1725442341"
    signature = qq.post(as_json({"op": 13, "d": {"event_ts": stamp, "plain_token": said}}), {}).json()["signature"]
    time, body = stamp[:kept_back] or stamp, stamp[kept_back:] * bool(kept_back) + said

    response = qq.post(
        body.encode(), {"X-Signature-Timestamp": time, "X-Signature-Ed25519": signature, "X-Bot-Appid": "1"}
    )

    assert is_signed(signature, SECRET, time, body.encode())
    assert response.status_code == 403
    assert not qq.stored()


@pytest.mark.parametrize("body", [b"", b"[1]", b'{"a":' * 5000, b"<xml/>"], ids=["empty", "list", "deep", "xml"])
def test_what_is_signed_and_no_object_is_not_kept(qq: Robot, body: bytes) -> None:
    assert qq.post(body).status_code == 403
    assert not qq.stored()


def test_the_time_of_a_call_is_a_number(qq: Robot) -> None:
    """Or what was signed as the body's beginning could be sent as the time's end."""
    body = qq.message()
    stamp = 'x{"a":'
    signature = sign(SECRET, stamp.encode() + body)

    assert is_signed(signature, SECRET, stamp, body)
    assert qq.post(body, {"X-Signature-Timestamp": stamp, "X-Signature-Ed25519": signature}).status_code == 403
    assert not qq.stored()


def test_an_event_hears_that_it_arrived(qq: Robot) -> None:
    assert qq.push().json() == {"op": 12, "d": 0}


# --- Messages -----------------------------------------------------------------------------------------------------


def test_a_text_with_smileys(qq: Robot) -> None:
    ext = base64.b64encode('{"text": "呲牙"}'.encode()).decode()
    text = f'在吗 <faceType=1,faceId="13",ext="{ext}"> <faceType=1,faceId="1",ext="?">'

    message = come(qq, content=text, new_field=1)

    assert message.text == "在吗 [呲牙] [face]"
    assert message.envelope["sent_at"].startswith("2026-03-01T10:00:00+08:00")


def test_a_strange_time_does_no_harm(qq: Robot) -> None:
    for number, stamp in enumerate(("", "soon", 7, None, "2026-03-01T10:00:00")):
        qq.push(timestamp=stamp, known_as=f"m{number}")
    qq.take_in()

    assert [message.text for message in Message.objects.all()] == ["查余额"] * 5


@pytest.mark.parametrize(
    ("fields", "author", "name"),
    [(IN_GROUP, "M1", ""), (IN_GUILD, "77", "阿布"), (PRIVATE_IN_GUILD, "77", "阿布")],
    ids=["group", "guild", "private"],
)
def test_messages_of_other_places(qq: Robot, fields: dict[str, Any], author: str, name: str) -> None:
    message = come(qq, content=" <@!123456> 我要退货", **fields)

    assert (message.text, message.sender_name) == ("我要退货", name)
    assert message.customer.identities.get().value == author  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"content_type": "image/png", "filename": "a.png", "size": 68}, ""),
        ({"content_type": "voice", "filename": "a.amr", "asr_refer_text": "我要退货"}, "我要退货"),
        ({"content_type": "video/mp4", "filename": "a.mp4"}, ""),
        ({"content_type": "file", "filename": "账单.pdf"}, ""),
    ],
    ids=["image", "voice", "video", "file"],
)
def test_files_are_fetched(qq: Robot, row: dict[str, Any], text: str) -> None:
    qq.server.on("/file", Scripted(200, PNG))

    message = come(qq, content="", attachments=[{**row, "url": f"{qq.server.url}/file"}, "no object"])

    assert (message.text, files(message)) == (text, [(row["filename"], PNG)])


@pytest.mark.parametrize("url", ["", None, "127.0.0.1:1/gone"])
def test_a_file_that_cannot_be_fetched_waits_or_leaves_a_notice(qq: Robot, url: Any) -> None:
    qq.push(content="看图", attachments=[{"content_type": "image/png", "url": url}])
    row = qq.take_in()[0]
    if url:
        assert row.state == InboundState.RECEIVED
        InboundEvent.objects.update(attempts=6, due_at="2020-01-01T00:00:00Z")
        qq.take_in()

    assert Message.objects.get().notice == ("media_missing" if url else "media_gone")


def test_a_message_without_words_has_a_notice(qq: Robot) -> None:
    message = come(qq, content="", ark={"new": 1})

    assert (message.text, message.notice) == ("[other]", "unknown_type")


@pytest.mark.parametrize("fields", [{"author": None}, {"author": {"user_openid": ""}}, {"known_as": ""}], ids=range(3))
def test_a_message_of_nobody_is_parked(qq: Robot, fields: dict[str, Any]) -> None:
    qq.push(**fields)

    assert qq.take_in()[0].state == InboundState.PARKED


def test_what_a_robot_says_opens_nothing(qq: Robot) -> None:
    qq.push(author={"user_openid": "E4F4", "bot": True})

    assert qq.take_in()[0].error_code == "qq.from_robot"


EVENTS = (
    "FRIEND_ADD",
    "FRIEND_DEL",
    "C2C_MSG_RECEIVE",
    "C2C_MSG_REJECT",
    "GROUP_ADD_ROBOT",
    "GROUP_DEL_ROBOT",
    "GROUP_MSG_REJECT",
    "GROUP_MSG_RECEIVE",
    "INTERACTION_CREATE",
    "SOMETHING_NEW",
)


def test_events_are_kept_and_open_nothing(qq: Robot) -> None:
    for name in EVENTS:
        qq.post(qq_event(name, {"openid": "E4F4", "timestamp": 1}))

    rows = qq.take_in()
    assert [row.error_code for row in rows] == [f"qq.event_{name.lower()}" for name in EVENTS]
    assert {row.state for row in rows} == {InboundState.IGNORED}
    assert not Ticket.objects.exists()


# --- Answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({}, SEND),
        (IN_GROUP, "/v2/groups/G1/messages"),
        (IN_GUILD, "/channels/C1/messages"),
        (PRIVATE_IN_GUILD, "/dms/S1/messages"),
    ],
    ids=["alone", "group", "guild", "private"],
)
def test_an_answer_goes_where_it_was_asked(qq: Robot, fields: dict[str, Any], path: str) -> None:
    qq.push(**fields)
    qq.server.on(path, QQ.sent)

    result = qq.send("您好 😀", answers="our.own", references=("m1",))

    assert (result.state, result.provider_id) == (DeliveryState.SENT, "ROBOT1.0_9")
    asked = qq.server.at(path)[0]
    number = number_of_answer("key.1")
    assert asked.json() == {"msg_type": 0, "content": "您好 😀", "msg_id": "m1", "msg_seq": number}
    assert asked.headers["authorization"] == f"QQBot {TOKEN}"
    assert 1 <= number != number_of_answer("key.2")


@pytest.mark.parametrize(("fields", "minutes"), [({}, 61), (IN_GROUP, 6)], ids=["alone", "group"])
def test_an_answer_must_come_in_time(qq: Robot, fields: dict[str, Any], minutes: int) -> None:
    qq.push(**fields)
    InboundEvent.objects.update(received=timezone.now() - timezone.timedelta(minutes=minutes))
    stored = store_file(PNG, name="a.png", by=SYSTEM)

    for result in (qq.send(answers="m1"), qq.send("", stored.pk, answers="m1"), qq.send(answers="m0")):
        assert result.failure == FailureKind.OUTSIDE_WINDOW
    assert not qq.server.asked


def test_a_picture_is_uploaded_and_sent(qq: Robot) -> None:
    qq.push()
    qq.server.on("/v2/users/E4F4/files", {"file_uuid": "u", "file_info": "info", "ttl": 0})
    qq.server.on(SEND, QQ.sent)
    stored = store_file(PNG, name="a.png", by=SYSTEM)

    assert qq.send("", stored.pk, answers="m1").state == DeliveryState.SENT
    upload = qq.server.at("/v2/users/E4F4/files")[0].json()
    assert (upload["file_type"], base64.b64decode(upload["file_data"]), upload["srv_send_msg"]) == (1, PNG, False)
    sent = qq.server.at(SEND)[0].json()
    assert (sent["msg_type"], sent["media"]) == (7, {"file_info": "info"})


def test_guilds_and_other_files_are_refused_here(qq: Robot) -> None:
    qq.push(**IN_GUILD)
    for name, content in (("a.png", PNG), ("a.pdf", b"%PDF-1.7\n1")):
        stored = store_file(content, name=name, by=SYSTEM)
        assert qq.send("", stored.pk, answers="m1").failure == FailureKind.REJECTED
    assert not qq.server.asked


ERRORS = [
    (22009, FailureKind.RETRY_LATER),
    (304082, FailureKind.RETRY_LATER),
    (304083, FailureKind.RETRY_LATER),
    (304026, FailureKind.OUTSIDE_WINDOW),
    (304027, FailureKind.OUTSIDE_WINDOW),
    (40034024, FailureKind.OUTSIDE_WINDOW),
    (304003, FailureKind.REJECTED),
    ("304027", FailureKind.OUTSIDE_WINDOW),
    ("new", FailureKind.REJECTED),
    (304023, None),
    (304024, None),
    (40054005, None),
]


def test_what_each_error_means(qq: Robot) -> None:
    qq.push()
    for number, (code, failure) in enumerate(ERRORS, start=1):
        qq.server.on(SEND, answer(QQ.refused(code), 400 if failure else 202))

        assert qq.send(answers="m1").failure == failure, code
        assert len(qq.server.at(SEND)) == number


def test_a_refused_token_is_replaced_once(qq: Robot) -> None:
    qq.push()
    qq.server.on(SEND, answer(QQ.refused(11244), 401), QQ.sent)
    qq.server.on(QQ.token_path, QQ.token, {**QQ.token, "access_token": "second"})

    assert qq.send(answers="m1").state == DeliveryState.SENT
    assert [asked.headers["authorization"] for asked in qq.server.at(SEND)] == [f"QQBot {TOKEN}", "QQBot second"]
    assert qq.server.at(QQ.token_path)[0].json() == {"appId": "1", "clientSecret": SECRET}


def test_an_unknown_outcome_is_found_out_by_the_same_number(qq: Robot) -> None:
    qq.push()
    qq.server.on(SEND, HANG_UP, answer(QQ.refused(40054005), 400))
    delivery = DeliveryFactory.create(channel=qq.channel, state=DeliveryState.UNKNOWN, client_key="k")
    delivery.payload = {"client_key": "k", "recipients": {"to": ["E4F4"]}, "text": "x", "in_reply_to": "m1"}
    delivery.save()
    delivery.log.create(started=timezone.now())

    assert qq.connector.reconcile(delivery, qq.channel) is None
    assert qq.connector.reconcile(delivery, qq.channel).state == DeliveryState.SENT
    assert len({asked.json()["msg_seq"] for asked in qq.server.at(SEND)}) == 1


def test_a_proof_is_over_the_raw_body(qq: Robot) -> None:
    body = QQ.message()
    other = as_json(json.loads(body) | {"s": 2})

    assert qq.post(other, qq_headers(body), sealed=False).status_code == 403
    assert not qq.stored()
