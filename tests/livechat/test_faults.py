"""What happens to a chat when parts of the installation go and come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.test import override_settings

from apps.channels.connectors.protocol import consumers, hints
from contactcenter.embedded.valkey import Valkey
from tests.channels.connectors.app.test_socket import Phone, message, run
from tests.livechat.conftest import Chat

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

SOON = 0.2
"""Seconds between looks that no hint asks for: hints are lost with the broker, and for a moment after it came back."""


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """One of the test's own, for the channel layer alone."""
    server = Valkey(tmp_path / "valkey", tmp_path / "valkey.log")
    server.prepare()
    server.start()
    server.wait_ready()
    layer = {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [server.url]}}
    with override_settings(CHANNEL_LAYERS={"default": layer}):
        yield server
    server.stop()


def test_valkey_restarted_in_the_middle_of_a_chat_costs_no_line(
    chat: Chat, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hints, "HINT_PAUSE", SOON)

    async def story() -> None:
        page = Phone(chat)
        monkeypatch.setattr(consumers, "LOOK_SECONDS", SOON)
        await page.sign_in(chat.guest)
        await page.ask("message.create", message("before", "a"))
        assert await page.lines(1) == [(1, "before")]
        await sync_to_async(valkey.stop)()

        await page.ask("message.create", message("meanwhile", "b"))
        await sync_to_async(chat.answer)("heard all the same", "out-1")
        assert await page.lines(2) == [(2, "meanwhile"), (3, "heard all the same")]

        valkey.start()
        await sync_to_async(valkey.wait_ready)()
        await page.ask("message.create", message("after", "c"))
        await sync_to_async(chat.answer)("and again", "out-2")
        assert await page.lines(2) == [(4, "after"), (5, "and again")]
        await page.hang_up()

    run(story)
    assert chat.log() == ["before", "meanwhile", "heard all the same", "after", "and again"]
    assert len(chat.take_in()) == 3
