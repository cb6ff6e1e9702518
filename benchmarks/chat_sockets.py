"""Visitors' sockets by the thousand on the real web processes: how soon lines arrive, whether any is lost, what one costs.

Half of the lines are written by visitors and timed until the server has them (`ack`), half by the company and timed from
before the transaction until the frame is at the visitor, over database, channel layer and another process. Then all web
processes are killed, lines are told meanwhile, and everybody comes back as the widget does.

The clients share the machine's cores with the servers. Workers do not run: what becomes of a line on the desk is another
benchmark's. `--visitors 5000` needs twice as many open files: `ulimit -n 20000`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import random
import resource
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import psutil
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from benchmarks import ground

KEY = "bench-chat"
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds before somebody comes back, as static/js/chat/line.js waits: doubled each time, and half of it by chance."""


# --- The world ----------------------------------------------------------------------------------------------------


def build(visitors: int) -> list[str]:
    """A chat and its guests; returns their secrets."""
    from django.utils import timezone

    from apps.channels.connectors.protocol.clients import GUEST_LIFE, GUEST_TOKEN
    from apps.channels.keys import key_of
    from apps.channels.models import Channel, ClientConversation
    from apps.core.inserting import copy_rows

    channel = Channel.objects.create(
        key=KEY,
        kind="chat",
        name={"en": "Bench"},
        brand=ground.brand(),
        settings={"messages_per_minute": 1_000_000},
    )
    tokens = [f"{GUEST_TOKEN}{KEY}-{number}" for number in range(visitors)]
    until = timezone.now() + GUEST_LIFE
    copy_rows(
        [
            ClientConversation(
                channel=channel,
                guest_key=key_of("app", "guest", str(channel.pk), token),
                guest_until=until,
            )
            for token in tokens
        ]
    )
    return tokens


class Web:
    """Web processes on one listening socket, as `manage.py up` runs them, to be killed and started again."""

    def __init__(self, processes: int) -> None:
        self._count = processes
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(1024)
        self._listener.set_inheritable(True)
        self.port: int = self._listener.getsockname()[1]
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        fd = self._listener.fileno()
        command = [sys.executable, "-m", "contactcenter.processes.web", f"--fd={fd}"]
        self._running = [subprocess.Popen(command, cwd=ground.ROOT, pass_fds=[fd]) for _ in range(self._count)]

    def kill(self) -> None:
        for process in self._running:
            process.kill()
            process.wait()

    def memory(self) -> float:
        """Megabytes of all processes that nothing else shares."""
        return sum(psutil.Process(process.pid).memory_full_info().uss for process in self._running) / 2**20

    def processor(self) -> float:
        return sum(sum(psutil.Process(process.pid).cpu_times()[:2]) for process in self._running)


# --- The company --------------------------------------------------------------------------------------------------


def tell(orders: Connection) -> None:
    """A process of its own: tells one line to each visitor it is asked to, and when it began. None ends it."""
    ground.set_up_django()
    from apps.channels.connectors.protocol import messages
    from apps.channels.contract import Outbound
    from apps.channels.models import Channel, ClientConversation

    channel = Channel.objects.get(key=KEY)
    conversations = list(ClientConversation.objects.filter(channel=channel).order_by("pk"))
    orders.send(len(conversations))
    while (number := orders.recv()) is not None:
        began = time.time()
        outbound = Outbound(client_key=f"{KEY}:{number}:{began}", text=repr(began), from_name="Bench")
        messages.tell(channel, conversations[number], outbound)
        orders.send(number)


# --- The visitors -------------------------------------------------------------------------------------------------


