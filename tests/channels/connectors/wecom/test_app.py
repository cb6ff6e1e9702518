"""Members of the company write to an application and are answered; what is not proved has no effect."""

from typing import Any

import pytest

from apps.channels import registry
from apps.channels.connectors.wechat.api import result_of
from apps.channels.connectors.wecom.api import CODES
from apps.channels.contract import Outbound, Recipients, SendResult
from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.channels.models import PlatformToken
from apps.core.actor import SYSTEM
from apps.core.storage import open_file, store_file
from apps.customers.models import Identity
from apps.tickets.models import Attachment, Message, Ticket
from tests.channels.connectors.wecom.conftest import AGENT_ID, CORP_ID, GET_TOKEN, SECRET, Wecom, xml
from tests.channels.test_media import PNG
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

SEND = "/cgi-bin/message/send"
OK = {"errcode": 0, "errmsg": "ok", "msgid": "m-1"}
MEMBER = "ShenYue"


def written(text: str = "收银系统登录不上", number: str = "4561255354251345929", **fields: Any) -> bytes:
    return xml(FromUserName=MEMBER, MsgType="text", Content=text, MsgId=number, AgentID=AGENT_ID, **fields)


def send(app: Wecom, text: str = "您好", *files: int) -> SendResult:
    outbound = Outbound(client_key="k", recipients=Recipients(to=(MEMBER,)), text=text, attachments=files)
    return registry.get("wecom_app").send(outbound, app.channel)


# --- The handshake


def test_the_console_gets_what_was_inside_its_word(app: Wecom) -> None:
    response = app.shake_hands("1616140317555161061")

    assert (response.status_code, response.content) == (200, b"1616140317555161061")
    assert response["Content-Type"].startswith("text/plain")
    assert not app.stored()


@pytest.mark.parametrize(
    "changes",
    [{"token": "other"}, {"timestamp": "1"}, {"receiver": "ww-another-corp"}, {"aes_key": "0" * 43}],
)
def test_a_handshake_that_is_not_ours_gets_nothing(app: Wecom, changes: dict[str, str]) -> None:
    response = app.shake_hands("1616140317555161061", **changes)

    assert response.status_code == 403
    assert b"1616140317555161061" not in response.content


def test_an_empty_token_proves_nothing(app: Wecom) -> None:
    app.channel.secrets |= {"token": ""}
    app.channel.save()

    assert app.shake_hands(token="").status_code == 403
    assert app.push(written(), token="").status_code == 403
    assert not app.stored()


# --- In


def test_a_member_opens_a_ticket(app: Wecom) -> None:
    for _ in range(3):
        assert app.push(written()).content == b"success"

    (event,) = app.take_in()
    assert event.state == InboundState.DONE
    assert Message.objects.get().text == "收银系统登录不上"
    identity = Identity.objects.get()
    assert (identity.kind, identity.value, identity.scope) == ("wecom_userid", MEMBER, CORP_ID)
    assert identity.verified_at is not None


def test_a_picture_is_fetched_by_its_id(app: Wecom) -> None:
    app.server.on("/cgi-bin/media/get", Scripted(200, PNG, {"Content-Type": "image/png"}))

    app.push(xml(FromUserName=MEMBER, MsgType="image", PicUrl="", MediaId="media-7", MsgId="8"))
    app.take_in()

    assert open_file(Attachment.objects.get().file) == PNG
    assert app.server.at("/cgi-bin/media/get")[0].query == {"access_token": "token-1", "media_id": "media-7"}


def test_opening_the_application_opens_nothing(app: Wecom) -> None:
    app.push(xml(FromUserName=MEMBER, MsgType="event", Event="enter_agent", EventKey="", AgentID=AGENT_ID))

    (event,) = app.take_in()
    assert (event.state, event.error_code) == (InboundState.IGNORED, "wecom.event_enter_agent")
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("changes", [{"token": "other"}, {"timestamp": "1409659813"}])
def test_a_call_without_proof_leaves_nothing(app: Wecom, changes: dict[str, str]) -> None:
    assert app.push(written(), **changes).status_code == 403
    assert not app.stored()


def test_what_was_meant_for_another_company_is_parked(app: Wecom) -> None:
    assert app.push(written(), receiver="ww-another-corp").status_code == 200

    (event,) = app.take_in()
    assert event.state == InboundState.PARKED
    assert not Message.objects.exists()


# --- Out


