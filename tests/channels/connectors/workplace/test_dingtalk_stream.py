"""DingTalk over a connection of ours: stored before acknowledged, opened again when it ends, by one process at a time."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import psutil
import pytest
from django.conf import settings
from django.db import connection
from websockets.sync.server import ServerConnection

from apps.channels.models import Channel, InboundEvent
from apps.channels.services import fetching, inbox
from apps.core.models import Lease
from apps.tickets.models import Message
from tests.channels.connectors.workplace.playing import SECRET, dingtalk_message, dingtalk_settings
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory
from tests.support.platform_server import PlatformServer, answer, platform_server
from tests.support.stream_server import StreamServer, stay, stream_server

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[4]
OPEN = "/v1.0/gateway/connections/open"
MESSAGES = "/v1.0/im/bot/messages/get"


def wait_for(condition: Callable[[], Any], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def frame(data: str, *, kind: str = "CALLBACK", topic: str = MESSAGES, known_as: str = "f1", **headers: str) -> str:
    head = {"messageId": known_as, "topic": topic, "contentType": "application/json", **headers}
    return json.dumps({"specVersion": "1.0", "type": kind, "headers": head, "data": data})


def told(text: str, known_as: str = "msg1") -> str:
    return dingtalk_message(known_as=known_as, text={"content": text}).decode()


@pytest.fixture
def platform() -> Iterator[PlatformServer]:
    with platform_server() as server:
        yield server


@pytest.fixture
def channel(db: None, platform: PlatformServer) -> Channel:
    row = ChannelFactory.create(
        kind="dingtalk_stream", settings=dingtalk_settings(platform.url), secrets={"app_secret": SECRET}
    )
    IntakeRuleFactory.create(channel=row)
    return row


class Listening:
    """A listener of this process, as the thread of `manage.py listen` runs it."""

    def __init__(self, channel: Channel) -> None:
        self.stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(channel.pk,))

    def _run(self, channel_id: int) -> None:
        try:
            fetching.listen_to(channel_id, self.stop, pause=0.05)
        finally:
            connection.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()


def opens(platform: PlatformServer, server: StreamServer) -> None:
    platform.on(OPEN, {"endpoint": f"{server.url}/connect", "ticket": "t +1"})


def test_a_frame_is_stored_before_it_is_acknowledged(platform: PlatformServer, channel: Channel) -> None:
    stored: list[int] = []

    def tell(peer: ServerConnection) -> None:
        for number in range(2):  # the platform repeats what it takes for lost
            peer.send(frame(told("查余额"), known_as=f"f{number}"))
            server.hear(peer)
            stored.append(InboundEvent.objects.count())
        connection.close()
        stay(peer)

    with stream_server(tell) as server:
        opens(platform, server)
        with Listening(channel):
            wait_for(lambda: len(stored) == 2)

    assert stored == [1, 1]
    heard = [json.loads(text) for text in server.heard]
    assert [(row["code"], row["headers"]["messageId"]) for row in heard] == [(200, "f0"), (200, "f1")]
    assert server.paths == ["/connect?ticket=t+%2B1"]
    asked = platform.at(OPEN)[0].json()
    assert (asked["clientId"], asked["clientSecret"]) == ("dingkey", SECRET)
    assert asked["subscriptions"] == [{"type": "CALLBACK", "topic": MESSAGES}]
    while inbox.process_due():
        pass
    assert Message.objects.get().text == "查余额"


def test_pings_are_answered_and_a_farewell_opens_another_connection(platform: PlatformServer, channel: Channel) -> None:
    def first(peer: ServerConnection) -> None:
        peer.send(frame('{"opaque": "0x7b"}', kind="SYSTEM", topic="ping"))
        server.hear(peer)
        peer.send(frame("{}", kind="SYSTEM", topic="disconnect"))
        stay(peer)

    def second(peer: ServerConnection) -> None:
        peer.send(frame(told("在吗")))
        server.hear(peer)
        stay(peer)

    with stream_server(first, second) as server:
        opens(platform, server)
        with Listening(channel):
            wait_for(lambda: len(server.heard) == 2)

    assert json.loads(server.heard[0])["data"] == '{"opaque": "0x7b"}'
    assert len(platform.at(OPEN)) == len(server.paths) == 2  # a ticket is good for one
    assert InboundEvent.objects.count() == 1


def test_what_broke_off_is_told_again_over_another_connection(platform: PlatformServer, channel: Channel) -> None:
    def first(peer: ServerConnection) -> None:
        peer.send(frame(told("在吗")))
        peer.close(1011)

    def second(peer: ServerConnection) -> None:
        peer.send(frame(told("在吗")))
        server.hear(peer)
        stay(peer)

    with stream_server(first, second) as server:
        platform.on(OPEN, answer({}, 500), {"endpoint": f"{server.url}/connect", "ticket": "t"})
        with Listening(channel):
            wait_for(lambda: server.heard and json.loads(server.heard[-1])["code"] == 200 and len(server.paths) == 2)

    assert InboundEvent.objects.count() == 1
    channel.refresh_from_db()
    assert (channel.last_error_code, channel.last_success_at is not None) == ("", True)


def test_odd_frames_are_kept_and_acknowledged(platform: PlatformServer, channel: Channel) -> None:
    odd = [
        frame('{"a": 1}', kind="EVENT", topic="*", known_as="f1", eventId="e1", eventType="user_leave_org"),
        frame("{}", topic="/v1.0/card/instances/callback", known_as="f2"),
        frame("no json", known_as="f3"),
        "no json at all",
    ]

    def tell(peer: ServerConnection) -> None:
        for text in odd:
            peer.send(text)
            server.hear(peer)
        stay(peer)

    with stream_server(tell) as server:
        opens(platform, server)
        with Listening(channel):
            wait_for(lambda: len(server.heard) == len(odd))
    while inbox.process_due():
        pass

    codes = [row.error_code for row in InboundEvent.objects.order_by("pk")]
    assert codes == [
        "dingtalk.event_user_leave_org",
        "dingtalk.event_v1_0_card_instances_callback",
        "channels.unreadable",
        "channels.unreadable",
    ]


@pytest.mark.parametrize("code", ["invalidClientIdOrSecret", "authFailed"])
def test_a_refused_secret_is_told_at_once(platform: PlatformServer, channel: Channel, code: str) -> None:
    platform.on(OPEN, answer({"code": code, "message": "as the platform says"}, 401))
    with Listening(channel):
        wait_for(lambda: Channel.objects.get().last_error_code)

    channel.refresh_from_db()
    assert channel.last_error_code == "channels.stream_refused"
    assert "as the platform says" in channel.last_error
    assert SECRET not in channel.last_error


def test_of_two_listeners_one_listens_and_the_other_takes_over(platform: PlatformServer, channel: Channel) -> None:
    with stream_server() as server:
        opens(platform, server)
        with Listening(channel):
            with Listening(channel):
                wait_for(lambda: server.paths)
                fetching.poll_due()  # a stream is not asked by the sweep
                assert len(server.paths) == 1
            wait_for(lambda: server.paths)
            wait_for(lambda: Lease.objects.get(name=f"channels.fetch:{channel.pk}").expires)
        assert not Lease.objects.filter(expires__isnull=False).exists()


def test_a_killed_listener_loses_nothing(platform: PlatformServer, channel: Channel, tmp_path: Path) -> None:
    """The first one is killed with a message in its hands; the platform tells the next one again."""
    said = tmp_path / "listener.txt"
    process = listener_process(said)

    def first(peer: ServerConnection) -> None:
        process.send_signal(signal.SIGSTOP)
        try:
            wait_for(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED)  # and does nothing more
            peer.send(frame(told("在吗")))
        finally:  # a stopped process would stay for ever
            process.kill()

    def second(peer: ServerConnection) -> None:
        peer.send(frame(told("在吗")))
        server.hear(peer)
        stay(peer)

    with stream_server(first, second) as server:
        opens(platform, server)
        try:
            process.wait(100)
        except subprocess.TimeoutExpired:
            pytest.fail(f"{len(platform.asked)} calls, {server.paths}; it said: {said.read_text()}")
        finally:
            process.kill()
            process.wait(30)
        assert not InboundEvent.objects.exists()
        Lease.objects.update(expires="2020-01-01T00:00:00Z")  # the dead one's runs out by itself after half a minute
        with Listening(channel):
            wait_for(lambda: server.heard)

    assert InboundEvent.objects.count() == 1


def listener_process(output: Path) -> subprocess.Popen[bytes]:
    """`manage.py listen` on the database of this test."""
    database = connection.settings_dict
    url = (
        f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE, "DATABASE_URL": url}
    with output.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "manage.py", "listen", "--look-every", "0.2"],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
