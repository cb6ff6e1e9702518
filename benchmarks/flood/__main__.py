"""Signed messages over five kinds of channel while everything is killed: `python -m benchmarks.flood --messages 100000`.

With `--minutes 10` as many of them as are acknowledged in that time; all that was acknowledged is looked for.

Nothing may be lost, nothing doubled, and each sender's messages must stand in the order in which they were acknowledged.
Senders write in a shuffled order, one in twenty calls comes twice, and what is not acknowledged comes again. Meanwhile
the web process, the workers, Valkey and PostgreSQL are killed (SIGKILL) and started again, one after the other.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from benchmarks.flood.signers import PLATFORMS, SITE
from tests.support.ledger.installation import Installation

CLIENTS: Final = 8
DOUBLED: Final = 0.05
LEAST_EACH: Final = 10
"""Fewer senders speak when they would have less to say: an order of two says little."""

PATIENCE: Final = 600.0
EVERY: Final = 10.0
"""Seconds between two lines of progress."""

HEALING: Final = 4 * 3600.0
FAULTS: Final = ("kill -9 web", "kill -9 inbound", "kill -9 every worker", "kill -9 valkey", "kill -9 postgres")


@dataclass
class Flood:
    """What the platforms sent, and what of it was acknowledged."""

    url: str
    messages: int
    senders: int
    """On each kind of channel."""
    seed: int
    seconds: float
    acknowledged: Counter[str] = field(default_factory=Counter)
    """By sender: so many of its messages, since each is sent when the one before was acknowledged."""
    doubled: int = 0
    in_vain: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)
    began: float = field(default_factory=time.monotonic)

    @property
    def taken(self) -> int:
        with self.lock:
            return self.acknowledged.total()

    def run(self) -> None:
        """Each client speaks for senders of its own, so that one sender's messages come one after the other."""
        with ThreadPoolExecutor(CLIENTS) as pool:
            speaking = [pool.submit(self._speak, client) for client in range(CLIENTS)]
            wait(speaking)
        self.over.set()
        for done in speaking:
            done.result()

    def _speak(self, client: int) -> None:
        rng = random.Random(f"{self.seed}/{client}")
        turns = self.turns(client)
        rng.shuffle(turns)
        for platform, sender in turns:
            if self.over.is_set() or time.monotonic() - self.began > self.seconds:
                return
            self._write(rng, platform, sender)

    def turns(self, client: int) -> list[tuple[int, int]]:
        """Platform and sender of each message that this client sends; together the clients send all of them."""
        names = [(platform, sender) for sender in range(self.senders) for platform in range(len(PLATFORMS))]
        return [
            names[number % len(names)] for number in range(self.messages) if number % len(names) % CLIENTS == client
        ]

    def _write(self, rng: random.Random, platform: int, sender: int) -> None:
        name = f"{platform}/{sender}"
        number = self.acknowledged[name]
        self._until_taken(platform, sender, number)
        with self.lock:
            self.acknowledged[name] += 1
        if rng.random() < DOUBLED:
            self._until_taken(platform, sender, rng.randint(0, number))
            with self.lock:
                self.doubled += 1

    def _until_taken(self, platform: int, sender: int, number: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._is_taken(platform, sender, number):
            if time.monotonic() > deadline:
                self.over.set()
                raise SystemExit(f"{PLATFORMS[platform].kind} was not acknowledged for {PATIENCE:.0f} s")
            with self.lock:
                self.in_vain += 1
            time.sleep(0.3)

    def _is_taken(self, platform: int, sender: int, number: int) -> bool:
        unique = (sender * 1_000_000 + number) * len(PLATFORMS) + platform + 1
        call = PLATFORMS[platform].call(sender, unique, f"Hello 您好, this is s{platform}p{sender}n{number}")
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=15)
        try:
            connection.request("POST", call.path, call.body, {**call.headers, "Host": "127.0.0.1"})
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        if 400 <= answer.status < 500 and answer.status != 429:
            self.over.set()
            raise SystemExit(f"{PLATFORMS[platform].kind}: {answer.status} {said[:300]!r}")
        return 200 <= answer.status < 300


def disturb(installation: Installation, flood: Flood, pause: float) -> Counter[str]:
    """Kills one thing after the other until the flood is over."""
    rng, done = random.Random(flood.seed), Counter[str]()
    possible = installation.faults()
    order: list[str] = []
    while not flood.over.wait(rng.uniform(0.5, 1.5) * pause):
        order = order or rng.sample(FAULTS, len(FAULTS))
        name = order.pop()
        possible[name]()
        done[name] += 1
        flood.over.wait(rng.uniform(0.1, 1.5))
        installation.ensure_all()
    return done