def test_an_answer_goes_to_the_member_by_the_application(app: Wecom) -> None:
    app.server.on(SEND, OK)

    result = send(app, "已经恢复 😀")

    asked = app.server.at(SEND)[0]
    assert (result.state, result.provider_id) == (DeliveryState.SENT, "m-1")
    assert asked.json() == {
        "touser": MEMBER,
        "msgtype": "text",
        "agentid": AGENT_ID,
        "text": {"content": "已经恢复 😀"},
    }
    assert "恢复".encode() in asked.body
    assert app.server.at(GET_TOKEN)[0].query == {"corpid": CORP_ID, "corpsecret": SECRET}


@pytest.mark.parametrize(
    ("content", "name", "kind", "told"),
    [(PNG, "照片.png", "image", "image.png"), (b"%PDF-1.4\n" + bytes(60), "说明书.pdf", "file", "说明书.pdf")],
)
def test_files_go_out_as_what_they_are(app: Wecom, content: bytes, name: str, kind: str, told: str) -> None:
    app.server.on("/cgi-bin/media/upload", {"errcode": 0, "type": kind, "media_id": "media-9"})
    app.server.on(SEND, OK)

    result = send(app, "", store_file(content, name=name, by=SYSTEM).pk)

    upload = app.server.at("/cgi-bin/media/upload")[0]
    assert result.state == DeliveryState.SENT
    assert upload.query == {"access_token": "token-1", "type": kind}
    assert f'filename="{told}"'.encode() in upload.body
    assert app.server.at(SEND)[0].json()[kind] == {"media_id": "media-9"}


def test_who_cannot_get_it_is_told_though_the_platform_is_content(app: Wecom) -> None:
    app.server.on(SEND, {"errcode": 0, "errmsg": "ok", "invaliduser": MEMBER})

    result = send(app)

    assert (result.state, result.failure) == (DeliveryState.FAILED, FailureKind.RECIPIENT_GONE)


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (-1, FailureKind.RETRY_LATER),
        (45009, FailureKind.RETRY_LATER),
        (45033, FailureKind.RETRY_LATER),
        (40001, FailureKind.MISCONFIGURED),
        (40003, FailureKind.RECIPIENT_GONE),
        (40014, FailureKind.REAUTHENTICATE),
        (42001, FailureKind.REAUTHENTICATE),
        (45002, FailureKind.REJECTED),
        (60011, FailureKind.MISCONFIGURED),
        (60020, FailureKind.MISCONFIGURED),
        (81013, FailureKind.RECIPIENT_GONE),
        (84061, FailureKind.RECIPIENT_GONE),
        (95001, FailureKind.OUTSIDE_WINDOW),
        (95002, FailureKind.OUTSIDE_WINDOW),
        (95017, FailureKind.MISCONFIGURED),
        (95018, FailureKind.REJECTED),
        (99999, FailureKind.REJECTED),
    ],
)
def test_what_each_error_means(code: int, failure: FailureKind) -> None:
    assert result_of({"errcode": code, "errmsg": "as the platform says"}, CODES).failure == failure


def test_a_token_that_ran_out_is_replaced_and_the_message_sent(app: Wecom) -> None:
    app.server.on(GET_TOKEN, *({"errcode": 0, "access_token": f"token-{n}", "expires_in": 7200} for n in (1, 2)))
    app.server.on(SEND, {"errcode": 42001, "errmsg": "expired"}, OK)

    assert send(app).state == DeliveryState.SENT
    assert [asked.query["access_token"] for asked in app.server.at(SEND)] == ["token-1", "token-2"]


def test_a_lost_answer_is_unknown_and_not_asked_again(app: Wecom) -> None:
    app.server.on(SEND, HANG_UP)

    assert send(app).failure == FailureKind.UNKNOWN_OUTCOME
    assert len(app.server.at(SEND)) == 1


# --- The connection test


@pytest.mark.parametrize(
    ("reply", "is_ok", "words"),
    [
        (answer({"errcode": 0, "access_token": "t", "expires_in": 7200}), True, "accepts"),
        (answer({"errcode": 40001, "errmsg": "x"}), False, "corp id or the secret"),
        (answer({"errcode": 60020, "errmsg": "x"}), False, "trusted addresses"),
        (answer({"errcode": -1, "errmsg": "x"}), False, "try again"),
        (Scripted(404, b"<html>"), False, "address of the platform's API"),
        (HANG_UP, False, "try again"),
    ],
)
def test_check(app: Wecom, reply: Scripted, is_ok: bool, words: str) -> None:
    app.server.on(GET_TOKEN, reply)

    result = registry.get("wecom_app").check(app.channel)

    assert result.is_ok is is_ok
    assert words in str(result.message)
    assert not PlatformToken.objects.exists()


def test_check_looks_at_the_key_first(app: Wecom) -> None:
    app.channel.secrets |= {"aes_key": "short"}

    assert not registry.get("wecom_app").check(app.channel).is_ok
    assert not app.server.asked
