"""The same protocol over a socket: real frames against the real application, with and without the channel layer."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.db import OperationalError
from django.test import override_settings

from apps.channels.connectors.protocol import consumers, messages, tokens
from apps.channels.enums import DeliveryState
from apps.channels.models import Delivery
from contactcenter.asgi import application
from tests.channels.connectors.app.conftest import App, Configure

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]
PATIENCE = 60
SHOP = "https://shop.example.com"


class Phone(ApplicationCommunicator):  # type: ignore[misc]  # asgiref ships no types for its test client
    """A client on a line of its own. It has no cookie, and an origin only where it is a page."""

    def __init__(self, app: App, origin: str = "") -> None:
        headers = [(b"host", b"localhost"), (b"accept-language", b"en")]
        headers += [(b"origin", origin.encode())] if origin else []
        path = f"/app/v1/{app.channel.key}/socket/"
        scope = {"type": "websocket", "path": path, "query_string": b"", "headers": headers, "client": ("10.1.1.1", 5)}
        super().__init__(application, scope)
        self.kept: list[dict[str, Any]] = []

    async def open(self) -> None:
        await self.send_input({"type": "websocket.connect"})
        assert (await self.receive_output(PATIENCE))["type"] == "websocket.accept"

    async def sign_in(self, token: str, **more: Any) -> dict[str, Any]:
        await self.open()
        return await self.ask("authenticate", {"token": token, **more}, until="ready")

    async def say(self, frame: Any) -> None:
        await self.send_input(
            {"type": "websocket.receive", "text": frame if isinstance(frame, str) else json.dumps(frame)}
        )

    async def ask(self, kind: str, data: Any, until: str = "ack") -> dict[str, Any]:
        """What is said between question and answer is kept."""
        await self.say({"type": kind, "id": "q", "data": data})
        return await self.until(until)

    async def until(self, kind: str) -> dict[str, Any]:
        while True:
            frame = await self.hear()
            if frame["type"] == kind:
                return dict(frame["data"])
            self.kept.append(frame)

    async def hear(self) -> dict[str, Any]:
        frame = await self.receive_output(PATIENCE)
        assert frame["type"] == "websocket.send", frame
        return dict(json.loads(frame["text"]))

    async def lines(self, count: int) -> list[tuple[int, str]]:
        """The next so many messages."""
        found = [frame["data"] for frame in self.kept if frame["type"] == "message.created"]
        self.kept.clear()
        while len(found) < count:
            found.append(await self.until("message.created"))
        return [(line["sequence"], line["text"]) for line in found]

    async def closed(self) -> int:
        while (frame := await self.receive_output(PATIENCE))["type"] != "websocket.close":
            self.kept.append(json.loads(frame["text"]))
        return int(frame["code"])

    async def hang_up(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(PATIENCE)


Story = Callable[[], Awaitable[None]]


def run(story: Story) -> None:
    async_to_sync(story)()


def message(text: str, key: str) -> dict[str, Any]:
    return {"client_message_id": key, "text": text}


def test_a_conversation_over_a_socket(app: App) -> None:
    token = app.token()

    async def story() -> None:
        phone = Phone(app)
        ready = await phone.sign_in(token)
        assert (ready["user"]["id"], ready["conversation"]["last_sequence"]) == ("user-42", 0)
        told = await phone.ask("message.create", message("hello", "m1"))
        assert (told["sequence"], told["state"]) == (1, "accepted")
        assert await phone.lines(1) == [(1, "hello")]
        await sync_to_async(app.tell)("How can I help?")
        assert await phone.lines(1) == [(2, "How can I help?")]
        assert (await phone.ask("receipt", {"read": 2}))["read"] == 2
        assert [line["sequence"] for line in (await phone.ask("messages.list", {"after": 1}))["messages"]] == [2]
        await phone.ask("ping", {}, until="pong")
        await phone.hang_up()

    run(story)
    assert Delivery.objects.get().state == DeliveryState.READ
    assert len(app.take_in()) == 1


def test_who_comes_back_gets_what_was_missed_in_order_and_nothing_twice(app: App) -> None:
    for number in (1, 2, 3):
        app.say(f"text {number}", key=f"m{number}")
    token = app.token()

    async def story() -> None:
        phone = Phone(app)
        await phone.sign_in(token, after=1)
        assert await phone.lines(2) == [(2, "text 2"), (3, "text 3")]
        await phone.hang_up()
        await sync_to_async(app.tell)("while you were away")
        again = Phone(app)
        await again.sign_in(token, after=3)
        assert await again.lines(1) == [(4, "while you were away")]
        await again.ask("ping", {}, until="pong")
        assert again.kept == []
        await again.hang_up()

    run(story)


def test_two_devices_send_the_same_and_hear_of_each_other(app: App) -> None:
    token = app.token()

    async def story() -> None:
        one, two = Phone(app), Phone(app)
        await one.sign_in(token)
        await two.sign_in(token)
        first, second = await asyncio.gather(
            one.ask("message.create", message("twin", "t")), two.ask("message.create", message("twin", "t"))
        )
        assert first == second
        assert await one.lines(1) == await two.lines(1) == [(1, "twin")]
        await sync_to_async(app.tell)("answer")
        assert await one.lines(1) == await two.lines(1) == [(2, "answer")]
        await one.ask("receipt", {"read": 2})
        assert await two.until("receipt") == {"delivered": 2, "read": 2}
        await one.hang_up()
        await two.hang_up()

    run(story)
    assert len(app.take_in()) == 1


@pytest.fixture
def no_layer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The channel layer's server is gone; looks come often enough for a test."""
    monkeypatch.setattr(consumers, "LOOK_SECONDS", 0.2)
    layers = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"]},
        }
    }
    with override_settings(CHANNEL_LAYERS=layers):
        yield