@dataclass
class Crowd:
    """All visitors, and what they saw."""

    url: str
    tokens: list[str]
    lines: dict[int, list[int]] = field(default_factory=dict)
    """The numbers of lines that each got, in the order in which they came."""
    told: list[float] = field(default_factory=list)
    """Milliseconds until a line of the company was at its visitor."""
    taken: list[float] = field(default_factory=list)
    """Milliseconds until the server had a line of a visitor."""
    ready: set[int] = field(default_factory=set)
    sockets: dict[int, ClientConnection] = field(default_factory=dict)
    talking: set[asyncio.Task[None]] = field(default_factory=set)
    written: dict[int, dict[str, float]] = field(default_factory=dict)
    """What each wrote and the server has not answered, and when: said again by who comes back, as the widget does."""
    is_over: bool = False

    async def visit(self, number: int, after: float) -> None:
        await asyncio.sleep(after)
        wait = FIRST_WAIT
        while not self.is_over:
            try:
                async with connect(self.url, open_timeout=60, ping_interval=None, compression=None) as line:
                    await self._listen(number, line)
            except (OSError, TimeoutError, WebSocketException):
                pass
            wait = FIRST_WAIT if number in self.ready else min(2 * wait, LONGEST_WAIT)
            self.ready.discard(number)
            if not self.is_over:
                await asyncio.sleep(wait / 2 + random.random() * wait / 2)

    async def _listen(self, number: int, line: ClientConnection) -> None:
        seen = self.lines.setdefault(number, [])
        proof = {"token": self.tokens[number], "after": seen[-1] if seen else 0}
        await line.send(json.dumps({"type": "authenticate", "id": "proof", "data": proof}))
        self.sockets[number] = line
        async for text in line:
            self._hear(number, json.loads(text))

    def _hear(self, number: int, frame: dict[str, Any]) -> None:
        data = frame["data"]
        if frame["type"] == "ready":
            self.ready.add(number)
            self._again(number)
        elif frame["type"] == "message.created":
            self.lines[number].append(data["sequence"])
            if data["sender"] != "customer":
                self.told.append((time.time() - float(data["text"])) * 1000)
        elif frame["type"] == "ack" and (began := self.written[number].pop(str(frame["id"]), None)) is not None:
            self.taken.append((time.time() - began) * 1000)
        elif frame["type"] == "error":
            raise SystemExit(f"refused: {data}")

    async def write(self, number: int) -> None:
        key = f"{number}-{time.time()}"
        self.written.setdefault(number, {})[key] = time.time()
        if number in self.ready:
            await self._say(number, key)

    def _again(self, number: int) -> None:
        for key in self.written.get(number, ()):
            self.talking.add(task := asyncio.create_task(self._say(number, key)))
            task.add_done_callback(self.talking.discard)

    async def _say(self, number: int, key: str) -> None:
        frame = {"type": "message.create", "id": key, "data": {"client_message_id": key, "text": "hello"}}
        with suppress(WebSocketException):  # who lost the line says it again
            await self.sockets[number].send(json.dumps(frame))

    def unanswered(self) -> int:
        return sum(map(len, self.written.values()))

    async def until_all_are_there(self, within: float) -> float:
        """Seconds until then."""
        began = time.monotonic()
        while len(self.ready) < len(self.tokens):
            if time.monotonic() - began > within:
                raise SystemExit(f"only {len(self.ready)} of {len(self.tokens)} are there after {within:.0f} s")
            await asyncio.sleep(0.05)
        return time.monotonic() - began


async def talk(crowd: Crowd, company: Connection, rate: float, seconds: float) -> None:
    """Each line has its moment, whether or not those before it are through; every other one is the company's."""
    began, chance, open_orders = time.monotonic(), random.Random(1), 0
    for count in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + count / rate - time.monotonic()))
        number = chance.randrange(len(crowd.tokens))
        if count % 2:
            await crowd.write(number)
        else:
            company.send(number)
            open_orders += 1
        while company.poll():
            company.recv()
            open_orders -= 1
    while open_orders:
        await asyncio.get_running_loop().run_in_executor(None, company.recv)
        open_orders -= 1


def kept() -> list[int]:
    """How many lines each conversation has, in the order of the visitors."""
    from django.db import connection

    from apps.channels.models import ClientConversation

    rows = ClientConversation.objects.filter(channel__key=KEY).order_by("pk")
    try:
        return list(rows.values_list("last_sequence", flat=True))
    finally:
        connection.close()