def tell_progress(flood: Flood) -> None:
    while not flood.over.wait(EVERY):
        seconds, taken = time.monotonic() - flood.began, flood.taken
        left = min((flood.messages - taken) * seconds / max(1, taken), flood.seconds - seconds)
        print(
            f"  {seconds:5.0f} s: {taken} of {flood.messages} acknowledged, {taken / seconds:.1f} a second;"
            f" about {max(0.0, left):.0f} s more",
            flush=True,
        )


def wait_until_at_rest(installation: Installation) -> float:
    began = time.monotonic()
    while time.monotonic() - began < HEALING:
        installation.ensure_all()
        state = json.loads(installation.run("-m", "benchmarks.flood.tally", "--waiting"))
        later = time.monotonic() - began
        print(f"  {later:5.0f} s later: {state['waiting']} to read, {state['unnumbered']} to number", flush=True)
        if not any(state.values()):
            break
        time.sleep(5)
    return time.monotonic() - began


def judge(flood: Flood, state: dict[str, Any]) -> list[str]:
    said = [f"{state[name]} {name}" for name in ("waiting", "parked", "parked_events", "unnumbered") if state[name]]
    for name, count in flood.acknowledged.items():
        tickets = state["senders"].get(name, [])
        numbers = [number for ticket in tickets for number in ticket]
        if lost := set(range(count)) - set(numbers):
            said.append(f"{name}: {len(lost)} lost, such as {min(lost)}")
        if len(numbers) != len(set(numbers)):
            said.append(f"{name}: {len(numbers) - len(set(numbers))} doubled")
        if numbers != sorted(numbers):
            said.append(f"{name}: out of order")
        if len(tickets) != 1:
            said.append(f"{name}: spread over {len(tickets)} tickets")
    return said


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--senders", type=int, default=400, help="at most, on each of the five kinds of channel")
    parser.add_argument("--minutes", type=float, default=24 * 60, help="begin no message after so long")
    parser.add_argument("--pause", type=float, default=15.0, help="mean seconds between two faults")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--directory", type=Path, help="keep logs and data here")
    options = parser.parse_args()
    os.environ["SITE_URL"] = SITE
    installation = Installation(options.directory or Path(tempfile.mkdtemp(prefix="flood-")))
    try:
        installation.start()
        installation.run("-m", "benchmarks.flood.world")
        senders = max(1, min(options.senders, options.messages // (len(PLATFORMS) * LEAST_EACH)))
        flood = Flood(installation.url, options.messages, senders, options.seed, options.minutes * 60)
        faults, seconds = _drive(installation, flood, options.pause)
        healed = wait_until_at_rest(installation)
        state = json.loads(installation.run("-m", "benchmarks.flood.tally"))
    finally:
        installation.stop()
    complaints = judge(flood, state)
    sent = flood.taken
    print(f"seed {options.seed}: {sent} messages acknowledged in {seconds:.0f} s, {sent / seconds:.0f} a second")
    print(f"{flood.doubled} sent twice, {flood.in_vain} tries in vain, {len(flood.acknowledged)} senders")
    print("killed:", ", ".join(f"{name.removeprefix('kill -9 ')} {count}×" for name, count in sorted(faults.items())))
    print(
        f"at rest {healed:.0f} s after the last one: {sum(map(len, state['senders'].values()))} tickets hold", end=" "
    )
    print(f"{sum(len(ticket) for tickets in state['senders'].values() for ticket in tickets)} messages")
    for complaint in complaints[:50]:
        print("!", complaint)
    print(f"{len(complaints)} complaints" if complaints else "nothing lost, nothing doubled, every order kept")
    return 1 if complaints else 0


def _drive(installation: Installation, flood: Flood, pause: float) -> tuple[Counter[str], float]:
    """The faults come from this thread: a child dies with the thread that started it."""
    with ThreadPoolExecutor(2) as pool:
        driving = pool.submit(flood.run)
        pool.submit(tell_progress, flood)
        faults = disturb(installation, flood, pause)
        driving.result()
    seconds = time.monotonic() - flood.began
    installation.ensure_all()
    return faults, seconds


if __name__ == "__main__":
    raise SystemExit(main())
