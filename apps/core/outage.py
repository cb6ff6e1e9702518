"""Something that this process can do without is away: told once, and once more when it is back.

Valkey that dies fails every hint and every look into the cache; a line for each would bury what else is told.
"""

from __future__ import annotations

import threading
import time

import structlog

logger = structlog.get_logger(__name__)


class Outage:
    """Of one way to one server, in this process. `name` stands in the log, with `.back` once it is over."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._back = f"{name}.back"
        self._since: float | None = None
        self._lock = threading.Lock()

    def failed(self, error: BaseException, **told: str) -> None:
        with self._lock:
            if self._since is not None:
                return
            self._since = time.monotonic()
        logger.warning(self.name, error=type(error).__name__, **told)

    def worked(self) -> None:
        if self._since is None:
            return
        with self._lock:
            since, self._since = self._since, None
        if since is not None:
            logger.info(self._back, seconds=round(time.monotonic() - since))
