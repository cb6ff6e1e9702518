"""Each kind of message becomes what an agent can read; events are kept and open nothing; files are fetched."""

from typing import Any

import pytest

from apps.channels import media
from apps.channels.enums import InboundState
from apps.channels.models import InboundEvent
from apps.core.storage import open_file
from apps.customers.models import Customer, Identity
from apps.tickets.models import Attachment, Message, Ticket
from tests.channels.connectors.wechat.conftest import OPENID, Wechat, as_json, xml
from tests.channels.test_media import PNG
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

AMR = b"#!AMR\n" + b"\x3c" * 40
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 64


def come(account: Wechat, **fields: str) -> Message:
    account.push(xml(MsgId="7001", **fields))
    account.take_in()
    return Message.objects.get()


def files(message: Message) -> list[tuple[str, bytes]]:
    return [(row.file.name, open_file(row.file)) for row in Attachment.objects.filter(message_id=message.pk)]


# --- Without files


def test_a_text(account: Wechat) -> None:
    message = come(account, MsgType="text", Content="  发票怎么开?\n谢谢 😀 <b>&amp;</b>")

    assert message.text.strip() == "发票怎么开?\n谢谢 😀 <b>&amp;</b>"
    ticket = Ticket.objects.get()
    assert (ticket.subject, ticket.channel_id) == ("发票怎么开?", account.channel.pk)


@pytest.mark.parametrize("message_type", ["TEXT", "Text"])
def test_names_of_types_come_in_any_case(account: Wechat, message_type: str) -> None:
    assert come(account, MsgType=message_type, Content="hi").text == "hi"


def test_a_place(account: Wechat) -> None:
    message = come(
        account, MsgType="location", Location_X="23.134521", Location_Y="113.358803", Scale="20", Label="天河区"
    )

    assert message.text == "天河区 (23.134521, 113.358803)"
    assert message.envelope["location"] == {"latitude": 23.134521, "longitude": 113.358803, "label": "天河区"}


def test_a_place_without_numbers_is_its_name(account: Wechat) -> None:
    assert come(account, MsgType="location", Location_X="north", Label="天河区").text == "天河区"
    for value in ("NaN", "Infinity", "-inf"):
        assert come(account, MsgType="location", Location_X=value, Location_Y=value, Label="天河区").text == "天河区"


def test_a_link(account: Wechat) -> None:
    message = come(account, MsgType="link", Title="退货说明", Description="七天", Url="https://example.com/returns")

    assert message.text == "退货说明\n七天\nhttps://example.com/returns"


@pytest.mark.parametrize("message_type", ["channels_shop_product", "", "a" * 500, "<b>"])
def test_an_unknown_type_is_kept_with_a_notice(account: Wechat, message_type: str) -> None:
    if not message_type:
        account.push(xml(MsgId="7001", Content="x"))
        assert account.take_in()[0].state == InboundState.PARKED
        return

    message = come(account, MsgType=message_type, Content="x")

    assert (message.text[0], message.notice) == ("[", "unknown_type")
    assert b"<Content>" in bytes(account.stored()[0].payload)


def test_fields_nobody_knows_do_no_harm(account: Wechat) -> None:
    assert come(account, MsgType="text", Content="hi", NewField="x", MsgDataId="2").text == "hi"


@pytest.mark.parametrize("created", ["soon", "-1", "9" * 30, "nan", "inf"])
def test_a_strange_time_is_no_time(account: Wechat, created: str) -> None:
    assert come(account, MsgType="text", Content="hi", CreateTime=created).text == "hi"


@pytest.mark.parametrize(
    "name",
    [
        "subscribe", "unsubscribe", "SCAN", "LOCATION", "CLICK", "VIEW", "TEMPLATESENDJOBFINISH", "MASSSENDJOBFINISH",
        "subscribe_msg_popup_event", "subscribe_msg_change_event", "subscribe_msg_sent_event", "kf_create_session",
        "kf_close_session", "kf_switch_session", "user_enter_tempsession", "debug_demo", "", "../x",
    ],
)  # fmt: skip
def test_events_are_kept_and_open_nothing(account: Wechat, name: str) -> None:
    account.push(xml(MsgType="event", Event=name, EventKey="k"))

    event = account.take_in()[0]

    assert event.state == InboundState.IGNORED
    assert event.error_code.startswith("wechat.event_")
    assert event.error_code == event.error_code.lower()
    assert not Ticket.objects.exists()


