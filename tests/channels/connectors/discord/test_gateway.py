"""The gateway over a real socket: a session is begun once and gone on with; nothing is passed that is not stored."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.sync.server import ServerConnection

from apps.channels import registry
from apps.channels.connectors.discord import gateway
from apps.channels.errors import StorageFull
from apps.channels.models import Channel, InboundEvent, PlatformCursor
from apps.channels.services import inbox
from apps.channels.streams import StreamBroken
from tests.channels.connectors.discord.conftest import BOT, TOKEN, Discord, message
from tests.channels.connectors.wecom.conftest import HeldForever
from tests.support.stream_server import StreamServer, stay, stream_server

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "INVALID_PAUSE", (0.0, 0.0))
    monkeypatch.setattr(gateway, "PAUSE_SECONDS", 0.0)


class Play:
    """The platform's side of each connection; the last one ends the listening."""

    def __init__(self, discord: Discord) -> None:
        self.discord = discord
        self.stop = threading.Event()
        self.server: StreamServer
        self.told: list[dict[str, Any]] = []

    def listen(self, *scripts: Callable[[ServerConnection], None]) -> None:
        with stream_server(*scripts) as self.server:
            limit = {"session_start_limit": {"remaining": 9}}
            self.discord.server.on("/gateway/bot", {"url": self.server.url, **limit})
            registry.get("discord").listen(self.discord.channel, HeldForever(), self.stop)

    def greet(self, peer: ServerConnection, interval: float = 60_000) -> dict[str, Any]:
        peer.send(json.dumps({"op": 10, "d": {"heartbeat_interval": interval}}))
        self.told.append(json.loads(self.server.hear(peer)))
        return self.told[-1]

    def ready(self, peer: ServerConnection) -> None:
        self.greet(peer)
        about = {"session_id": "s1", "resume_gateway_url": self.server.url, "user": {"id": BOT}}
        self.say(peer, 1, "READY", about)

    def say(self, peer: ServerConnection, number: int, name: str, data: dict[str, Any]) -> None:
        peer.send(json.dumps({"op": 0, "s": number, "t": name, "d": data}))

    def end(self, peer: ServerConnection) -> None:
        self.stop.set()
        stay(peer)


@pytest.fixture
def play(discord: Discord) -> Play:
    return Play(discord)


def position(channel: Channel) -> list[Any]:
    row = PlatformCursor.objects.get(channel=channel)
    return list(json.loads(row.position)) if row.position else []


def test_a_session_is_begun_and_gone_on_with_where_the_platform_asks(play: Play) -> None:
    def first(peer: ServerConnection) -> None:
        play.ready(peer)
        play.say(peer, 2, "MESSAGE_CREATE", message("1"))
        play.say(peer, 3, "TYPING_START", {})
        peer.send('{"op":7}')
        stay(peer)

    def second(peer: ServerConnection) -> None:
        play.greet(peer)
        play.say(peer, 2, "MESSAGE_CREATE", message("1"))
        play.say(peer, 4, "MESSAGE_CREATE", message("2"))
        play.say(peer, 5, "RESUMED", {})
        peer.send('{"op":1}')
        play.server.hear(peer)
        play.end(peer)

    play.listen(first, second)

    begun, resumed = play.told
    assert begun["op"] == 2
    assert (begun["d"]["token"], begun["d"]["intents"]) == (TOKEN, 1 << 12 | 1 << 9)
    assert resumed == {"op": 6, "d": {"token": TOKEN, "session_id": "s1", "seq": 3}}
    assert json.loads(play.server.heard[-1]) == {"op": 1, "d": 5}
    assert play.server.paths == ["/?v=10&encoding=json"] * 2
    assert InboundEvent.objects.count() == 2
    assert position(play.discord.channel) == [5, "s1", play.server.url, BOT]
    assert len(play.discord.server.at("/gateway/bot")) == 1


def test_a_session_whose_address_is_gone_goes_on_at_the_ordinary_one(play: Play) -> None:
    def first(peer: ServerConnection) -> None:
        play.greet(peer)
        play.end(peer)

    gone = json.dumps([7, "s1", "ws://127.0.0.1:9", BOT])
    PlatformCursor.objects.create(channel=play.discord.channel, account=gateway.ACCOUNT, position=gone)

    play.listen(first)

    assert play.told == [{"op": 6, "d": {"token": TOKEN, "session_id": "s1", "seq": 7}}]


