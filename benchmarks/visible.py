"""From the acknowledgement of a customer's message to the eyes of an agent who has the ticket open, in a real browser.

Signed messages of `--senders` people come in at a steady rate for a while, over the five kinds of channel of
`benchmarks.flood`. One of the people is watched: their ticket is open on the desk, and each of their messages is timed
from the answer to the platform's call until its text stands on the page.
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page, sync_playwright

from benchmarks import ground
from benchmarks.flood.__main__ import Flood, wait_until_at_rest
from benchmarks.flood.signers import PLATFORMS, SITE
from contactcenter import demo
from tests.support.browser import ARGUMENTS, CHROMIUM, sign_in
from tests.support.ledger.installation import Installation

CLIENTS: Final = 8
WATCHED: Final = "0/0"
SEES: Final = """
window.seen = {};
new MutationObserver(() => {
  for (const [, number] of document.body.textContent.matchAll(/s0p0n(\\d+)(?!\\d)/g)) window.seen[number] ??= Date.now();
}).observe(document.body, {childList: true, subtree: true, characterData: true});
"""


@dataclass
class Sending(Flood):
    """Knows when each message of the watched sender was acknowledged."""

    at: dict[int, float] = field(default_factory=dict)

    def send(self, platform: int, sender: int) -> None:
        name = f"{platform}/{sender}"
        with self.lock:
            number = self.acknowledged[name]
            self.acknowledged[name] += 1
        self._until_taken(platform, sender, number)
        if name == WATCHED:
            self.at[number] = time.time() * 1000

    def keep_up(self, rate: float, seconds: float, senders: int) -> float:
        """Each call has its moment; returns the rate that was reached."""
        began = time.monotonic()
        turns = itertools.cycle([(p, s) for s in range(senders // len(PLATFORMS)) for p in range(len(PLATFORMS))])
        plan = iter([(began + count / rate, *next(turns)) for count in range(int(rate * seconds))])

        def work(_client: int) -> None:
            while (due := self._next(plan)) is not None:
                time.sleep(max(0.0, due[0] - time.monotonic()))
                self.send(due[1], due[2])

        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(work, range(CLIENTS)))
        return int(rate * seconds) / (time.monotonic() - began)

    def _next(self, plan: Any) -> Any:
        with self.lock:
            return next(plan, None)


def open_ticket(page: Page) -> None:
    sign_in(page, "supervisor", demo.PASSWORD)
    page.goto("/desk/views/open/")
    page.get_by_text("s0p0n0").first.click()
    page.locator(".message", has_text="s0p0n0").first.wait_for()
    page.evaluate(SEES)


def measure(installation: Installation, rate: float, seconds: float, senders: int) -> None:
    sending = Sending(installation.url, 0, 0, 1, 0.0)
    sending.keep_up(10, senders / 10, senders)
    wait_until_at_rest(installation)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(base_url=installation.url, viewport={"width": 1440, "height": 900}, locale="en-US")
        open_ticket(page)
        sending.at.clear()
        reached: list[float] = []
        driving = threading.Thread(target=lambda: reached.append(sending.keep_up(rate, seconds, senders)))
        driving.start()
        while driving.is_alive():
            page.wait_for_timeout(200)
        wait_until_at_rest(installation)
        page.wait_for_timeout(5000)
        seen: dict[str, float] = page.evaluate("window.seen")
        browser.close()
    taken = sorted((seen[str(number)] - at) / 1000 for number, at in sending.at.items() if str(number) in seen)
    ground.table(
        f"From acknowledged to visible ({senders} customers, {seconds:.0f} s)",
        ["wanted a second", "reached", "watched", "never seen", "p50 s", "p95 s", "slowest s"],
        [
            [
                *(rate, reached[0], len(taken), len(sending.at) - len(taken)),
                *(f"{ground.part(taken, share):.2f}" for share in (0.5, 0.95, 1.0)),
            ]
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=100.0, help="messages a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--senders", type=int, default=40)
    options = parser.parse_args()
    os.environ["SITE_URL"] = SITE
    installation = Installation(Path(tempfile.mkdtemp(prefix="visible-")))
    try:
        installation.start()
        installation.run("-m", "benchmarks.flood.world")
        os.environ.update(installation.environment)
        ground.set_up_django()
        measure(installation, options.rate, options.seconds, options.senders)
    finally:
        installation.stop()


if __name__ == "__main__":
    main()