@pytest.mark.usefixtures("no_layer")
def test_without_the_channel_layer_everything_still_arrives(app: App) -> None:
    token = app.token()

    async def story() -> None:
        phone = Phone(app)
        await phone.sign_in(token)
        await phone.ask("message.create", message("hello", "m1"))
        assert await phone.lines(1) == [(1, "hello")]
        await sync_to_async(app.tell)("still here")
        assert await phone.lines(1) == [(2, "still here")]
        await phone.hang_up()

    run(story)


def test_nobody_hears_what_is_somebody_elses(app: App) -> None:
    alice, mallory = app.token("alice"), app.token("mallory")

    async def story() -> None:
        hers, his = Phone(app), Phone(app)
        await hers.sign_in(alice)
        await his.sign_in(mallory)
        await hers.ask("message.create", message("my secret", "a"))
        await sync_to_async(app.tell)("for alice", user="alice")
        assert await hers.lines(2) == [(1, "my secret"), (2, "for alice")]
        assert (await his.ask("messages.list", {}))["messages"] == []
        assert (await his.ask("receipt", {"read": 9}))["read"] == 0
        assert his.kept == []
        await hers.hang_up()
        await his.hang_up()

    run(story)
    assert Delivery.objects.get().state == DeliveryState.SENT


def test_without_proof_nothing_is_done(app: App) -> None:
    wrong, right = app.token(aud="other"), app.token("somebody")

    async def story() -> None:
        phone = Phone(app)
        await phone.open()
        await phone.say({"type": "message.create", "id": 1, "data": message("x", "a")})
        assert await phone.closed() == consumers.UNPROVED
        phone = Phone(app)
        await phone.open()
        await phone.say({"type": "authenticate", "data": {"token": wrong}})
        assert await phone.closed() == consumers.UNPROVED
        assert phone.kept[0]["data"]["code"] == "channels.token_refused"
        phone = Phone(app)
        await phone.sign_in(right)
        await phone.say({"type": "authenticate", "data": {"token": app.token("another")}})
        assert await phone.closed() == consumers.UNPROVED

    run(story)
    assert app.counts() == (2, 0, 0)  # both who proved themselves; nobody said anything


def test_who_says_nothing_is_sent_away(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "PROOF_SECONDS", 0.1)

    async def story() -> None:
        phone = Phone(app)
        await phone.open()
        assert await phone.closed() == consumers.UNPROVED

    run(story)


def test_a_database_that_is_away_for_a_moment_ends_no_socket(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "LOOK_SECONDS", 0.2)
    token, news_of_all, failed = app.token(), messages.news_of_all, threading.Event()

    def away(*args: Any, **kwargs: Any) -> Any:
        failed.set()
        raise OperationalError

    async def story() -> None:
        phone = Phone(app)
        await phone.sign_in(token)
        monkeypatch.setattr(messages, "news_of_all", away)
        await sync_to_async(app.tell)("said meanwhile")
        assert await asyncio.to_thread(failed.wait, PATIENCE)
        monkeypatch.setattr(messages, "news_of_all", news_of_all)
        assert await phone.lines(1) == [(1, "said meanwhile")]
        await phone.hang_up()

    run(story)


def test_a_token_that_ends_ends_the_socket_unless_it_is_renewed(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "LOOK_SECONDS", 0.2)
    ended, lasting = app.token(exp=int(time.time()) - 1), app.token()

    async def story() -> None:
        one, two = Phone(app), Phone(app)
        await one.sign_in(ended)  # by the minute that clocks may differ
        await two.sign_in(ended)
        await two.ask("authenticate", {"token": lasting}, until="ready")
        monkeypatch.setattr(tokens, "TOLERANCE", timedelta(0))  # the minute is over
        assert await one.closed() == consumers.UNPROVED
        await two.ask("message.create", message("still here", "a"))
        await two.hang_up()

    run(story)
    assert app.lines() == [(1, "customer", "still here")]


