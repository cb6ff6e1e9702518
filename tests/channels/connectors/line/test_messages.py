"""Each kind of message becomes what an agent can read; what happens beside messages is kept and opens nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from apps.channels.enums import InboundState
from apps.tickets.models import Ticket
from tests.channels.connectors.bots.side import Account, files
from tests.channels.connectors.line.side import PROFILE, SECRET, call, event, message
from tests.channels.test_media import PNG
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

VECTORS: list[dict[str, str]] = json.loads((Path(__file__).parent / "vectors.json").read_text())
CONTENT = "/v2/bot/message/1/content"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["id"]))
def test_published_signatures_open_the_door(account: Account, vector: dict[str, str]) -> None:
    account.channel.secrets = {"channel_secret": vector["secret"]}
    account.channel.save()
    body, headers = vector["body"].encode(), {"X-Line-Signature": vector["signature"]}

    assert account.post(body, headers).status_code == 200
    assert account.post(body + b" ", headers).status_code == 403


def test_a_call_without_events_is_the_consoles_question(account: Account) -> None:
    assert account.post(call()).status_code == 200
    assert not account.stored()


def test_several_events_of_one_call_are_several_items(account: Account) -> None:
    account.post(call(message(1, text="one"), message(2, text="two"), event("follow", 3)))
    account.post(call(message(2, text="two"), message(4, text="four")))

    rows = account.take_in()
    assert [row.state for row in rows] == [InboundState.DONE] * 2 + [InboundState.IGNORED, InboundState.DONE]
    assert [row.text for row in Ticket.objects.get().messages.order_by("sequence")] == ["one", "two", "four"]


def test_who_wrote_and_when(account: Account) -> None:
    found = account.come(call(message(1, text="こんにちは")))
    account.come(call(message(2, text="again")))

    assert (found.sender_name, found.envelope["sent_at"]) == ("高桥", "2023-11-14T22:13:20+00:00")
    assert len(account.server.at(PROFILE)) == 1
    assert account.server.at(PROFILE)[0].headers["authorization"] == "Bearer stateless-1"


@pytest.mark.parametrize("reply", [answer({"message": "Not found"}, 404), HANG_UP], ids=["404", "hangs-up"])
def test_a_name_that_is_not_told_is_not_waited_for_long(account: Account, reply: Scripted) -> None:
    account.server.on(PROFILE, reply)
    account.post(call(message(1, text="hi")))
    for _ in range(3):
        account.stored()[0].__class__.objects.waiting().update(due_at="2020-01-01T00:00:00Z")
        account.take_in()

    assert Ticket.objects.get().messages.get().text == "hi"


@pytest.mark.parametrize(
    ("kind", "fields", "name"),
    [
        ("image", {"contentProvider": {"type": "line"}, "imageSet": {"id": "s"}}, "image-1.png"),
        ("video", {"duration": 6000}, "video-1.png"),
        ("audio", {"duration": 6000}, "audio-1.png"),
        ("file", {"fileName": "发票.pdf", "fileSize": 20}, "发票.pdf"),
    ],
)
def test_files_are_fetched(account: Account, kind: str, fields: dict[str, Any], name: str) -> None:
    account.server.on(CONTENT, Scripted(200, PNG))

    found = account.come(call(message(1, kind, **fields)))

    assert (found.notice, files(found)) == ("", [(name, PNG)])
    assert account.server.at(CONTENT)[0].headers["authorization"] == "Bearer stateless-1"


def test_a_file_that_is_kept_elsewhere_is_fetched_without_our_token(account: Account) -> None:
    account.server.on("/elsewhere.png", Scripted(200, PNG))
    link = {"type": "external", "originalContentUrl": f"{account.server.url}/elsewhere.png"}

    found = account.come(call(message(1, "image", contentProvider=link)))

    assert [content for _name, content in files(found)] == [PNG]
    assert "authorization" not in account.server.at("/elsewhere.png")[0].headers


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_gone_leaves_a_notice(account: Account, status: int) -> None:
    account.server.on(CONTENT, answer({"message": "gone"}, status))

    found = account.come(call(message(1, "image")))

    assert (found.notice, files(found)) == ("media_gone", [])


@pytest.mark.parametrize("status", [202, 503])
def test_a_message_waits_for_a_file_that_is_not_ready(account: Account, status: int) -> None:
    account.server.on(CONTENT, Scripted(status, b""))
    account.post(call(message(1, "video")))

    row = account.take_in()[0]

    assert row.state == InboundState.RECEIVED
    assert SECRET not in row.error


@pytest.mark.parametrize(
    ("kind", "fields", "text"),
    [
        ("location", {"title": "店", "address": "路 1", "latitude": 35.65, "longitude": 139.7}, "店\n路 1 (35.650000, 139.700000)"),
        ("location", {"latitude": "north"}, "[location]"),
        ("sticker", {"packageId": "1", "stickerId": "2", "keywords": ["happy", "joy"]}, "[sticker] happy, joy"),
        ("sticker", {"packageId": "1", "stickerId": "2"}, "[sticker]"),
    ],
    ids=["location", "nowhere", "sticker", "bare-sticker"],
)  # fmt: skip
def test_what_is_no_text_is_told_in_words(account: Account, kind: str, fields: dict[str, Any], text: str) -> None:
    assert account.come(call(message(1, kind, **fields))).text == text


def test_words_taken_back_are_told_where_they_were_said(account: Account) -> None:
    first = account.come(call(message(1, text="oops")))
    found = account.come(call(event("unsend", 2, unsend={"messageId": "1"})))

    assert (found.notice, found.is_automatic, found.ticket_id) == ("unsent", True, first.ticket_id)


def test_words_taken_back_before_we_heard_them_open_nothing(account: Account) -> None:
    account.post(call(event("unsend", 2, unsend={"messageId": "1"})))

    assert account.take_in()[0].state == InboundState.IGNORED
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("postback", "text"),
    [({"data": "return=1"}, "return=1"), ({"data": "when", "params": {"date": "2026-11-22"}}, "2026-11-22")],
    ids=["button", "date"],
)
def test_a_pressed_button_is_a_message(account: Account, postback: dict[str, Any], text: str) -> None:
    found = account.come(call(event("postback", 1, postback=postback)))

    assert (found.text, found.envelope["button"]) == (text, postback["data"])


@pytest.mark.parametrize(
    "name",
    ["follow", "unfollow", "join", "leave", "memberJoined", "memberLeft", "beacon", "accountLink", "videoPlayComplete",
     "membership", "activated", "deactivated", "botSuspended", "new/.."],
)  # fmt: skip
def test_what_has_no_words_is_kept_and_opens_nothing(account: Account, name: str) -> None:
    assert account.reason(call(event(name))).startswith("line.event_")
    assert not Ticket.objects.exists()


def test_groups_are_not_served(account: Account) -> None:
    group = message(1, text="hi") | {"source": {"type": "group", "groupId": "C1", "userId": "U1"}}

    assert account.reason(call(group)) == "line.group"


@pytest.mark.parametrize("fields", [{"source": {}}, {"message": {"type": "text"}}, {"type": ""}])
def test_a_message_of_nobody_is_parked(account: Account, fields: dict[str, Any]) -> None:
    account.post(call(message(1, text="hi") | fields))

    assert account.take_in()[0].error_code == "channels.unreadable"