def test_the_number_does_not_pass_what_was_not_stored(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise StorageFull

    def tell(peer: ServerConnection) -> None:
        play.ready(peer)
        play.say(peer, 2, "MESSAGE_CREATE", message("1"))
        stay(peer)

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "require_room", full)
        with pytest.raises(StorageFull):
            play.listen(tell)
    assert (position(play.discord.channel)[0], InboundEvent.objects.count()) == (1, 0)


@pytest.mark.parametrize("can_resume", [True, False])
def test_an_invalid_session_is_begun_anew_unless_it_can_go_on(play: Play, can_resume: bool) -> None:
    def first(peer: ServerConnection) -> None:
        play.ready(peer)
        peer.send(json.dumps({"op": 9, "d": can_resume}))
        stay(peer)

    def second(peer: ServerConnection) -> None:
        play.greet(peer)
        play.end(peer)

    play.listen(first, second)

    assert [row["op"] for row in play.told] == [2, 6 if can_resume else 2]


@pytest.mark.parametrize(("code", "is_kept"), [(4000, True), (4007, False), (4009, False), (1001, True)])
def test_a_connection_that_breaks_off_passes_out(play: Play, code: int, is_kept: bool) -> None:
    def tell(peer: ServerConnection) -> None:
        play.ready(peer)
        peer.close(code)

    with pytest.raises(StreamBroken):
        play.listen(tell)
    assert bool(position(play.discord.channel)) is is_kept


@pytest.mark.parametrize("code", sorted(gateway.FOR_A_PERSON))
def test_what_needs_a_person_is_told_and_not_tried_again(play: Play, code: int) -> None:
    listening = threading.Event()

    def tell(peer: ServerConnection) -> None:
        play.greet(peer)
        peer.close(code)
        listening.set()

    def stop_when_told() -> None:
        listening.wait(30)
        until = time.monotonic() + 30
        while time.monotonic() < until and not told.is_set():
            told.wait(0.05)
        play.stop.set()

    told = threading.Event()
    noted: list[str] = []

    def note(channel_id: int, *, code: str, detail: str = "") -> None:
        noted.append(detail)
        told.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gateway.health, "note_error", note)
        watcher = threading.Thread(target=stop_when_told)
        watcher.start()
        play.listen(tell)
        watcher.join(30)

    assert [str(code) in detail for detail in noted] == [True]
    assert TOKEN not in noted[0]
    assert len(play.server.paths) == 1


def test_a_heart_that_nobody_hears_ends_the_connection(play: Play) -> None:
    def deaf(peer: ServerConnection) -> None:
        play.greet(peer, interval=10)
        stay(peer)

    with pytest.raises(StreamBroken):
        play.listen(deaf)


def test_a_heart_that_is_heard_goes_on_beating(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is the test's: a machine that stands still for a moment would make any short interval too short."""
    beats: list[Any] = []
    past = [0.0]
    monkeypatch.setattr(gateway, "time", SimpleNamespace(monotonic=lambda: past[0]))

    def hear(peer: ServerConnection) -> None:
        play.greet(peer, interval=10_000)
        while len(beats) < 2:
            peer.send('{"op":1}')
            play.server.hear(peer)  # so all before it was heard, too
            past[0] += 10
            beats.append(json.loads(play.server.hear(peer)))
            peer.send('{"op":11}')
        play.end(peer)

    play.listen(hear)

    assert beats == [{"op": 1, "d": None}] * 2


def test_the_content_of_messages_is_asked_for_where_everything_is_heard(play: Play) -> None:
    play.discord.channel.settings = {**play.discord.channel.settings, "hears": "everything"}

    def tell(peer: ServerConnection) -> None:
        play.greet(peer)
        play.end(peer)

    play.listen(tell)

    assert play.told[0]["d"]["intents"] & gateway.MESSAGE_CONTENT


@pytest.mark.parametrize("told", [{"url": ""}, {"url": "ws://127.0.0.1:1", "session_start_limit": {"remaining": 0}}])
def test_without_an_address_or_a_session_left_it_waits(play: Play, told: dict[str, Any]) -> None:
    play.discord.server.on("/gateway/bot", told)

    with pytest.raises(StreamBroken):
        registry.get("discord").listen(play.discord.channel, HeldForever(), play.stop)


def test_a_frame_that_is_no_json_ends_the_connection(play: Play) -> None:
    with pytest.raises(StreamBroken):
        play.listen(lambda peer: peer.send("<html>") or stay(peer))
