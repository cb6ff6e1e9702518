"""Calls of platforms against a bare view: the same server, the same run. `--hold 600` keeps a rate up for ten minutes.

The calls are those of a WeChat official account in plain mode: signed address, XML, a new message each. The bare view
(`benchmarks.bare`) is called with the same bodies. The calls are made beforehand, so that clients cost little.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median

import psutil

from benchmarks import ground

BARE = "bare/"
KEY = "bench-wechat"
TOKEN = "bench-token"
FACES = (("bare view", True), ("hook", False))
CLIENTS = 8
SENDERS = 5000
LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)")


def make_channel() -> None:
    from apps.accounts.models import Brand
    from apps.channels.models import Channel

    brand = Brand.objects.first() or Brand.objects.create(key="bench", name={"en": "Bench"})
    channel = Channel.objects.filter(key=KEY).first() or Channel(key=KEY, kind="wechat_oa", name={"en": "Bench"})
    channel.brand, channel.is_active = brand, True
    channel.settings, channel.secrets = {"app_id": "wxbench", "mode": "plain"}, {"token": TOKEN, "app_secret": "-"}
    channel.save()


def calls(count: int, *, salt: int, bare: bool) -> list[bytes]:
    """Whole requests, as they go over the wire."""
    made = []
    for number in range(count):
        now, nonce = str(int(time.time())), str(number)
        signature = hashlib.sha1("".join(sorted([TOKEN, now, nonce])).encode()).hexdigest()
        body = (
            f"<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><FromUserName><![CDATA[o{number % SENDERS}]]>"
            f"</FromUserName><CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            f"<Content><![CDATA[请问我的快递到哪里了？ {number}]]></Content><MsgId>{salt + number}</MsgId></xml>"
        ).encode()
        path = f"/{BARE}" if bare else f"/hooks/{KEY}/"
        head = (
            f"POST {path}?signature={signature}&timestamp={now}&nonce={nonce} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Content-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


@dataclass
class Taken:
    milliseconds: list[float] = field(default_factory=list)
    seconds: float = 0.0
    processor_seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.milliseconds) / self.seconds

    def part(self, share: float) -> float:
        return ground.part(sorted(self.milliseconds), share)


class Connection:
    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> None:
        self._socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._socket.recv(65536)
        head, _, body = answer.partition(b"\r\n\r\n")
        missing = int(LENGTH.search(head)[1]) - len(body)  # type: ignore[index]  # our server always says it
        while missing > 0:
            missing -= len(self._socket.recv(65536))
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(answer[:400].decode("latin-1"))


def flat_out(port: int, requests: Sequence[bytes]) -> Taken:
    return _run(port, requests, rate=None)


def at_rate(port: int, requests: Sequence[bytes], rate: float) -> Taken:
    """Each call has its moment; one that waits for a free client is timed from its moment, not from its start."""
    return _run(port, requests, rate=rate)


def _run(port: int, requests: Sequence[bytes], rate: float | None) -> Taken:
    taken, lock = Taken(), threading.Lock()
    began = time.perf_counter() + 0.05
    numbered: Iterator[tuple[int, bytes]] = iter(enumerate(requests))

    def work(_client: int) -> None:
        connection, own = Connection(port), []
        while True:
            with lock:
                number, request = next(numbered, (0, b""))
            if not request:
                break
            due = began + number / rate if rate else time.perf_counter()
            time.sleep(max(0.0, due - time.perf_counter()))
            connection.ask(request)
            own.append((time.perf_counter() - due) * 1000)
        with lock:
            taken.milliseconds += own

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(work, range(CLIENTS)))
    taken.seconds = time.perf_counter() - began
    return taken


def compare(port: int, processes: Sequence[psutil.Process], count: int, rounds: int) -> None:
    """In turns, and of each figure the median: what else the machine does then falls on both."""
    flat, half = defaultdict[str, list[Taken]](list), defaultdict[str, list[Taken]](list)
    for _name, bare in FACES:
        flat_out(port, calls(200, salt=_salt(), bare=bare))  # warms up
    for _ in range(rounds):
        for name, bare in FACES:
            before = _processor_seconds(processes)
            flat[name].append(flat_out(port, calls(count, salt=_salt(), bare=bare)))
            flat[name][-1].processor_seconds = _processor_seconds(processes) - before
    for _ in range(rounds):
        for name, bare in FACES:
            rate = median(taken.rate for taken in flat[name]) / 2
            half[name].append(at_rate(port, calls(count, salt=_salt(), bare=bare), rate))
    rows = {name: _figures(flat[name], half[name]) for name, _ in FACES}
    shares = [ours / bare for ours, bare in zip(rows["hook"], rows["bare view"], strict=True)]
    ground.table(
        f"Calls of platforms ({rounds} rounds of {count} calls, {CLIENTS} clients, {len(processes)} web processes)",
        ["", "a second", "p50 ms", "p99 ms", "p50 ms at half load", "p99 ms at half load", "processor ms a call"],
        [[name, *(f"{cell:.2f}" for cell in cells)] for name, cells in [*rows.items(), ("hook / bare", shares)]],
    )


def _figures(flat: Sequence[Taken], half: Sequence[Taken]) -> list[float]:
    return [
        median(taken.rate for taken in flat),
        *(median(taken.part(share) for taken in runs) for runs in (flat, half) for share in (0.5, 0.99)),
        median(taken.processor_seconds / len(taken.milliseconds) * 1000 for taken in flat),
    ]


def _processor_seconds(processes: Sequence[psutil.Process]) -> float:
    """Of the web processes: unlike the clock, it says the same on a busy machine."""
    return sum(process.cpu_times().user + process.cpu_times().system for process in processes)


def _salt() -> int:
    """Another range of message ids each time: a message that was there before is stored no more."""
    return time.time_ns()


def hold(port: int, seconds: int, rate: float) -> None:
    from apps.channels.models import InboundEvent

    before = InboundEvent.objects.count()
    taken = at_rate(port, calls(int(seconds * rate), salt=_salt(), bare=False), rate)
    stored = InboundEvent.objects.count() - before
    ground.table(
        f"Calls of platforms held at {rate:.0f}/s for {seconds} s",
        ["a second", "p50 ms", "p99 ms", "slowest ms", "acknowledged", "stored"],
        [[taken.rate, taken.part(0.5), taken.part(0.99), max(taken.milliseconds), len(taken.milliseconds), stored]],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--hold", type=int, default=0, help="seconds")
    parser.add_argument("--rate", type=float, default=100.0, help="calls a second to hold")
    options = parser.parse_args()
    with ground.servers():
        os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.bare_settings"
        ground.set_up_django()
        from benchmarks.bare import make_table

        make_table()
        make_channel()
        with ground.web() as (port, processes):
            compare(port, processes, options.count, options.rounds)
            if options.hold:
                hold(port, options.hold, options.rate)


if __name__ == "__main__":
    main()
