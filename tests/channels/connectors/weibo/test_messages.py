"""Each kind of message becomes what an agent can read; events are kept and open nothing; files are fetched."""

from typing import Any

import pytest

from apps.channels import media
from apps.channels.enums import InboundState
from apps.channels.models import InboundEvent
from apps.core.storage import open_file
from apps.tickets.models import Attachment, Message, Ticket
from tests.channels.connectors.weibo.conftest import ACCESS_TOKEN, CUSTOMER, Weibo
from tests.channels.test_media import PNG
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

FILES = "/2/mss/msget"
AMR = b"#!AMR\n" + b"\x3c" * 40
PICTURE = {"type": "image", "text": "发了一张图片", "data": {"vfid": 821804459, "tovfid": 821804469}}


def come(account: Weibo, **fields: Any) -> Message:
    account.push(**fields)
    account.take_in()
    return Message.objects.get()


def files(message: Message) -> list[tuple[str, bytes]]:
    return [(row.file.name, open_file(row.file)) for row in Attachment.objects.filter(message_id=message.pk)]


@pytest.mark.parametrize("message_type", ["text", "TEXT"])
def test_a_text(account: Weibo, message_type: str) -> None:
    message = come(account, type=message_type, text="在吗 😀 <b>", new_field="x")

    assert message.text == "在吗 😀 <b>"
    assert message.envelope["sent_at"] == "2012-07-16T18:09:20+08:00"
    identity = message.customer.identities.get()  # type: ignore[union-attr]
    assert (identity.kind, identity.value, identity.scope) == ("weibo_uid", str(CUSTOMER), "")
    assert identity.verified_at is not None


@pytest.mark.parametrize("created", ["soon", "", None, 1700000000, "Mon Jul 99 18:09:20 +0800 2012"])
def test_a_strange_time_does_no_harm(account: Weibo, created: Any) -> None:
    assert come(account, created_at=created).text == "我要退货"


@pytest.mark.parametrize(
    "data", [{"longitude": "116.308586", "latitude": "39.982525"}, '{"longitude": 116.308586, "latitude": 39.982525}']
)
def test_a_place(account: Weibo, data: Any) -> None:
    message = come(account, type="position", text="我在这里", data=data)

    assert message.text == "我在这里 (39.982525, 116.308586)"
    assert message.envelope["location"] == {"latitude": 39.982525, "longitude": 116.308586, "label": "我在这里"}


def test_a_place_without_numbers_is_its_name(account: Weibo) -> None:
    assert come(account, type="position", text="我在这里", data={"latitude": "north"}).text == "我在这里"


@pytest.mark.parametrize(("kind", "content"), [("image", PNG), ("voice", AMR)])
def test_pictures_and_voices_are_fetched_by_the_receivers_id(account: Weibo, kind: str, content: bytes) -> None:
    account.server.on(FILES, Scripted(200, content))

    message = come(account, **{**PICTURE, "type": kind})

    found = files(message)
    assert [stored for _name, stored in found] == [content]
    assert found[0][0].startswith(f"{kind}-821804469")
    assert account.server.at(FILES)[0].query == {"access_token": ACCESS_TOKEN, "fid": "821804469"}


def test_the_other_id_is_tried_when_the_first_is_not_known(account: Weibo) -> None:
    account.server.on(FILES, answer({"error": "file does not exist", "error_code": 20003}, 400), Scripted(200, PNG))

    assert [content for _name, content in files(come(account, **PICTURE))] == [PNG]
    assert [asked.query["fid"] for asked in account.server.at(FILES)] == ["821804469", "821804459"]


@pytest.mark.parametrize("data", [{}, {"vfid": "", "tovfid": None}, "no JSON", {"tovfid": 1}])
def test_a_file_that_is_gone_leaves_a_notice(account: Weibo, data: Any) -> None:
    account.server.on(FILES, answer({"error": "no", "error_code": 20003}, 400))

    message = come(account, **{**PICTURE, "data": data})

    assert (message.notice, files(message)) == ("media_gone", [])


@pytest.mark.parametrize("reply", [HANG_UP, answer({"error": "expired", "error_code": 21327}, 403), answer({}, 500)])
def test_a_message_waits_for_its_file_and_comes_without_it_in_the_end(account: Weibo, reply: Scripted) -> None:
    account.server.on(FILES, reply)
    account.push(**PICTURE)

    row = account.take_in()[0]
    assert row.state == InboundState.RECEIVED
    assert ACCESS_TOKEN not in row.error
    InboundEvent.objects.update(attempts=media.PATIENT_ATTEMPTS, due_at="2020-01-01T00:00:00Z")
    account.take_in()

    assert Message.objects.get().notice == "media_missing"


def test_being_named_in_public_is_a_message(account: Weibo) -> None:
    message = come(account, type="mention", text="@林登家居 怎么没人理", data={"subtype": "status", "key": "3612"})

    assert message.text == "@林登家居 怎么没人理"
    assert message.envelope["mention"] == {"subtype": "status", "key": "3612"}


@pytest.mark.parametrize("text", ["", "新的类型"])
def test_an_unknown_type_is_kept_with_a_notice(account: Weibo, text: str) -> None:
    message = come(account, type="hologram", text=text)

    assert (message.text, message.notice) == (text or "[hologram]", "unknown_type")


@pytest.mark.parametrize(
    "subtype", ["follow", "unfollow", "subscribe", "unsubscribe", "click", "view", "scan", "scan_follow", "", "../x"]
)
def test_events_are_kept_and_open_nothing(account: Weibo, subtype: str) -> None:
    account.push(type="event", text="事件消息", data={"subtype": subtype, "key": "k"})

    row = account.take_in()[0]

    assert row.state == InboundState.IGNORED
    assert row.error_code.startswith("weibo.event_")
    assert not Ticket.objects.exists()
