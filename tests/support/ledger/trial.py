"""One run: drive inputs, inject faults, heal, and hold what is stored against the ledger."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contactcenter import demo
from tests.support.ledger.driver import Driver
from tests.support.ledger.installation import Installation

HEALING = 240.0
"""Seconds until it is given up. What a killed worker was sending comes free after 90, and is then tried again."""


@dataclass(frozen=True)
class Report:
    sent: int
    resent: int
    retries: int
    replies: int
    healed_after: float
    deliveries: dict[str, int]
    complaints: list[str]


class Driving(threading.Thread):
    """The driver at work; `is_over` is set when it stops sending, `error` is what ended it early."""

    def __init__(self, driver: Driver, seconds: float, conversations: int, is_enough: Callable[[], bool]) -> None:
        super().__init__()
        self.is_over = driver.stop
        self.error: BaseException | None = None
        self._work = lambda: driver.run(seconds, conversations, is_enough)

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 (handed on to the caller, who raises it)
            self.error = error
            self.is_over.set()


@dataclass
class Trial:
    directory: Path
    seed: int
    installation: Installation = field(init=False)
    driver: Driver = field(init=False)
    faults: list[str] = field(default_factory=list)
    healing: list[str] = field(default_factory=list)
    healed_after: float = 0.0
    found: dict[str, Any] = field(init=False)
    """What was stored when all was at rest. An installation lives: a moment later timers may write events again."""

    def __post_init__(self) -> None:
        self.installation = Installation(self.directory)

    def run(
        self,
        *,
        seconds: float,
        pause: float,
        conversations: int,
        inputs: int = 0,
        replies: int = 0,
        faults: int = 0,
    ) -> None:
        """Drives for `seconds` with a fault about every `pause` seconds, then waits until all is at rest.

        A slow machine gets longer, until there are as many `inputs`, `replies` and `faults` as it takes to prove anything.
        """
        self.installation.start()
        self.driver = Driver(self.installation.url, self.installation.smtp_port, demo.API_TOKEN, self.seed)
        self._wait_for_web()

        def is_enough() -> bool:
            ledger = self.driver.ledger
            return ledger.count >= inputs and len(ledger.replies) >= replies and len(self.faults) >= faults

        driving = Driving(self.driver, seconds, conversations, is_enough)
        driving.start()
        # Here and not in a thread: a child dies with the thread that started it.
        self._break(driving.is_over, pause)
        self.installation.ensure_all()
        driving.join()
        if driving.error is not None:
            raise driving.error
        self._wait_until_at_rest()

    def stop(self) -> None:
        self.installation.stop()

    def _wait_for_web(self) -> None:
        self.driver.until_taken(self.driver._open_form)

    def _break(self, over: threading.Event, pause: float) -> None:
        rng = random.Random(self.seed)
        possible = self.installation.faults()
        order: list[str] = []
        while not over.wait(rng.uniform(0.5, 1.5) * pause):
            if not order:
                order = rng.sample(sorted(possible), len(possible))
            name = order.pop()
            self.faults.append(name)
            possible[name]()
            over.wait(rng.uniform(0.1, 1.5))
            self.installation.ensure_all()

    def _wait_until_at_rest(self) -> None:
        start = time.monotonic()
        while True:
            self.found = state = self.tally()
            busy = sum(state["deliveries"].get(name, 0) for name in ("queued", "sending"))
            missing = self._missing(state)
            self.healing.append(
                f"{time.monotonic() - start:.0f} s: {state['waiting']} waiting, {len(missing)} missing, "
                f"{state['unnumbered']} unnumbered, {busy} to send, {state['parked_events']} to be tried again"
            )
            if not (state["waiting"] or state["unnumbered"] or busy or missing or state["parked_events"]):
                break
            if time.monotonic() - start > HEALING:
                break
            self.installation.ensure_all()
            time.sleep(1)
        self.healed_after = time.monotonic() - start

    def tally(self) -> dict[str, Any]:
        return dict(json.loads(self.installation.run("-m", "tests.support.ledger.tally")))

    def _missing(self, state: dict[str, Any]) -> set[str]:
        stored = {entry["token"] for ticket in state["tickets"] for entry in ticket["inputs"]}
        return {token for tokens in self.driver.ledger.inputs.values() for token in tokens} - stored

    # --- Judgement ----------------------------------------------------------------------------------------------

    def report(self) -> Report:
        state, ledger = self.found, self.driver.ledger
        return Report(
            sent=ledger.count,
            resent=ledger.resent,
            retries=ledger.retries,
            replies=len(ledger.replies),
            healed_after=self.healed_after,
            deliveries=state["deliveries"],
            complaints=[*self._about_inputs(state), *self._about_tickets(state), *self._about_replies(state)],
        )

    def _about_inputs(self, state: dict[str, Any]) -> list[str]:
        stored = Counter(entry["token"] for ticket in state["tickets"] for entry in ticket["inputs"])
        said = []
        for conversation, tokens in self.driver.ledger.inputs.items():
            for token in tokens:
                if stored[token] != 1:
                    said.append(f"{token} exists {stored[token]} times")
            homes = [ticket for ticket in state["tickets"] if any(e["token"] in tokens for e in ticket["inputs"])]
            if len(homes) != 1:
                said.append(f"{conversation} is spread over {len(homes)} tickets")
                continue
            order = [entry["token"] for entry in homes[0]["inputs"]]
            if order != tokens:
                said.append(f"{conversation} is out of order: {order[:20]} for {tokens[:20]}")
        for name in ("waiting", "parked", "parked_events", "unnumbered"):
            if state[name]:
                said.append(f"{state[name]} {name}")
        return said

    def _about_tickets(self, state: dict[str, Any]) -> list[str]:
        said = []
        for ticket in state["tickets"]:
            if ticket["sequences"] != list(range(1, len(ticket["sequences"]) + 1)):
                said.append(f"#{ticket['number']} has the sequence {ticket['sequences']}")
            if ticket["count"] != len(ticket["sequences"]):
                said.append(f"#{ticket['number']} counts {ticket['count']} of {len(ticket['sequences'])} messages")
            said += [
                f"{entry['token']} has {entry['events']} events and {entry['indexed']} search rows"
                for entry in ticket["inputs"]
                if (entry["events"], entry["indexed"]) != (1, 1)
            ]
        return said

    def _about_replies(self, state: dict[str, Any]) -> list[str]:
        written = Counter(token for ticket in state["tickets"] for token in ticket["replies"])
        unknown = state["deliveries"].get("unknown", 0)
        said = [
            f"answer {token} was written {written[token]} times"
            for token in self.driver.ledger.replies
            if written[token] != 1
        ]
        said += [f"answer {token} arrived {count} times" for token, count in state["arrived"].items() if count > 1]
        lost = [token for token in self.driver.ledger.replies if not state["arrived"].get(token)]
        if len(lost) > unknown:
            said.append(f"{len(lost)} answers did not arrive and only {unknown} are shown as unknown: {lost[:5]}")
        if state["deliveries"].get("failed"):
            said.append(f"{state['deliveries']['failed']} deliveries failed")
        return said
