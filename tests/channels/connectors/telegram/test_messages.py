"""Each kind of message becomes what an agent can read; what happens beside messages is kept and opens nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apps.channels.enums import InboundState
from apps.tickets.models import Ticket
from tests.channels.connectors.bots.side import Account, files
from tests.channels.connectors.telegram.side import BOT, CHAT, CUSTOMER, LI, TOKEN, message, update
from tests.channels.test_media import PNG
from tests.support.platform_server import Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

GET_FILE = f"/bot{TOKEN}/getFile"
FILE = f"/file/bot{TOKEN}/photos/file_1.jpg"


def has_file(account: Account, content: bytes = PNG) -> None:
    account.server.on(GET_FILE, {"ok": True, "result": {"file_id": "f", "file_path": "photos/file_1.jpg"}})
    account.server.on(FILE, Scripted(200, content))


def test_who_wrote_and_when(account: Account) -> None:
    found = account.come(update(message=message(text="hi")))

    assert found.sender_name == "Li 雷"
    assert found.envelope["sent_at"] == "2023-11-14T22:13:20+00:00"
    assert found.envelope["message_id"] == f"{BOT}:{CUSTOMER}:7"
    assert found.ticket.language == "zh-hans"


def test_a_link_with_a_word_brings_the_word(account: Account) -> None:
    found = account.come(update(message=message(text="/start tk_9f")))

    assert (found.text, found.envelope["start"]) == ("/start tk_9f", "tk_9f")


PICTURE = {"photo": [{"file_id": "small", "file_unique_id": "s"}, {"file_id": "large", "file_unique_id": "L1"}]}


@pytest.mark.parametrize(
    ("content", "asked", "name", "text"),
    [
        ({**PICTURE, "caption": "看图"}, "large", "photo-l1.png", "看图"),
        ({"voice": {"file_id": "v", "file_unique_id": "v"}}, "v", "voice-v.png", ""),
        ({"audio": {"file_id": "a", "file_unique_id": "a", "file_name": "歌.mp3"}}, "a", "歌.mp3", ""),
        ({"video": {"file_id": "v", "file_unique_id": "v"}}, "v", "video-v.png", ""),
        ({"video_note": {"file_id": "v", "file_unique_id": "v"}}, "v", "video_note-v.png", ""),
        ({"animation": {"file_id": "g"}, "document": {"file_id": "d"}}, "g", "animation-unnamed.png", ""),
        ({"document": {"file_id": "d", "file_name": "账单.pdf"}, "caption": "账单"}, "d", "账单.pdf", "账单"),
        ({"sticker": {"file_id": "s", "file_unique_id": "s", "emoji": "👍"}}, "s", "sticker-s.png", "👍"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_files_are_fetched(account: Account, content: dict[str, Any], asked: str, name: str, text: str) -> None:
    has_file(account)

    found = account.come(update(message=message(**content)))

    assert (found.text, found.notice, files(found)) == (text, "", [(name, PNG)])
    assert account.server.at(GET_FILE)[0].body == f"file_id={asked}".encode()


@pytest.mark.parametrize(
    ("reply", "notice"),
    [
        (answer({"ok": False, "error_code": 400, "description": "Bad Request: file is too big"}, 400), "too_large"),
        (answer({"ok": False, "error_code": 400, "description": "Bad Request: invalid file_id"}, 400), "gone"),
        (answer({"ok": True, "result": {}}), "gone"),
    ],
    ids=["too-large", "invalid", "no-path"],
)
def test_a_file_that_is_not_to_be_had_leaves_a_notice(account: Account, reply: Scripted, notice: str) -> None:
    account.server.on(GET_FILE, reply)

    found = account.come(update(message=message(**PICTURE)))

    assert (found.notice, files(found)) == (f"media_{notice}", [])


def test_a_message_waits_for_its_file_and_tells_no_token(account: Account) -> None:
    account.server.on(GET_FILE, answer({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401))
    account.post(update(message=message(**PICTURE)))

    row = account.take_in()[0]

    assert row.state == InboundState.RECEIVED
    assert TOKEN not in row.error


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"location": {"latitude": 31.2304, "longitude": 121.4737}}, "31.230400, 121.473700"),
        (
            {
                "venue": {"location": {"latitude": 1, "longitude": 2}, "title": "店", "address": "路 1 号"},
                "location": {},
            },
            "店\n路 1 号 (1.000000, 2.000000)",
        ),
        ({"location": {"latitude": "NaN", "longitude": 121.4737}}, "[location]"),
        ({"location": {"latitude": 91, "longitude": 0}}, "[location]"),
        ({"contact": {"phone_number": "8613800000000", "first_name": "Wang"}}, "Wang\n8613800000000"),
        ({"dice": {"emoji": "🎲", "value": 6}}, "🎲 6"),
        ({"poll": {"question": "哪个？", "options": [{"text": "甲"}, {"text": "乙"}]}}, "哪个？\n- 甲\n- 乙"),
    ],
    ids=["location", "venue", "nan", "nowhere", "contact", "dice", "poll"],
)
def test_what_is_no_text_is_told_in_words(account: Account, content: dict[str, Any], text: str) -> None:
    assert account.come(update(message=message(**content))).text == text


@pytest.mark.parametrize(("whose", "is_proof"), [(CUSTOMER, True), (43, False), (None, False)])
def test_only_the_own_card_proves_a_number(account: Account, whose: int | None, is_proof: bool) -> None:
    card = {"phone_number": "8613800000000", "first_name": "Li", "user_id": whose}

    found = account.come(update(message=message(contact=card)))

    phones = found.customer.identities.filter(kind="phone")  # type: ignore[union-attr]
    assert [row.value for row in phones] == (["+8613800000000"] if is_proof else [])


def test_an_edit_stands_beside_what_was_written(account: Account) -> None:
    first = account.come(update(1, message=message(text="3 个")))
    edit = {"edited_message": message(text="4 个", edit_date=1700000060)}
    second = account.come(update(2, **edit))
    account.post(update(2, **edit))

    assert (second.text, second.notice, second.ticket_id) == ("4 个", "edited", first.ticket_id)
    assert second.envelope["sent_at"] == "2023-11-14T22:14:20+00:00"
    assert len(account.take_in()) == 2


def test_a_pressed_button_is_what_stood_on_it_and_is_answered(account: Account) -> None:
    keyboard = {"inline_keyboard": [[{"text": "退货", "callback_data": "return:1"}]]}
    pressed = {"id": "cb1", "from": LI, "message": message(31, reply_markup=keyboard), "data": "return:1"}

    reply = account.post(update(callback_query=pressed))
    account.take_in()

    assert reply.json() == {"method": "answerCallbackQuery", "callback_query_id": "cb1"}
    found = Ticket.objects.get().messages.get()
    assert (found.text, found.envelope["button"]) == ("退货", "return:1")


def test_a_reaction_wakes_nobody(account: Account) -> None:
    first = account.come(update(1, message=message(text="好的")))
    reaction = {"chat": CHAT, "user": LI, "message_id": 31, "date": 1700000000}
    found = account.come(update(2, message_reaction={**reaction, "new_reaction": [{"type": "emoji", "emoji": "👍"}]}))

    assert (found.text, found.notice, found.is_automatic) == ("👍", "reaction", True)
    assert found.ticket_id == first.ticket_id
    withdrawn = {**reaction, "new_reaction": []}
    assert account.reason(update(3, message_reaction=withdrawn)) == "telegram.reaction_withdrawn"


def test_a_private_account_of_the_company(account: Account) -> None:
    first = account.come(update(1, business_message=message(text="在吗", business_connection_id="bc1")))
    gone = {"business_connection_id": "bc1", "chat": CHAT, "message_ids": [7]}
    found = account.come(update(2, deleted_business_messages=gone))
    own = message(8, text="您好", business_connection_id="bc1") | {"from": {"id": 9, "first_name": "Staff"}}

    assert (found.notice, found.is_automatic, found.ticket_id) == ("unsent", True, first.ticket_id)
    assert account.reason(update(3, business_message=own)) == "telegram.written_in_app"
    account.server.on(f"/bot{TOKEN}/sendMessage", {"ok": True, "result": {"message_id": 31}})
    account.send("好", in_reply_to="telegram.k", references=(f"{BOT}:{CUSTOMER}:7",))
    assert b"business_connection_id=bc1" in account.server.asked[0].body


@pytest.mark.parametrize(
    ("happened", "reason"),
    [
        ({"message": message(text="/start")}, "started"),
        ({"message": message(text="x") | {"chat": {"id": -1, "type": "group"}}}, "group_message"),
        ({"message": message(text="x") | {"from": {**LI, "is_bot": True}}}, "written_by_a_bot"),
        ({"channel_post": {"message_id": 1, "chat": {"id": -2, "type": "channel"}}}, "channel_post"),
        ({"my_chat_member": {"chat": CHAT, "from": LI, "new_chat_member": {"status": "kicked"}}}, "blocked"),
        ({"my_chat_member": {"chat": CHAT, "from": LI, "new_chat_member": {"status": "member"}}}, "unblocked"),
        ({"poll": {"id": "1"}}, "event_poll"),
        ({"inline_query": {"id": "1", "from": LI}}, "event_inline_query"),
        ({"Something new/..": {}}, "event_something_new"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_has_no_words_is_kept_and_opens_nothing(account: Account, happened: Any, reason: str) -> None:
    assert account.reason(update(**happened)) == f"telegram.{reason}"
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("fields", [{"from": None}, {"chat": {}}, {"message_id": None}])
def test_a_message_of_nobody_is_parked(account: Account, fields: dict[str, Any]) -> None:
    account.post(update(message=message(text="x") | fields))

    assert account.take_in()[0].error_code == "channels.unreadable"


def test_two_bots_count_their_messages_apart(account: Account) -> None:
    account.come(update(1, message=message(text="one")))
    account.channel.secrets = {**account.channel.secrets, "bot_token": "7002:other"}
    account.channel.save()

    assert account.come(update(1, message=message(text="two"))).text == "two"


def test_the_sample_of_the_documents(account: Account) -> None:
    sample = (
        '{"update_id":9001,"message":{"message_id":7,"from":{"id":42,"is_bot":false,"first_name":"Li"},'
        '"chat":{"id":42,"type":"private"},"date":1700000000,"text":"/start tk_9f"}}'
    )
    assert json.loads(sample)["message"]["text"] == account.come(sample.encode()).text