async def count_lost(crowd: Crowd, within: float) -> int:
    """Visitors who, some time later, lack a line, have one twice or in another order, and lines that the server never got.
    None, as soon as that is so.
    """
    deadline = time.monotonic() + within
    while True:
        lines = await asyncio.get_running_loop().run_in_executor(None, kept)
        wrong = sum(crowd.lines.get(number, []) != list(range(1, last + 1)) for number, last in enumerate(lines))
        wrong += crowd.unanswered()
        if not wrong or time.monotonic() > deadline:
            return wrong
        await asyncio.sleep(0.5)


# --- The run ------------------------------------------------------------------------------------------------------


async def run(options: argparse.Namespace, tokens: list[str], web: Web, company: Connection) -> list[list[object]]:
    crowd = Crowd(f"ws://127.0.0.1:{web.port}/app/v1/{KEY}/socket/", tokens)
    loop, count, rows = asyncio.get_running_loop(), len(tokens), list[list[object]]()
    fresh = web.memory()
    visits = [asyncio.create_task(crowd.visit(n, n / options.opening)) for n in range(count)]
    took = await crowd.until_all_are_there(60 + 4 * count / options.opening)
    rows.append([f"{count} sockets opened, {options.opening} a second wanted", f"{count / took:.0f}/s"])
    await asyncio.sleep(options.rest)
    used = web.processor()
    rows.append(["memory of an idle socket, KB", f"{(web.memory() - fresh) * 1024 / count:.0f}"])
    await asyncio.sleep(options.rest)
    rows.append(["processor while nobody writes, share of one core", f"{(web.processor() - used) / options.rest:.2f}"])

    used, own, began = web.processor(), time.process_time(), time.monotonic()
    await talk(crowd, company, options.rate, options.seconds)
    passed = time.monotonic() - began
    reached = options.rate * options.seconds / passed
    rows.append(["processor of the clients, share of one core", f"{(time.process_time() - own) / passed:.2f}"])
    wrong = await count_lost(crowd, 60)
    rows.append([f"lines a second, {options.rate} wanted", f"{reached:.0f}"])
    for what, taken in (("company to visitor", sorted(crowd.told)), ("visitor to server", sorted(crowd.taken))):
        shares = " / ".join(f"{ground.part(taken, share):.0f}" for share in (0.5, 0.95, 1.0))
        rows.append([f"{what}: p50 / p95 / worst ms of {len(taken)}", shares])
    rows.append(
        [
            "processor of the web a line, ms",
            f"{(web.processor() - used) * 1000 / (len(crowd.told) + len(crowd.taken)):.1f}",
        ]
    )
    rows.append(["visitors with a line lost, doubled or out of order", wrong])

    await loop.run_in_executor(None, web.kill)
    for _wait in range(300):
        await asyncio.sleep(0.1 if crowd.ready else 0)
    for number in range(min(200, count)):
        company.send(number)
    web.start()
    took = await crowd.until_all_are_there(300)
    rows.append(["all killed: seconds until everybody was back", f"{took:.1f}"])
    rows.append(["visitors with a line lost, doubled or out of order", await count_lost(crowd, 60)])
    crowd.is_over = True
    for visit in visits:
        visit.cancel()
    await asyncio.gather(*visits, return_exceptions=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=5_000)
    parser.add_argument("--opening", type=float, default=100, help="sockets opened a second")
    parser.add_argument("--rate", type=float, default=200, help="lines a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rest", type=float, default=25, help="seconds of silence that are looked at")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with ground.servers(), ground.own_database("bench_sockets"):
        ground.set_up_django()
        tokens, web = build(options.visitors), Web(options.processes)
        ours, theirs = multiprocessing.get_context("spawn").Pipe()
        company = multiprocessing.get_context("spawn").Process(target=tell, args=(theirs,), daemon=True)
        company.start()
        ours.recv()
        try:
            web.start()
            ground.Client(web.port).get("/healthz")
            rows = asyncio.run(run(options, tokens, web, ours))
        finally:
            web.kill()
            ours.send(None)
            company.join(20)
        ground.table("Sockets of visitors", ["figure", "reached"], rows)


if __name__ == "__main__":
    main()
