"""All platforms of one installation together, with the server under which it reaches them."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from apps.simulator.mischief import Mischief
from apps.simulator.platform import Platform
from apps.simulator.platforms import PLATFORMS
from apps.simulator.receiver import PATH, Receiver
from apps.simulator.server import Server
from apps.simulator.shapes import Account, Answer, Call, File


class Simulator:
    """Use it as a context manager. `find` is asked for accounts that came into being after the start."""

    def __init__(
        self,
        accounts: Iterable[Account] = (),
        *,
        mischief: Mischief | None = None,
        port: int = 0,
        find: Callable[[str], Account | None] = lambda key: None,
    ) -> None:
        if not settings.SIMULATOR_ALLOWED:
            raise ImproperlyConfigured("The simulator runs in the demo, in development and in tests only.")
        self._mischief = mischief or Mischief()
        self._find = find
        self._lock = threading.Lock()
        self.platforms: dict[str, Platform] = {}
        self.receiver = Receiver()
        self._server = Server(self.answer, port=port)
        for account in accounts:
            self.open(account)

    @property
    def url(self) -> str:
        return self._server.url

    def api_base(self, key: str) -> str:
        return f"{self.url}/{key}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        for platform in self.platforms.values():
            platform.stop()

    def open(self, account: Account) -> Platform:
        """Begins to play the platform of one more channel."""
        platform = PLATFORMS[account.kind](account, self._mischief)
        self.platforms[account.key] = platform
        platform.start()
        return platform

    def platform(self, key: str) -> Platform | None:
        with self._lock:
            if key in self.platforms:
                return self.platforms[key]
            account = self._find(key)
            return None if account is None else self.open(account)

    def wait_idle(self, seconds: float = 30.0) -> bool:
        """Whether everything that the platforms had to tell was told in that time."""
        return all(platform.courier.wait_idle(seconds) for platform in list(self.platforms.values()))

    # --- Requests ----------------------------------------------------------------------------------------------------

    def answer(self, key: str, call: Call) -> Answer:
        if key == "_":
            return self._control(call)
        if key == PATH:
            return self.receiver.take(call)
        platform = self.platform(key)
        if platform is None:
            return Answer(404, b"no such account", "text/plain")
        platform.calls.append(call)
        return platform.answer(call)

    def _control(self, call: Call) -> Answer:
        """For the page on which a person plays the customers; a header that no foreign page can set proves it."""
        if "x-simulator" not in call.headers:
            return Answer(403, b"", "text/plain")
        if call.path == "/received":
            return Answer.of(self.receiver.received())
        if call.path == "/accounts":
            return Answer.of([self._account(platform) for platform in list(self.platforms.values())])
        platform = self.platform(call.query.get("channel", ""))
        if platform is None:
            return Answer(404, b"", "text/plain")
        person = call.query.get("person", "")
        if call.method == "POST":
            platform.write(person, *written(call))
        return Answer.of([line.as_dict() for line in platform.conversation(person)])

    def _account(self, platform: Platform) -> dict[str, Any]:
        people = [{"id": person.id, "name": person.name} for person in list(platform.known.values())]
        return {
            "key": platform.account.key,
            "kind": platform.kind,
            "people": people,
            "takes_files": platform.takes_files,
            "posts": list(platform.posts),
        }


def written(call: Call) -> tuple[str, File | None, str]:
    """What a person wrote on the page of the customers."""
    document = call.json() or {}
    file = document.get("file")
    kept = File(file["name"], file["content_type"], base64.b64decode(file["content"])) if file else None
    return str(document.get("text", "")), kept, str(document.get("post", ""))
