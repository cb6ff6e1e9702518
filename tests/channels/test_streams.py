"""Sockets held open to a platform: heard while there is a right to, ended when told, and never a word of the address."""

import json
import threading
from dataclasses import dataclass

import pytest
from websockets.sync.server import ServerConnection

from apps.channels import streams
from apps.channels.contract import VerifiedInput
from apps.channels.errors import LeaseLost
from apps.channels.models import Channel, InboundEvent
from apps.channels.services import leases
from apps.channels.streams import StreamBroken, StreamRefused
from apps.core.models import Lease
from tests.support.stream_server import stay, stream_server

pytestmark = pytest.mark.integration


@dataclass
class Right:
    """A lease that is lost when told."""

    token: int = 1
    is_lost: bool = False

    def fence(self) -> None:
        pass


def test_frames_are_heard_and_answered_until_told_to_stop() -> None:
    stop = threading.Event()

    def tell(connection: ServerConnection) -> None:
        connection.send('{"a": 1}')
        connection.send(b'{"b": 2}')
        server.hear(connection)
        stay(connection)

    with stream_server(tell) as server:
        heard = []
        with streams.opened(f"{server.url}/connect?ticket=t") as stream:
            for frame in streams.frames(stream, Right(), stop, pulse=0.05):
                if frame is None:
                    stop.set()
                    continue
                heard.append(frame)
                if len(heard) == 2:
                    stream.say({"ok": "好"})

    assert heard == ['{"a": 1}', '{"b": 2}']
    assert [json.loads(text) for text in server.heard] == [{"ok": "好"}]
    assert server.paths == ["/connect?ticket=t"]


def test_a_lost_right_ends_it() -> None:
    right = Right()
    with stream_server() as server, streams.opened(server.url) as stream:
        for frame in streams.frames(stream, right, threading.Event(), pulse=0.05):
            assert frame is None
            right.is_lost = True


def test_an_end_tells_its_code_and_no_address() -> None:
    with (
        stream_server(lambda connection: connection.close(4004)) as server,
        streams.opened(f"{server.url}/?ticket=secret") as stream,
        pytest.raises(StreamBroken) as broken,
    ):
        stream.hear(10)

    assert broken.value.close_code == 4004
    assert "secret" not in broken.value.detail()
    assert broken.value.is_passing


def test_a_huge_frame_ends_it() -> None:
    def tell(connection: ServerConnection) -> None:
        connection.send("x" * 2000)
        stay(connection)

    with (
        stream_server(tell) as server,
        streams.opened(server.url, max_bytes=1000) as stream,
        pytest.raises(StreamBroken),
    ):
        stream.hear(10)


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1/", "ws://nobody.invalid/"])
def test_what_cannot_be_reached_may_be_later(url: str) -> None:
    with pytest.raises(StreamBroken), streams.opened(url):
        pass


@pytest.mark.parametrize("url", ["", "http://127.0.0.1/", "ws://", "ws://127.0.0.1:x/", "wss://10.0.0.1/?ticket=t"])
def test_an_address_that_may_not_be_called_is_refused(url: str) -> None:
    with pytest.raises(StreamRefused) as refused, streams.opened(url):
        pass

    assert "ticket" not in refused.value.detail()
    assert not refused.value.is_passing


@pytest.mark.django_db(transaction=True)
def test_an_item_is_stored_once_and_by_the_holder_only(channel: Channel) -> None:
    item = VerifiedInput(external_id="1", order_by="sender", payload=b"hello")
    with leases.hold("stream") as lease:
        assert lease is not None
        assert [streams.accept(channel, lease, item) for _ in range(2)] == [True, False]
        Lease.objects.filter(name="stream").update(token=lease.token + 1)
        with pytest.raises(LeaseLost):
            streams.accept(channel, lease, VerifiedInput(external_id="2", order_by="sender", payload=b"again"))

    assert [bytes(row.payload) for row in InboundEvent.objects.all()] == [b"hello"]
