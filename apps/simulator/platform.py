"""What every platform that is played has: customers, conversations, files, a window for answers, calls both ways."""

from __future__ import annotations

import itertools
import random
import secrets
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from apps.simulator.courier import Courier, post
from apps.simulator.mischief import Mischief
from apps.simulator.shapes import Account, Answer, Call, File, Line, Person, Push, Request

KEPT_LINES: Final = 500
KEPT_FILES: Final = 50


class Platform:
    """One account at one kind of platform. Subclass it, fill in what the platform does, list it in `platforms`.

    The installation reaches it under `/<key of the channel>/` of the simulator's server: that is the channel's
    `api_base`. Methods may be called by several threads at once; `self.lock` guards what they share.
    """

    kind: ClassVar[str]
    """The kind of channel it is the other side of."""
    names: ClassVar[tuple[str, str]]
    """What the demo calls its channel: zh-Hans, en."""
    people: ClassVar[Sequence[Person]] = ()
    retries: ClassVar[Sequence[float]] = (5.0, 60.0)
    """Seconds before the next attempts, when the installation did not take a call."""
    timeout: ClassVar[float] = 5.0
    window: ClassVar[timedelta | None] = None
    """How long after a customer's message the company may answer."""
    takes_files: ClassVar[bool] = False
    """Whether customers can send pictures."""
    posts: ClassVar[Sequence[str]] = ()
    """What the company posted, where customers can comment before everybody."""
    quota: ClassVar[int | None] = None
    """How many answers it may give until the customer writes again."""

    def __init__(self, account: Account, mischief: Mischief) -> None:
        self.account = account
        self.mischief = mischief
        self.chance: random.Random = mischief.chance_of(account.key)
        self.lock = threading.RLock()
        self.lines: deque[Line] = deque(maxlen=KEPT_LINES)
        self.known: dict[str, Person] = {person.id: person for person in self.people}
        self.blocked: set[str] = set()
        """Customers who want no more of the company."""
        self.calls: deque[Call] = deque(maxlen=KEPT_LINES)
        """What the installation asked for: the newest last."""
        self._files: dict[str, File] = {}
        self._numbers = itertools.count(1)
        self._answers_left: dict[str, int] = {}
        self.courier = Courier(
            account.key,
            carry=self.carry,
            is_taken=self.is_taken,
            retries=self.retries,
            mischief=mischief,
            chance=self.chance,
        )

    def start(self) -> None:
        self.courier.start()

    def stop(self) -> None:
        self.courier.stop()

    # --- What the demo's channel is set to ---------------------------------------------------------------------------

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        """`Channel.settings` of a channel whose platform this is."""
        return {"api_base": api_base}

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        """`Channel.secrets`; known to everybody who reads this, so good for the demo and for tests only."""
        return {}

    @classmethod
    def is_played_for(cls, settings: Mapping[str, Any], secrets: Mapping[str, Any], url: str) -> bool:
        """Whether a channel that is set so has the simulator at this address as its platform."""
        return str(settings.get("api_base") or "").startswith(f"{url}/")

    # --- Customers write ---------------------------------------------------------------------------------------------

    def write(self, person: str, text: str, file: File | None = None, post: str = "") -> Line:
        """A customer writes, to the company alone or under one of its posts; the installation is told."""
        with self.lock:
            self._answers_left[person] = self.quota or 0
            file_id = self.keep(file) if file is not None else ""
            line = self._add_line(person, text, is_own=True, state="sending", file_id=file_id)
            line.file_name = file.name if file is not None else ""
            line.post = post if post in self.posts else ""
            self.hear(line)
        self.courier.push(self._noting(self.message(line), line))
        return line

    def hear(self, line: Line) -> None:
        """What the platform itself makes of a customer's words, such as STOP."""

    def message(self, line: Line) -> Push:
        """The platform's call that brings a customer's message."""
        raise NotImplementedError

    def carry(self, request: Request) -> tuple[int, bytes]:
        """Brings a call to the installation; OSError when nobody is there. Streams have a way of their own."""
        return post(request, timeout=self.timeout)

    def is_taken(self, status: int, body: bytes) -> bool:
        """Whether the platform is content with the installation's answer."""
        return status == 200

    def person(self, person: str) -> Person:
        with self.lock:
            return self.known.setdefault(person, Person(person, person, "", ""))

    def _noting(self, push: Push, line: Line) -> Push:
        def done(outcome: str) -> None:
            line.state = outcome
            push.done(outcome)

        return Push(push.make, done)

    # --- The company answers -----------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        """One request of the installation to the platform's interface."""
        raise NotImplementedError

    def deliver(self, person: str, text: str, *, file_id: str = "", state: str = "accepted", post: str = "") -> Line:
        """Puts the company's message into the customer's conversation, or under the post where they commented."""
        with self.lock:
            self.person(person)
            if self.quota is not None:
                self._answers_left[person] = self._answers_left.get(person, 0) - 1
            line = self._add_line(person, text, is_own=False, state=state, file_id=file_id)
            line.post = post
            return line

    def refusal_for(self, person: str) -> str:
        """Why the platform would not bring an answer to this customer now: "blocked", "window", "quota" or ""."""
        with self.lock:
            if person in self.blocked:
                return "blocked"
            if self.window is not None and not self._is_in_window(person, self.window):
                return "window"
            if self.quota is not None and self._answers_left.get(person, 0) <= 0:
                return "quota"
            return ""

    def _is_in_window(self, person: str, window: timedelta) -> bool:
        written = (line.at for line in reversed(self.lines) if line.is_own and line.person == person and not line.post)
        last = next(written, None)
        return last is not None and datetime.now(UTC) - last < window

    def has_bad_luck(self) -> bool:
        """Whether this sending meets one of the platform's own errors."""
        return self.chance.random() < self.mischief.errors

    # --- What both have ----------------------------------------------------------------------------------------------

    def keep(self, file: File) -> str:
        """Stores a file under an id of the platform."""
        with self.lock:
            file_id = self.new_id("media")
            self._files[file_id] = file
            while len(self._files) > KEPT_FILES:
                del self._files[next(iter(self._files))]
            return file_id

    def file(self, file_id: str) -> File | None:
        return self._files.get(file_id)

    def new_id(self, prefix: str = "") -> str:
        """Unlike any of another run: the installation keeps what it has seen."""
        return prefix + secrets.token_hex(12)

    def conversation(self, person: str) -> list[Line]:
        with self.lock:
            return [line for line in self.lines if line.person == person]

    def _add_line(self, person: str, text: str, *, is_own: bool, state: str, file_id: str) -> Line:
        line = Line(next(self._numbers), person, text, datetime.now(UTC), is_own, state, file_id)
        self.lines.append(line)
        return line


class Tokens:
    """Access tokens that run out, as platforms issue them. A new one leaves the old one valid for a moment or not."""

    def __init__(self, lifetime: timedelta, *, keeps_old: bool = False) -> None:
        self.lifetime = lifetime
        self._keeps_old = keeps_old
        self._valid: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def issue(self) -> str:
        with self._lock:
            if not self._keeps_old:
                self._valid.clear()
            token = secrets.token_urlsafe(24)
            self._valid[token] = datetime.now(UTC) + self.lifetime
            return token

    def is_valid(self, token: str) -> bool:
        with self._lock:
            ends = self._valid.get(token)
            return ends is not None and datetime.now(UTC) < ends

    def expire_all(self) -> None:
        with self._lock:
            self._valid.clear()


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
