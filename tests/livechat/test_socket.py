"""The chat over a socket: its own commands and signals, and the refusals of the protocol."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from apps.livechat.models import ChatSession
from apps.livechat.services.typing import agent_types
from apps.tickets.models import Ticket
from tests.channels.connectors.app.test_socket import Phone, message, run
from tests.livechat.conftest import Chat

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


def test_typing_and_the_end_go_over_the_socket(chat: Chat) -> None:
    async def story() -> None:
        page = Phone(chat)
        await page.sign_in(chat.guest)
        await page.ask("message.create", message("hello", "a"))
        await sync_to_async(chat.arrive)()
        await page.ask("typing", {})
        await sync_to_async(agent_types)(await sync_to_async(lambda: Ticket.objects.get().pk)())
        assert await page.until("typing") == {}
        await page.ask("chat.end", {})
        while (line := await page.until("message.created")).get("event") != "chat.ended":
            assert line["text"] == "hello"
        await page.hang_up()

    run(story)
    assert not ChatSession.objects.get().is_open


@pytest.mark.parametrize(
    ("origin", "token", "frame", "code"),
    [
        ("https://evil.example", "", "", 4403),
        ("", "guest_forged", "", 4401),
        ("", "", '{"type": "chat.end", "id": 1, "data": {}}', 4401),
        ("", "", "x" * 70_000, 1009),
    ],
    ids=["foreign", "forged", "unproved", "oversize"],
)
def test_who_may_not_ends_nothing(chat: Chat, origin: str, token: str, frame: str, code: int) -> None:
    chat.write("hello", "a")
    before = chat.all_counts()

    async def story() -> None:
        page = Phone(chat, origin)
        await page.open()
        if token:
            await page.say({"type": "authenticate", "id": 1, "data": {"token": token}})
        elif frame:
            await page.say(frame)
        assert await page.closed() == code

    run(story)
    assert ChatSession.objects.get().is_open
    assert chat.all_counts() == before
