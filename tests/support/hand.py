"""A person at the keyboard. At full speed in tests; HUMAN_PACE=1 has it read, think and type as people do."""

import os
import time

from playwright.sync_api import Locator, Page

HUMAN = os.environ.get("HUMAN_PACE") == "1"
KEY_MS = 110
"""Between two keys: about a hundred a minute less than a practised typist."""


class Hand:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def look(self, seconds: float = 3.0) -> None:
        """Reads what has appeared."""
        if HUMAN:
            self.page.wait_for_timeout(seconds * 1000)

    def click(self, target: Locator) -> None:
        self.look(1.2)
        target.click()

    def type(self, target: Locator, text: str) -> None:
        self.look(0.8)
        target.click()
        target.fill("")
        if HUMAN:
            target.press_sequentially(text, delay=KEY_MS)
        else:
            target.fill(text)

    def paste(self, target: Locator, text: str) -> None:
        """Copied elsewhere, which takes its time, and pasted."""
        self.look(4.0)
        target.click()
        target.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(text)

    def choose(self, target: Locator, value: str) -> None:
        self.look(1.5)
        target.select_option(value)