def test_the_same_message_that_came_closed_and_open_is_one(account: Wechat) -> None:
    account.push(xml(MsgId="7001", MsgType="text", Content="hi"), aes_key="0" * 43)
    account.push(xml(MsgId="7001", MsgType="text", Content="hi"))
    account.take_in()
    account.channel.secrets |= {"aes_key": "0" * 43}
    account.channel.save()
    InboundEvent.objects.filter(state=InboundState.PARKED).update(state=InboundState.RECEIVED, attempts=0)

    account.take_in()

    assert [event.state for event in account.stored()] == [InboundState.DONE] * 2
    assert Message.objects.count() == 1


# --- With files


def test_a_picture(account: Wechat) -> None:
    account.server.on("/cgi-bin/media/get", Scripted(200, PNG, {"Content-Type": "image/jpeg"}))

    message = come(account, MsgType="image", PicUrl="http://mmbiz.example/1", MediaId="media-1")

    assert files(message) == [("image-7001.png", PNG)]
    assert account.server.at("/cgi-bin/media/get")[0].query == {"access_token": "token-1", "media_id": "media-1"}


def test_a_voice_message_is_kept_as_it_came_with_what_was_understood(account: Wechat) -> None:
    account.server.on("/cgi-bin/media/get", Scripted(200, AMR, {"Content-Type": "audio/amr"}))

    message = come(account, MsgType="voice", MediaId="media-1", Format="amr", Recognition="我要退货")

    assert (message.text, files(message)) == ("我要退货", [("voice-7001.amr", AMR)])


@pytest.mark.parametrize("message_type", ["video", "shortvideo"])
def test_a_video_may_come_by_a_link(account: Wechat, message_type: str) -> None:
    account.server.on("/cgi-bin/media/get", {"video_url": f"{account.server.url}/video"})
    account.server.on("/video", Scripted(200, MP4))

    message = come(account, MsgType=message_type, MediaId="media-1", ThumbMediaId="thumb-1")

    assert files(message) == [("video-7001.mp4", MP4)]
    assert "access_token" not in account.server.at("/video")[0].query


def test_a_page_of_a_mini_program(account: Wechat) -> None:
    account.server.on("/cgi-bin/media/get", Scripted(200, PNG))

    message = come(
        account, MsgType="miniprogrampage", AppId="wx9", Title="订单", PagePath="pages/order?id=1", ThumbMediaId="t"
    )

    assert (message.text, files(message)) == ("订单\npages/order?id=1", [("page-7001.png", PNG)])
    assert message.envelope["page"] == {"app_id": "wx9", "path": "pages/order?id=1", "title": "订单"}


def test_an_account_that_may_not_fetch_takes_the_link(account: Wechat) -> None:
    account.server.on("/cgi-bin/media/get", {"errcode": 48001, "errmsg": "api unauthorized"})
    account.server.on("/pic", Scripted(200, PNG))

    message = come(account, MsgType="image", PicUrl=f"{account.server.url}/pic", MediaId="media-1")

    assert files(message) == [("image-7001.png", PNG)]


def test_a_file_that_is_gone_leaves_a_notice(account: Wechat) -> None:
    account.server.on("/cgi-bin/media/get", {"errcode": 40007, "errmsg": "invalid media_id"})

    message = come(account, MsgType="image", MediaId="media-1")

    assert (message.notice, files(message)) == ("media_gone", [])


def test_a_platform_in_trouble_is_waited_for(account: Wechat) -> None:
    account.server.on("/cgi-bin/media/get", HANG_UP, {"errcode": -1, "errmsg": "system error"}, Scripted(200, PNG))
    account.push(xml(MsgId="7001", MsgType="image", MediaId="media-1"))
    for _ in range(3):
        account.take_in()
        assert account.stored()[0].state != InboundState.PARKED
        InboundEvent.objects.update(due_at="2026-01-01T00:00:00Z")

    assert files(Message.objects.get()) == [("image-7001.png", PNG)]


def test_but_not_for_ever(account: Wechat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "PATIENT_ATTEMPTS", 0)
    account.server.on("/cgi-bin/media/get", answer({}, 500))

    message = come(account, MsgType="image", MediaId="media-1")

    assert (message.notice, files(message)) == ("media_missing", [])


