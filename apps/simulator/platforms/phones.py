"""What the SMS platforms have in common: phones, words that end it, and reports about what was sent."""

from __future__ import annotations

import threading
from typing import ClassVar, Final

from apps.simulator.platform import Platform
from apps.simulator.shapes import Line, Person, Push

STOP_WORDS: Final = frozenset({"td", "t", "退订", "stop", "unsubscribe"})
START_WORDS: Final = frozenset({"start"})
UNREACHABLE: Final = "404"
"""A number that ends so is switched off: what is sent to it is accepted and reported as failed."""


class PhonePlatform(Platform):
    report_after: ClassVar[float] = 2.0
    """Seconds from taking a message to the report that it arrived."""

    def hear(self, line: Line) -> None:
        word = line.text.strip().casefold()
        if word in STOP_WORDS:
            self.blocked.add(line.person)
        elif word in START_WORDS:
            self.blocked.discard(line.person)

    def report_soon(self, line: Line, push: Push) -> None:
        """Tells the installation in a while what became of a message, and shows it on the phone."""
        is_lost = self.is_unreachable(line.person) or line.person in self.blocked
        line.state = "undelivered" if is_lost else "delivered"
        self.courier.push(push, after=self.report_after)

    @staticmethod
    def is_unreachable(person: str) -> bool:
        return person.endswith(UNREACHABLE)


class Serial:
    """Numbers that rise, as carriers give them."""

    def __init__(self, first: int) -> None:
        self._next = first
        self._lock = threading.Lock()

    def take(self) -> int:
        with self._lock:
            self._next += 1
            return self._next


def chinese_people(first: int) -> tuple[Person, ...]:
    """Three phones of a range that is not given to people, like those of the demo's other customers."""
    return (
        Person(f"1450999{first:04d}", "周念", "你好，我昨天下单的台灯什么时候能发货？", "好的，谢谢！"),
        Person(f"1450999{first + 1:04d}", "宋一帆", "安装师傅说好上午来，现在还没到。", "收到，麻烦你们了。"),
        Person(f"1450999{first + 2:04d}", "顾晓", "发票抬头写错了，可以重开吗？", "谢谢，辛苦了。"),
    )
