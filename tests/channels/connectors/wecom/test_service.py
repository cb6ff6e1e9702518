"""Customers in WeChat: a call says that there is something, the list is fetched, and nothing is lost or doubled."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction

from apps.channels import registry
from apps.channels.contract import Outbound, Recipients, SendResult
from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.channels.errors import LeaseLost
from apps.channels.models import Delivery, InboundEvent, PlatformCursor
from apps.channels.platform_http import PlatformTrouble
from apps.channels.services import outbox
from apps.core.actor import SYSTEM
from apps.core.storage import open_file
from apps.customers.models import Customer, Identity
from apps.tickets.models import Attachment, Message, Ticket
from tests.channels.connectors.wecom.conftest import (
    ACCOUNT,
    CORP_ID,
    CUSTOMER,
    PERSON,
    SYNC,
    HeldForever,
    Service,
    happened,
    said,
)
from tests.channels.test_media import PNG
from tests.factories.channels import ChannelFactory
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

SEND = "/cgi-bin/kf/send_msg"
MEDIA = "/cgi-bin/media/get"


class Replaced(HeldForever):
    def fence(self) -> None:
        raise LeaseLost


def send(service: Service, text: str = "您好", key: str = "wecom_kf.1") -> SendResult:
    outbound = Outbound(client_key=key, recipients=Recipients(to=(CUSTOMER,)), text=text)
    return registry.get("wecom_kf").send(outbound, service.channel)


def queued(service: Service) -> Delivery:
    with transaction.atomic():
        return outbox.queue_delivery(
            channel=service.channel,
            message_id=1,
            ticket_id=None,
            outbound=Outbound(client_key="wecom_kf.1", recipients=Recipients(to=(CUSTOMER,)), text="您好"),
            order_by="x",
            by=SYSTEM,
        )


def age(**moments: str) -> None:
    PlatformCursor.objects.update(**moments)


# --- The call


def test_the_console_gets_what_was_inside_its_word(service: Service) -> None:
    assert service.shake_hands("4375120948345356249").content == b"4375120948345356249"
    assert service.shake_hands("4375120948345356249", receiver="ww-another").status_code == 403
    assert not service.stored()


def test_a_call_is_kept_and_wakes_a_fetch_with_its_word(service: Service) -> None:
    service.has([said()])

    for _ in range(2):
        assert service.hint().content == b"success"
    calls = service.take_in()
    assert {event.error_code for event in calls} == {"wecom.hint"}
    assert not service.server.at(SYNC)

    assert service.fetch() == 1
    assert service.server.at(SYNC)[0].json() == {
        "open_kfid": ACCOUNT,
        "limit": 200,
        "voice_format": 0,
        "token": "hint-1",
    }
    service.take_in()
    message = Message.objects.get()
    assert message.text == "订单没到 1"
    identity = Identity.objects.get()
    assert (identity.kind, identity.value, identity.scope) == ("wecom_external", CUSTOMER, CORP_ID)


def test_a_call_without_proof_wakes_nothing(service: Service) -> None:
    assert service.push(b"<xml/>", token="other").status_code == 403
    assert not service.stored()
    assert not PlatformCursor.objects.exists()


def test_one_channel_hears_for_the_other_accounts_of_its_company(service: Service) -> None:
    other = ChannelFactory.create(kind="wecom_kf", settings={"corp_id": CORP_ID, "open_kfid": "wk2"})
    ChannelFactory.create(kind="wecom_kf", settings={"corp_id": "ww-another", "open_kfid": "wk2"})

    service.hint("wk2", "hint-9")
    service.take_in()

    assert [(row.channel_id, row.account, row.hint) for row in PlatformCursor.objects.all()] == [
        (other.pk, "wk2", "hint-9")
    ]


# --- Fetching


def test_all_pages_are_read_in_order_also_empty_ones(service: Service) -> None:
    service.has([said(1), said(2)], [], [said(3)])

    assert service.fetch() == 3

    assert [asked.json().get("cursor") for asked in service.server.at(SYNC)] == [None, "c1", "c2"]
    assert PlatformCursor.objects.get().position == "c3"
    service.take_in()
    assert [row.text for row in Message.objects.order_by("sequence")] == [f"订单没到 {n}" for n in (1, 2, 3)]
    assert Ticket.objects.count() == 1


def test_the_next_fetch_goes_on_where_the_last_one_ended(service: Service) -> None:
    service.has([said(1)])
    service.fetch()
    service.has([said(1), said(2)])
    service.hint()
    service.take_in()

    assert service.fetch() == 1

    assert service.server.at(SYNC)[-1].json()["cursor"] == "c1"
    assert InboundEvent.objects.filter(state=InboundState.RECEIVED).count() == 1


def test_without_a_call_the_list_is_asked_for_seldom_and_without_its_word(service: Service) -> None:
    service.has([])
    service.hint()
    service.take_in()
    assert service.fetch() == 0
    assert service.fetch() == 0
    assert len(service.server.at(SYNC)) == 1

    age(fetched_at="2020-01-01T00:00:00Z", hinted_at="2020-01-01T00:00:00Z")
    service.fetch()
    assert len(service.server.at(SYNC)) == 2
    assert "token" not in service.server.at(SYNC)[1].json()


def test_a_page_that_leads_nowhere_ends_the_fetch(service: Service) -> None:
    service.server.on(SYNC, {"errcode": 0, "next_cursor": "c1", "has_more": 1, "msg_list": [said(1)]})

    assert service.fetch() == 1
    assert len(service.server.at(SYNC)) == 2


def test_a_failure_in_the_middle_leaves_the_cursor_where_everything_is_stored(service: Service) -> None:
    first = {"errcode": 0, "next_cursor": "c1", "has_more": 1, "msg_list": [said(1)]}
    service.server.on(SYNC, first, HANG_UP)
    with pytest.raises(PlatformTrouble):
        service.fetch()
    assert PlatformCursor.objects.get().position == "c1"
    assert len(service.stored()) == 1

    service.has([said(2)])
    assert service.fetch() == 1
    assert service.server.at(SYNC)[-1].json()["cursor"] == "c1"


def test_a_replaced_process_stores_and_moves_nothing(service: Service) -> None:
    service.has([said(1)])

    with pytest.raises(LeaseLost):
        service.fetch(Replaced())

    assert not service.stored()
    assert PlatformCursor.objects.get().position == ""


@pytest.mark.parametrize(
    ("reply", "failure"),
    [(answer({"errcode": 95000, "errmsg": "x"}), FailureKind.MISCONFIGURED), (HANG_UP, FailureKind.RETRY_LATER)],
)
def test_a_list_that_is_refused_stays_due(service: Service, reply: Scripted, failure: FailureKind) -> None:
    service.server.on(SYNC, reply)

    for _ in range(2):
        with pytest.raises(PlatformTrouble) as trouble:
            service.fetch()
        assert trouble.value.result.failure == failure
    assert PlatformCursor.objects.get().fetched_at is None


# --- What is in the list


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("text", {"content": "第一行\n第二行 😀", "menu_id": "101"}, "第一行\n第二行 😀"),
        (
            "location",
            {"latitude": 23.10654, "longitude": 113.32449, "name": "体育中心", "address": "天河路 1 号"},
            "体育中心\n天河路 1 号 (23.106540, 113.324490)",
        ),
        (
            "link",
            {"title": "沙发", "desc": "三人位", "url": "https://a.example/1"},
            "沙发\n三人位\nhttps://a.example/1",
        ),
        ("business_card", {"userid": "ShenYue"}, "[ShenYue]"),
        ("channels", {"sub_type": 1, "nickname": "家居号", "title": "新品"}, "新品\n家居号"),
        ("channels_shop_product", {"product_id": "7", "title": "茶几", "sales_price": "899"}, "茶几\n899"),
        ("channels_shop_order", {"order_id": "D1", "product_titles": "茶几", "state": "已付款"}, "D1\n茶几\n已付款"),
        (
            "merged_msg",
            {
                "title": "聊天记录",
                "item": [
                    {"sender_name": "甲", "msgtype": "text", "msg_content": '{"text":{"content":"在吗"}}'},
                    {"sender_name": "乙", "msgtype": "image", "msg_content": "not json"},
                ],
            },
            "聊天记录\n甲: 在吗\n乙: [image]",
        ),
        ("note", {"x": 1}, "[note]"),
    ],
)
def test_kinds_without_files(service: Service, kind: str, content: dict[str, Any], text: str) -> None:
    (event,) = service.bring(said(1, kind, **content))

    assert event.state == InboundState.DONE
    assert Message.objects.get().text == text


@pytest.mark.parametrize("kind", ["image", "voice", "video", "file", "miniprogram"])
def test_files_are_fetched_by_their_id(service: Service, kind: str) -> None:
    service.server.on(MEDIA, Scripted(200, PNG, {"Content-Type": "image/png"}))

    service.bring(said(1, kind, media_id="media-1", thumb_media_id="media-1", title="订单"))

    assert open_file(Attachment.objects.get().file) == PNG
    assert service.server.at(MEDIA)[0].query["media_id"] == "media-1"


def test_a_file_that_is_gone_leaves_a_word(service: Service) -> None:
    service.server.on(MEDIA, {"errcode": 40007, "errmsg": "invalid media_id"})

    (event,) = service.bring(said(1, "image", media_id="media-1"))

    assert event.state == InboundState.DONE
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (said(1) | {"origin": 5, "servicer_userid": "ShenYue"}, "wecom.staff_message"),
        (said(1) | {"origin": 4}, "wecom.not_from_the_customer"),
        (happened(1, "enter_session", scene="123", welcome_code="w"), "wecom.event_enter_session"),
        (happened(1, "user_recall_msg", recall_msgid="msg-1"), "wecom.event_user_recall_msg"),
        (happened(1, "servicer_status_change", status=1), "wecom.event_servicer_status_change"),
    ],
)
def test_what_no_customer_wrote_opens_nothing(service: Service, message: dict[str, Any], reason: str) -> None:
    (event,) = service.bring(message)

    assert (event.state, event.error_code) == (InboundState.IGNORED, reason)
    assert not Ticket.objects.exists()


def test_a_message_without_sender_is_parked_and_stops_nobody(service: Service) -> None:
    broken, good = service.bring(said(1, who=""), said(2))

    assert (broken.state, good.state) == (InboundState.PARKED, InboundState.DONE)


# --- Who


def test_a_new_customer_has_a_name_and_is_the_same_in_wechat(service: Service) -> None:
    known = Customer.objects.create(name="沈知夏")
    Identity.objects.create(customer=known, kind="wechat_unionid", value="oUnion-1", verified_at="2026-01-01T00:00Z")
    told = {"external_userid": CUSTOMER, "nickname": "小夏", "unionid": "oUnion-1"}
    service.server.on(PERSON, {"errcode": 0, "customer_list": [told, {"external_userid": "wm2", "nickname": "乙"}]})

    service.bring(said(1), said(2))

    assert Ticket.objects.get().customer == known
    assert [asked.json() for asked in service.server.at(PERSON)] == [{"external_userid_list": [CUSTOMER]}]


def test_a_name_that_nobody_tells_does_not_hold_up_the_message(service: Service) -> None:
    service.server.on(PERSON, {"errcode": 48002, "errmsg": "api forbidden"})
    (event,) = service.bring(said(1))
    assert event.state == InboundState.RECEIVED

    for _ in range(4):
        InboundEvent.objects.waiting().update(due_at="2020-01-01T00:00:00Z")
        service.take_in()

    assert Message.objects.count() == 1


def test_names_are_not_asked_for_where_nobody_wants_them(service: Service) -> None:
    service.channel.settings["asks_names"] = False
    service.channel.save()

    service.bring(said(1))

    assert Message.objects.count() == 1
    assert not service.server.at(PERSON)


# --- Out


def test_an_answer_bears_our_own_id(service: Service) -> None:
    service.server.on(SEND, {"errcode": 0, "errmsg": "ok"})

    first, second = send(service), send(service, key="wecom_kf.2")

    asked = [row.json() for row in service.server.at(SEND)]
    assert asked[0] == {
        "touser": CUSTOMER,
        "open_kfid": ACCOUNT,
        "msgtype": "text",
        "text": {"content": "您好"},
        "msgid": first.provider_id,
    }
    assert len(first.provider_id) == 32
    assert first.provider_id != second.provider_id
    assert {first.state, second.state} == {DeliveryState.SENT}


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (95001, FailureKind.OUTSIDE_WINDOW),
        (95013, FailureKind.OUTSIDE_WINDOW),
        (95018, FailureKind.REJECTED),
        (84061, FailureKind.RECIPIENT_GONE),
    ],
)
def test_a_refusal_is_the_result_of_sending(service: Service, code: int, failure: FailureKind) -> None:
    service.server.on(SEND, {"errcode": code, "errmsg": "no"})

    assert send(service).failure == failure
    assert len(service.server.at(SEND)) == 1


@pytest.mark.parametrize(
    ("second", "state"),
    [
        (answer({"errcode": 0, "msgid": "m"}), DeliveryState.SENT),
        (answer({"errcode": 40058, "errmsg": "the id is taken"}), DeliveryState.UNKNOWN),
        (HANG_UP, DeliveryState.UNKNOWN),
    ],
)
def test_a_lost_answer_is_asked_for_under_the_same_id(service: Service, second: Scripted, state: DeliveryState) -> None:
    delivery = queued(service)
    service.server.on(SEND, HANG_UP, second)
    outbox.send_due()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.UNKNOWN

    Delivery.objects.update(due_at="2020-01-01T00:00:00Z")
    outbox.send_due()

    delivery.refresh_from_db()
    assert delivery.state == state
    first, again = (asked.json() for asked in service.server.at(SEND))
    assert first == again


@pytest.mark.parametrize(
    ("reason", "failure"),
    [
        (4, FailureKind.OUTSIDE_WINDOW),
        (6, FailureKind.OUTSIDE_WINDOW),
        (10, FailureKind.RECIPIENT_GONE),
        (99, "rejected"),
    ],
)
def test_a_report_that_it_did_not_arrive_reaches_the_answer(service: Service, reason: int, failure: str) -> None:
    delivery = queued(service)
    service.server.on(SEND, {"errcode": 0, "errmsg": "ok", "msgid": "ours-1"})
    outbox.send_due()

    service.bring(happened(1, "msg_send_fail", fail_msgid="ours-1", fail_type=reason))

    delivery.refresh_from_db()
    assert (delivery.state, delivery.failure) == (DeliveryState.FAILED, failure)


def test_a_report_on_somebody_else_s_message_holds_up_nobody(service: Service) -> None:
    report, words = service.bring(happened(1, "msg_send_fail", fail_msgid="theirs", fail_type=4), said(2))

    assert (report.state, words.state) == (InboundState.RECEIVED, InboundState.DONE)
    assert Message.objects.count() == 1


def test_the_id_fits_what_the_platform_takes(service: Service) -> None:
    connector = registry.get("wecom_kf")
    key = connector.client_key_for(service.channel, ticket_id=1)
    outbound = Outbound(client_key=key, recipients=Recipients(to=(CUSTOMER,)), text="字" * 1000)

    pieces = connector.parts(outbound, service.channel)
    ids = [connector.api_for(piece, service.channel).message_id for piece in pieces]  # type: ignore[attr-defined]

    assert len(set(ids)) == len(pieces) > 1
    assert all(len(word) == 32 and word.isalnum() for word in ids)
    assert connector.api_for(replace(outbound), service.channel).message_id == ids[0]  # type: ignore[attr-defined]
