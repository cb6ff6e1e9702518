"""A card with buttons: told as one to who shows cards, in words to everybody else, and answered once."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import User
from apps.channels.cards import is_page
from apps.channels.connectors.protocol.messages import tell
from apps.channels.contract import Button, Card, Outbound
from apps.channels.models import ClientConversation, Delivery
from apps.tickets.models import Draft, Message, Ticket
from apps.tickets.services import drafts
from tests.channels.conftest import in_parallel
from tests.livechat.conftest import Chat
from tests.livechat.test_desk import browser
from tests.support.mail_corpus import PNG

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
CARD = Card("Your parcel", "", "https://shop.example.com/p", (Button("Keep it"), Button("Send it back")))
FIELDS = {
    "html": "<p>Which do you want?</p>",
    "card_title": 'Your <b onclick="x">parcel</b>',
    "card_url": "https://shop.example.com/p?a=1&b=2",
    "button_label": ["Keep it", "Terms", ""],
    "button_url": ["", "https://shop.example.com/terms", ""],
}


def told(chat: Chat, token: str | None = None) -> Any:
    return chat.get("messages", token or chat.guest).json()["messages"]


def press(chat: Chat, key: str, sequence: int, button: int, token: str | None = None, **more: Any) -> Any:
    data = {"client_message_id": key, "button": {"sequence": sequence, "id": button}, **more}
    return chat.post("messages", data, token or chat.guest)


def show(chat: Chat, card: Card = CARD) -> int:
    """The card becomes a line of the conversation."""
    conversation = ClientConversation.objects.get()
    return tell(chat.channel, conversation, Outbound(client_key="out-card", text="In words", card=card)).sequence


def test_an_agent_sends_a_card_and_the_answer_comes_back_with_its_title(
    ticket: Ticket, chat: Chat, manager: User
) -> None:
    desk, number = browser(manager), ticket.number
    upload = desk.post(f"/desk/tickets/{number}/uploads/", {"file": SimpleUploadedFile("a.png", PNG)}).json()["id"]
    sent = desk.post(f"/desk/tickets/{number}/replies/", {**FIELDS, "files": [upload]})
    assert sent.status_code == 302, sent.content
    chat.send()

    line = told(chat)[-1]
    assert line["card"] == {
        "title": FIELDS["card_title"],
        "text": "Which do you want?",
        "url": FIELDS["card_url"],
        "buttons": [
            {"id": 1, "label": "Keep it", "url": ""},
            {"id": 2, "label": "Terms", "url": "https://shop.example.com/terms"},
        ],
        "picture": line["attachments"][0]["id"],
        "pressed": None,
    }
    for word in ("parcel", "Which do you want?", "Keep it", "https://shop.example.com/terms"):
        assert word in line["text"]
    page = desk.get(f"/desk/tickets/{number}/").content.decode()
    assert "Keep it" in page
    assert "<b onclick" not in page

    assert [press(chat, "p", line["sequence"], 1).json()["text"] for _ in range(2)] == ["Keep it"] * 2
    chat.arrive()

    card, answer = told(chat)[-2:]
    assert (card["card"]["pressed"], answer["button"]) == (1, {"sequence": card["sequence"], "id": 1})
    message = Message.objects.filter(kind="customer").order_by("-sequence")[0]
    assert (message.text, message.quoted, message.ticket) == ("Keep it", FIELDS["card_title"], ticket)


def test_of_two_who_press_at_once_one_is_heard(chat: Chat) -> None:
    chat.write("hello", "a")
    sequence = show(chat)

    assert press(chat, "one", sequence, 1).status_code == 200
    late = press(chat, "two", sequence, 2)

    assert (late.status_code, late.json()["code"]) == (409, "channels.button_used")
    assert chat.log() == ["hello", "In words", "Keep it"]


@pytest.mark.django_db(transaction=True)
def test_devices_that_press_in_the_same_moment_say_one_thing(chat: Chat) -> None:
    chat.write("hello", "a")
    sequence = show(chat)

    def pressed(place: int) -> int:
        return int(press(Chat(chat.channel, guest=chat.guest), f"k{place}", sequence, place % 2 + 1).status_code)

    assert sorted(in_parallel(4, pressed)) == [200, 409, 409, 409]
    assert len(chat.log()) == 3


@pytest.mark.parametrize(
    ("line", "button", "more", "status"),
    [
        (2, 2, {}, 422),
        (2, 3, {}, 422),
        (1, 1, {}, 422),
        (9, 1, {}, 422),
        (2, 0, {}, 400),
        (2, "1", {}, 400),
        (2, 1, {"text": "and more"}, 400),
    ],
    ids=["link", "unknown", "own-line", "no-line", "zero", "text", "with-words"],
)
def test_nothing_else_can_be_pressed(chat: Chat, line: int, button: Any, more: dict[str, Any], status: int) -> None:
    chat.write("hello", "a")
    show(chat, Card("Terms", buttons=(Button("Yes"), Button("Read them", "https://shop.example.com/"))))
    before = chat.counts()

    assert press(chat, "p", line, button, **more).status_code == status
    neighbour = chat.neighbour()
    assert press(neighbour, "p", 2, 1).status_code == 422
    assert told(chat)[-1]["card"]["pressed"] is None
    assert chat.counts() == (before[0] + 1, *before[1:])


@pytest.mark.parametrize(
    "wrong",
    [
        {"card_title": ""},
        {"card_title": "x" * 101},
        {"card_url": "javascript:alert(1)"},
        {"card_url": "https://bank.example@evil.example/"},
        {"button_label": ["x"] * 6, "button_url": [""] * 6},
        {"button_label": [""], "button_url": ["https://shop.example.com/"]},
        {"button_label": ["x"], "button_url": ["data:text/html,x"]},
        {"card_title": "Pay \u202e001\u202c now"},
        {"card_url": "https://shop.example.com/\u202egpj.exe"},
        {"button_label": ["Ye\u200bs"], "button_url": [""]},
    ],
    ids=["untitled", "long", "script", "disguised", "many", "unnamed", "data", "turned", "turned-link", "unseen"],
)
def test_wrong_cards_are_not_sent(ticket: Ticket, chat: Chat, manager: User, wrong: dict[str, Any]) -> None:
    answer = browser(manager).post(f"/desk/tickets/{ticket.number}/replies/", {**FIELDS, **wrong})

    assert answer.status_code == 422
    assert not Message.objects.filter(kind="agent").exists()
    assert not Delivery.objects.exists()


def test_a_card_that_is_being_written_is_kept(ticket: Ticket, manager: User) -> None:
    desk = browser(manager)
    fields = {name: FIELDS[name] for name in ("card_title", "card_url", "button_label", "button_url")}

    desk.post(f"/desk/tickets/{ticket.number}/draft/", {"kind": "reply", "html": "<p>x</p>", **fields})

    card = drafts.card_of(Draft.objects.get().data)
    assert card is not None
    assert card.buttons == (Button("Keep it"), Button("Terms", "https://shop.example.com/terms"))
    assert drafts.card_of(drafts.card_fields(card)) == card
    assert "https://shop.example.com/terms" in desk.get(f"/desk/tickets/{ticket.number}/").content.decode()


@pytest.mark.parametrize("url", ["http://a.example/?x=1#y", "https://例子.example/"], ids=["plain", "chinese"])
def test_pages_may_be_linked(url: str) -> None:
    assert is_page(url)