def test_addresses_inside_are_not_fetched(account: Wechat) -> None:
    account.server.on("/cgi-bin/media/get", {"errcode": 40007})
    account.push(xml(MsgId="7001", MsgType="image", MediaId="m", PicUrl="http://169.254.169.254/latest/meta-data/"))

    account.take_in()

    assert not Attachment.objects.exists()
    assert Message.objects.get().notice == "media_missing", "waiting would not help, so nothing waits behind it"


def test_a_refused_token_is_replaced_while_a_file_is_fetched(account: Wechat) -> None:
    account.server.on("/cgi-bin/media/get", {"errcode": 42001, "errmsg": "access_token expired"}, Scripted(200, PNG))
    account.server.on(
        "/cgi-bin/stable_token",
        {"access_token": "token-1", "expires_in": 7200},
        {"access_token": "token-2", "expires_in": 7200},
    )

    message = come(account, MsgType="image", MediaId="media-1")

    assert len(files(message)) == 1
    assert [asked.json()["force_refresh"] for asked in account.server.at("/cgi-bin/stable_token")] == [False, True]
    assert [asked.query["access_token"] for asked in account.server.at("/cgi-bin/media/get")] == ["token-1", "token-2"]


# --- Mini Program


def test_a_mini_program_writes_json(mini: Wechat) -> None:
    mini.server.on("/cgi-bin/media/get", Scripted(200, PNG))
    mini.push(as_json(MsgType="text", Content="订单没到", MsgId="49d7_1555684067"))
    mini.push(as_json(MsgType="image", MediaId="m", PicUrl="x", MsgId=24000000000000002))
    mini.push(as_json(MsgType="event", Event="user_enter_tempsession", SessionFrom="order:8812"))

    mini.take_in()

    assert [event.state for event in mini.stored()] == [InboundState.DONE, InboundState.DONE, InboundState.IGNORED]
    assert Ticket.objects.count() == 1
    assert sorted(message.text for message in Message.objects.all()) == ["", "订单没到"]
    assert Attachment.objects.count() == 1


# --- Who


@pytest.fixture
def asking(account: Wechat) -> Wechat:
    account.channel.settings["asks_union_id"] = True
    account.channel.save()
    return account


def test_a_unionid_makes_one_customer_of_two_openids(asking: Wechat) -> None:
    asking.server.on("/cgi-bin/user/info", {"subscribe": 1, "openid": OPENID, "unionid": "union-1"})
    Identity.objects.create(
        customer=(known := Customer.objects.create(name="林")),
        kind="wechat_unionid",
        value="union-1",
        verified_at="2026-01-01T00:00:00Z",
    )

    message = come(asking, MsgType="text", Content="hi")
    asking.push(xml(MsgId="7002", MsgType="text", Content="again"))
    asking.take_in()

    assert message.customer_id == known.pk
    assert {row.kind for row in known.identities.all()} == {"wechat_unionid", "wechat_openid"}
    assert len(asking.server.at("/cgi-bin/user/info")) == 1


@pytest.mark.parametrize("told", [{"errcode": 48001, "errmsg": "unauthorized"}, {"subscribe": 0}, {"unionid": None}])
def test_without_a_unionid_the_message_comes_all_the_same(asking: Wechat, told: dict[str, Any]) -> None:
    asking.server.on("/cgi-bin/user/info", told)

    message = come(asking, MsgType="text", Content="hi")

    assert [row.kind for row in message.customer.identities.all()] == ["wechat_openid"]  # type: ignore[union-attr]


def test_a_platform_that_does_not_tell_is_not_waited_for_long(asking: Wechat) -> None:
    asking.server.on("/cgi-bin/user/info", answer({}, 500))
    asking.push(xml(MsgId="7001", MsgType="text", Content="hi"))
    for _ in range(4):
        InboundEvent.objects.update(due_at="2026-01-01T00:00:00Z")
        asking.take_in()

    assert Message.objects.get().text == "hi"


def test_nobody_is_asked_unless_the_manager_says_so(account: Wechat) -> None:
    come(account, MsgType="text", Content="hi")

    assert not account.server.at("/cgi-bin/user/info")