def test_what_is_cut_off_reaches_open_sockets(app: App, configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "LOOK_SECONDS", 0.2)
    configure(takes_guests=True)
    guest, user = app.post("session", token="").json()["guest_token"], app.token()
    app.say("as a guest", token=guest)

    def close_channel() -> None:
        app.channel.is_active = False
        app.channel.save()

    async def story() -> None:
        first, second = Phone(app), Phone(app)
        await first.sign_in(guest)
        await second.sign_in(user)
        await sync_to_async(app.post)("session", {"guest_token": guest}, user)
        assert await first.closed() == consumers.UNPROVED
        assert await second.lines(1) == [(1, "as a guest")]
        await sync_to_async(app.tell)("welcome")
        assert await second.lines(1) == [(2, "welcome")]
        await sync_to_async(close_channel)()
        assert await second.closed() == 4404

    run(story)


@pytest.mark.parametrize(
    ("origin", "is_welcome"),
    [("", True), (SHOP, True), ("https://evil.example", False), ("null", False), (SHOP + ".evil.example", False)],
)
def test_pages_of_listed_sites_may_connect(app: App, configure: Configure, origin: str, is_welcome: bool) -> None:
    configure(allowed_domains=[SHOP])

    async def story() -> None:
        phone = Phone(app, origin)
        await phone.open()
        if is_welcome:
            await phone.ask("ping", {}, until="pong")
            await phone.hang_up()
        else:
            assert await phone.closed() == 4403

    run(story)


def test_bad_frames_are_told_and_the_socket_goes_on(app: App) -> None:
    token = app.token()
    frames: list[tuple[Any, str]] = [
        ("nonsense", "api.malformed_body"),
        ("[" * 5000, "api.malformed_body"),
        ("[]", "api.malformed_body"),
        ('{"type": "ping", "id": "\\ud800"}', "api.malformed_body"),
        ({"type": "sing"}, "channels.unknown_frame"),
        ({"type": ["ping"]}, "channels.unknown_frame"),
        ({}, "channels.unknown_frame"),
        ({"type": "message.create", "data": "x"}, "api.invalid_request"),
        ({"type": "message.create", "data": {"client_message_id": "a"}}, "api.invalid_request"),
        ({"type": "message.create", "data": {**message("x", "a"), "sender": "agent"}}, "api.invalid_request"),
        ({"type": "receipt", "data": {"read": 1e400}}, "api.malformed_body"),
        ({"type": "receipt", "data": {"read": -1}}, "api.invalid_request"),
        ({"type": "authenticate", "data": {"token": 5, "x": 1}}, "api.invalid_request"),
    ]

    async def story() -> None:
        phone = Phone(app)
        await phone.sign_in(token)
        for frame, code in frames:
            await phone.say(frame)
            told = await phone.until("error")
            assert told["code"] == code, frame
        await phone.ask("message.create", message("fine", "a"))
        await phone.hang_up()

    run(story)
    assert app.lines() == [(1, "customer", "fine")]


def test_too_large_too_many_and_binary_frames_end_the_socket(app: App) -> None:
    async def story() -> None:
        for frame, count, code in (
            ({"text": "x" * (consumers.MAX_FRAME + 1)}, 1, consumers.TOO_LARGE),
            ({"bytes": b"x"}, 1, consumers.NOT_TEXT),
            ({"text": '{"type": "ping"}'}, consumers.BURST + 30, consumers.TOO_MANY),
        ):
            phone = Phone(app)
            await phone.open()
            for _ in range(count):
                await phone.send_input({"type": "websocket.receive", **frame})
            assert await phone.closed() == code

    run(story)


@pytest.mark.parametrize(
    "origin",
    [
        b"https://evil.example", b"null", b"", None, b"http://localhost.evil.example", b"http://evil-localhost",
        b"http://localhost@evil.example", b"http://localhost\\.evil.example", b"\xff",
    ],
)  # fmt: skip
def test_a_staff_socket_still_asks_for_our_own_pages(app: App, origin: bytes | None) -> None:
    """Bad input 95: a page of somebody else, of nobody, or of a host that only begins or ends like ours."""

    async def story() -> None:
        headers = [(b"host", b"localhost"), *([] if origin is None else [(b"origin", origin)])]
        scope = {"type": "websocket", "path": "/ws/desk/", "query_string": b"", "headers": headers}
        wire = ApplicationCommunicator(application, scope)
        await wire.send_input({"type": "websocket.connect"})
        assert (await wire.receive_output(PATIENCE))["type"] == "websocket.close"

    run(story)
