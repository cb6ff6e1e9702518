"""DingTalk by calls: headers that prove and run out, every kind of message, and answers by the address or by the app."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from structlog.testing import capture_logs

from apps.channels.connectors.dingtalk.push import is_fresh, signature
from apps.channels.contract import Outbound, Recipients
from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.core.actor import SYSTEM
from apps.core.storage import open_file, store_file
from apps.tickets.models import Attachment, Message, Ticket
from tests.channels.connectors.workplace.playing import DINGTALK, TOKEN, Kind, Robot, dingtalk_headers
from tests.channels.test_media import PNG
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

VECTORS = {row["id"]: row for row in json.loads((Path(__file__).parent / "fixtures" / "vectors.json").read_text())}
SESSION = DINGTALK.send_path
PERSON = "/v1.0/robot/oToMessages/batchSend"
GROUP = "/v1.0/robot/groupMessages/send"
DOWNLOAD = "/v1.0/robot/messageFiles/download"
OUTSIDER = {"senderStaffId": ""}
IN_GROUP = {"conversationType": "2", "conversationId": "cidG", "conversationTitle": "售后群"}


@pytest.fixture
def dingtalk(robot_of: Callable[[Kind], Robot]) -> Robot:
    return robot_of(DINGTALK)


def come(dingtalk: Robot, **fields: Any) -> Message:
    dingtalk.push(**fields)
    dingtalk.take_in()
    return Message.objects.get()


def files(message: Message) -> list[tuple[str, bytes]]:
    return [(row.file.name, open_file(row.file)) for row in Attachment.objects.filter(message_id=message.pk)]


# --- Proof --------------------------------------------------------------------------------------------------------


def test_the_signature_is_over_time_and_secret() -> None:
    vector = VECTORS["DING-4"]

    assert signature(vector["key"], vector["msg"].partition("\n")[0]) == vector["expect"]


@pytest.mark.parametrize("text", ["", "soon", "1", "9" * 40, "-17000000000000", "１７０００００００００００"])
def test_a_strange_time_is_not_fresh(text: str) -> None:
    assert not is_fresh(text)


@pytest.mark.parametrize(("hours", "status"), [(0.9, 200), (1.1, 403), (-1.1, 403)])
def test_a_proof_runs_out(dingtalk: Robot, hours: float, status: int) -> None:
    headers = dingtalk_headers(b"")
    with time_machine.travel(time.time() + hours * 3600, tick=False), capture_logs() as logs:
        assert dingtalk.post(dingtalk.message(), headers).status_code == status

    assert [row["reason"] for row in logs if row["event"] == "hook.refused"] == ["signature_stale"] * (status == 403)
    assert len(dingtalk.stored()) == (status == 200)


# --- Messages -----------------------------------------------------------------------------------------------------


def test_a_text(dingtalk: Robot) -> None:
    message = come(dingtalk, text={"content": " @客服 在吗 😀 "}, new_field=1)

    assert (message.text, message.sender_name) == ("@客服 在吗 😀", "Li")
    assert message.envelope["sent_at"].startswith("2026-03-01T02:00:00")


def test_a_text_with_pictures(dingtalk: Robot) -> None:
    dingtalk.server.on(DOWNLOAD, {"downloadUrl": f"{dingtalk.server.url}/file"})
    dingtalk.server.on("/file", Scripted(200, PNG))
    rich = [{"text": "看图"}, {"type": "picture", "downloadCode": "c1"}, {"text": " 谢谢"}, {"type": "new"}, 7]

    message = come(dingtalk, kind="richText", content={"richText": rich})

    assert message.text == "看图 谢谢"
    assert [content for _name, content in files(message)] == [PNG]


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("picture", {"downloadCode": "c1"}, ""),
        ("audio", {"downloadCode": "c1", "duration": 4000, "recognition": "钉钉，让进步发生"}, "钉钉，让进步发生"),
        ("video", {"downloadCode": "c1", "duration": 4, "videoType": "mp4"}, ""),
        ("file", {"downloadCode": "c1", "fileName": "账单.pdf"}, ""),
    ],
    ids=["picture", "audio", "video", "file"],
)
def test_files_are_fetched_by_their_code(dingtalk: Robot, kind: str, content: dict[str, Any], text: str) -> None:
    dingtalk.server.on(DOWNLOAD, {"downloadUrl": f"{dingtalk.server.url}/file"})
    dingtalk.server.on("/file", Scripted(200, b"%PDF-1.7\n1"))

    message = come(dingtalk, kind=kind, content=content)

    found = files(message)
    assert (message.text, [stored for _name, stored in found]) == (text, [b"%PDF-1.7\n1"])
    assert found[0][0] == content.get("fileName", found[0][0])
    asked = dingtalk.server.at(DOWNLOAD)[0]
    assert asked.json() == {"downloadCode": "c1", "robotCode": "dingrb"}
    assert asked.headers["x-acs-dingtalk-access-token"] == TOKEN


@pytest.mark.parametrize("content", [None, {}, {"downloadCode": "gone"}], ids=range(3))
def test_a_file_that_is_gone_leaves_a_notice(dingtalk: Robot, content: Any) -> None:
    dingtalk.server.on(DOWNLOAD, answer({"code": "unknownError", "message": "no"}, 400))

    message = come(dingtalk, kind="picture", content=content)

    assert (message.notice, files(message)) == ("media_gone", [])


def test_a_message_waits_for_its_file(dingtalk: Robot) -> None:
    dingtalk.server.on(DOWNLOAD, HANG_UP)
    dingtalk.push(kind="picture", content={"downloadCode": "c1"})

    assert dingtalk.take_in()[0].state == InboundState.RECEIVED


@pytest.mark.parametrize("kind", ["hologram", "", None])
def test_an_unknown_type_is_kept_with_a_notice(dingtalk: Robot, kind: Any) -> None:
    message = come(dingtalk, kind=kind, content={"x": 1})

    assert (message.text, message.notice) == (f"[{kind or 'other'}]", "unknown_type")


def test_a_message_of_nobody_is_parked(dingtalk: Robot) -> None:
    dingtalk.push(senderStaffId=None, senderId="")

    assert dingtalk.take_in()[0].state == InboundState.PARKED


def test_what_the_robot_says_opens_nothing(dingtalk: Robot) -> None:
    dingtalk.push(senderId="$:LWCP_v1:$bot")

    assert dingtalk.take_in()[0].error_code == "dingtalk.echo"
    assert not Ticket.objects.exists()


def test_a_group_is_another_conversation(dingtalk: Robot) -> None:
    dingtalk.push(known_as="m1")
    dingtalk.push(known_as="m2", **IN_GROUP)
    dingtalk.take_in()

    assert Ticket.objects.count() == 2
    assert [row.envelope.get("group") for row in Message.objects.order_by("pk")] == [None, "售后群"]


# --- Answers ------------------------------------------------------------------------------------------------------


def test_an_answer_goes_by_the_address_that_came(dingtalk: Robot) -> None:
    dingtalk.push(known_as="m1", **IN_GROUP)
    dingtalk.server.on(SESSION, DINGTALK.sent)

    assert dingtalk.send("您好 😀", answers="our.own", references=("m1",)).state == DeliveryState.SENT
    asked = dingtalk.server.at(SESSION)[0]
    assert (asked.query, asked.json()) == (
        {"session": "s"},
        {"msgtype": "text", "text": {"content": "您好 😀"}, "at": {"atUserIds": ["u1"], "isAtAll": False}},
    )


def test_an_address_that_is_refused_is_not_the_end(dingtalk: Robot) -> None:
    dingtalk.push(known_as="m1")
    dingtalk.server.on(SESSION, DINGTALK.refused(300001))
    dingtalk.server.on(PERSON, {"processQueryKey": "q1"})

    assert dingtalk.send(answers="m1").state == DeliveryState.SENT
    assert dingtalk.connector.send(_to_outsider("x"), dingtalk.channel).failure == FailureKind.REJECTED


@pytest.mark.parametrize("fields", [{"sessionWebhookExpiredTime": 1}, {"sessionWebhook": ""}, {}], ids=range(3))
def test_without_a_good_address_the_app_writes_to_the_person(dingtalk: Robot, fields: dict[str, Any]) -> None:
    dingtalk.server.on(PERSON, {"processQueryKey": "q1"})
    if fields:
        dingtalk.push(known_as="m1", **fields)

    result = dingtalk.send("您好", answers="m1")

    assert (result.state, result.provider_id) == (DeliveryState.SENT, "q1")
    assert dingtalk.server.at(PERSON)[0].json() == {
        "robotCode": "dingrb",
        "userIds": ["u1"],
        "msgKey": "sampleText",
        "msgParam": '{"content": "您好"}',
    }


def test_a_foreign_address_is_never_called(dingtalk: Robot) -> None:
    """The body that names it is not signed."""
    dingtalk.server.on(PERSON, {"processQueryKey": "q1"})
    dingtalk.push(known_as="m1", sessionWebhook=dingtalk.server.url.replace("127.0.0.1", "localhost") + SESSION)

    assert dingtalk.send("您好", answers="m1").state == DeliveryState.SENT
    assert not dingtalk.server.at(SESSION)


def test_what_was_asked_in_a_group_is_answered_there(dingtalk: Robot) -> None:
    dingtalk.server.on(GROUP, {"processQueryKey": "q1"})
    dingtalk.push(known_as="m1", sessionWebhookExpiredTime=1, **IN_GROUP, **OUTSIDER)

    assert dingtalk.send("您好", answers="m1").state == DeliveryState.SENT
    assert dingtalk.server.at(GROUP)[0].json()["openConversationId"] == "cidG"


def test_who_is_outside_can_be_answered_for_a_while(dingtalk: Robot) -> None:
    dingtalk.push(known_as="m1", sessionWebhookExpiredTime=1, **OUTSIDER)
    stored = store_file(PNG, name="a.png", by=SYSTEM)

    for result in (
        dingtalk.connector.send(_to_outsider("x"), dingtalk.channel),
        dingtalk.connector.send(_to_outsider("", stored.pk), dingtalk.channel),
    ):
        assert result.failure == FailureKind.OUTSIDE_WINDOW
    assert not dingtalk.server.asked


def _to_outsider(text: str, *attachments: int) -> Any:
    recipients = Recipients(to=("$:LWCP_v1:$x",))
    return Outbound(client_key="k", recipients=recipients, text=text, attachments=attachments, in_reply_to="m1")


@pytest.mark.parametrize(
    ("name", "content", "sort", "kind", "parameters"),
    [
        ("a.png", PNG, "image", "sampleImageMsg", {"photoURL": "@m1"}),
        (
            "账单.pdf",
            b"%PDF-1.7\n1",
            "file",
            "sampleFile",
            {"mediaId": "@m1", "fileName": "账单.pdf", "fileType": "pdf"},
        ),
    ],
    ids=["picture", "file"],
)
def test_a_file_is_uploaded_and_sent(
    dingtalk: Robot, name: str, content: bytes, sort: str, kind: str, parameters: dict[str, str]
) -> None:
    dingtalk.server.on("/media/upload", {"errcode": 0, "media_id": "@m1"})
    dingtalk.server.on(PERSON, {"processQueryKey": "q1"})
    stored = store_file(content, name=name, by=SYSTEM)

    assert dingtalk.send("", stored.pk).state == DeliveryState.SENT
    assert dingtalk.server.at("/media/upload")[0].query == {"access_token": TOKEN, "type": sort}
    body = dingtalk.server.at(PERSON)[0].json()
    assert (body["msgKey"], json.loads(body["msgParam"])) == (kind, parameters)


ERRORS = [
    ("staffId.notExisted", FailureKind.RECIPIENT_GONE),
    ("Throttling.Api", FailureKind.RETRY_LATER),
    ("Forbidden.AccessDenied.AccessTokenPermissionDenied", FailureKind.MISCONFIGURED),
    ("InvalidAuthentication", FailureKind.REAUTHENTICATE),
    ("something.new", FailureKind.REJECTED),
    (88, FailureKind.RETRY_LATER),
    (130101, FailureKind.RETRY_LATER),
    (310000, FailureKind.MISCONFIGURED),
    (400002, FailureKind.REJECTED),
]


def test_what_each_error_means(dingtalk: Robot) -> None:
    for code, failure in ERRORS:
        dingtalk.server.on(PERSON, answer({"code": code, "message": "as the platform says"}, 400))
        result = dingtalk.send()

        assert (result.failure, "as the platform says" in result.detail) == (failure, True), code


@pytest.mark.parametrize(
    ("document", "failure"),
    [
        ({"processQueryKey": "q", "invalidStaffIdList": ["u1"]}, FailureKind.RECIPIENT_GONE),
        ({"processQueryKey": "q", "flowControlledStaffIdList": ["u1"]}, FailureKind.RETRY_LATER),
        ({"processQueryKey": "q", "invalidStaffIdList": ["u2"], "flowControlledStaffIdList": None}, None),
    ],
    ids=range(3),
)
def test_whom_it_does_not_reach_stands_in_an_answer_that_is_content(
    dingtalk: Robot, document: dict[str, Any], failure: FailureKind | None
) -> None:
    dingtalk.server.on(PERSON, document)

    assert dingtalk.send().failure == failure
