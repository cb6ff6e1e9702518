"""Customers who write by themselves: a few when a channel is new, thanks for an answer, and a stream on request."""

from __future__ import annotations

import random
from time import monotonic
from typing import Final

from apps.simulator.platform import Platform
from apps.simulator.shapes import Person
from apps.simulator.simulator import Simulator

LONGEST_PAUSE: Final = 2.0
OPENING_SECONDS: Final = 8.0
"""Between two customers who write first, at most, so that a newcomer sees them arrive one after the other."""

OPENINGS_WITHIN: Final = 36.0
"""Seconds until all have written: nobody waits longer to see what there is."""

FIRST_OPENING: Final = 3.0

THANKS_SECONDS: Final = 6.0
FOLLOW_UPS: Final = (
    "在吗？",
    "订单号是 LH20261122。",
    "Any news on this?",
    "我补充一下：包装也有破损。",
    "Please let me know today.",
)


class Crowd:
    """Bounded: `openings` customers a channel, one thank-you each, and `rate` messages a minute."""

    def __init__(
        self, simulator: Simulator, *, seed: int = 1, rate: float = 0.0, openings: int = 0, thanks: bool = False
    ) -> None:
        self._simulator = simulator
        self._chance = random.Random(f"crowd:{seed}")  # noqa: S311 (drawn to be repeated, guards nothing)
        self._pause = 60 / rate if rate else 0.0
        self._thanks = thanks
        self._thankful: set[tuple[str, str]] = set()
        start = monotonic()
        self._next = start
        self._due: list[tuple[float, Platform, Person, str, str]] = []
        self._plan_openings(openings, start + FIRST_OPENING)
        self.written = 0

    def step(self) -> float:
        """Does what is due and returns how long nothing will be."""
        moment = monotonic()
        if self._thanks:
            self._plan_thanks(moment)
        for entry in [entry for entry in self._due if entry[0] <= moment]:
            self._due.remove(entry)
            self._write(entry[1], entry[2], entry[3], entry[4])
        while self._pause and self._next <= moment:
            self._next += self._pause
            self._write_anything()
        upcoming = [entry[0] for entry in self._due] + ([self._next] if self._pause else [])
        return max(0.0, min([LONGEST_PAUSE, *(at - moment for at in upcoming)]))

    def _plan_openings(self, openings: int, at: float) -> None:
        """One customer of each channel, then the next of each, then all who comment: only where nobody ever wrote."""
        platforms = [platform for platform in self._simulator.platforms.values() if platform.account.is_quiet]
        first = [
            (platform, platform.people[turn])
            for turn in range(openings)
            for platform in platforms
            if turn < len(platform.people) and platform.people[turn].opening
        ]
        if openings:
            first += [
                (platform, person) for platform in platforms for person in platform.people[openings:] if person.post
            ]
        pause = min(OPENING_SECONDS, OPENINGS_WITHIN / max(len(first), 1))
        for place, (platform, person) in enumerate(first):
            self._due.append((at + place * pause, platform, person, person.opening, person.post))

    def _plan_thanks(self, moment: float) -> None:
        for platform in list(self._simulator.platforms.values()):
            with platform.lock:
                answered = {line.person: line.post for line in platform.lines if not line.is_own}
            for person_id, post in answered.items():
                person = platform.person(person_id)
                if person.thanks and (platform.account.key, person_id) not in self._thankful:
                    self._thankful.add((platform.account.key, person_id))
                    self._due.append((moment + THANKS_SECONDS, platform, person, person.thanks, post))

    def _write_anything(self) -> None:
        platforms = [platform for platform in self._simulator.platforms.values() if platform.people]
        if platforms:
            platform = self._chance.choice(platforms)
            person = self._chance.choice(list(platform.people))
            started = any(line.person == person.id for line in platform.conversation(person.id))
            self._write(platform, person, self._chance.choice(FOLLOW_UPS) if started else person.opening or "你好")

    def _write(self, platform: Platform, person: Person, text: str, post: str = "") -> None:
        platform.write(person.id, text, post=post)
        self.written += 1
