"""A system that is told what happens in the contact center: it takes outgoing webhooks, as a CRM would.

Written from the specification of Standard Webhooks, with nothing of the code that signs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from apps.simulator.shapes import Answer, Call

PATH: Final = "receiver"
KEPT: Final = 100
TOLERANCE: Final = 300
"""Seconds that a call may be old, or our clock wrong."""

DEMO_KEY: Final = "whsec_" + base64.b64encode(b"the demo's receiver knows it too").decode()
"""Known to everybody who reads this, so good for the demo and for tests only."""


@dataclass(frozen=True, slots=True)
class Received:
    """`verdict` is genuine, repeated, stale or forged."""

    at: str
    message_id: str
    verdict: str
    type: str
    body: str


class Receiver:
    def __init__(self, key: str = DEMO_KEY) -> None:
        self._key = base64.b64decode(key.removeprefix("whsec_"))
        self._lock = threading.Lock()
        self._received: deque[Received] = deque(maxlen=KEPT)
        self._known: set[str] = set()

    def take(self, call: Call) -> Answer:
        """Answers 204 also to a repetition: it was taken before, and the sender may forget it."""
        with self._lock:
            verdict = self._verdict(call)
            self._received.appendleft(_note(call, verdict))
            if verdict == "genuine":
                self._known.add(call.headers["webhook-id"])
        return Answer(204 if verdict in ("genuine", "repeated") else 401, b"", "text/plain")

    def received(self) -> list[dict[str, Any]]:
        """The newest first."""
        with self._lock:
            return [asdict(one) for one in self._received]

    def _verdict(self, call: Call) -> str:
        message_id = call.headers.get("webhook-id", "")
        stamp = call.headers.get("webhook-timestamp", "")
        expected = base64.b64encode(
            hmac.new(self._key, b".".join([message_id.encode(), stamp.encode(), call.body]), hashlib.sha256).digest()
        )
        given = [part.partition(",")[2].encode() for part in call.headers.get("webhook-signature", "").split()]
        if not any(hmac.compare_digest(expected, one) for one in given):
            return "forged"
        if abs(time.time() - int(stamp)) > TOLERANCE:
            return "stale"
        return "repeated" if message_id in self._known else "genuine"


def _note(call: Call, verdict: str) -> Received:
    document = call.json()
    is_event = isinstance(document, dict)
    return Received(
        at=datetime.now(UTC).isoformat(),
        message_id=call.headers.get("webhook-id", "")[:80],
        verdict=verdict,
        type=str(document.get("type", ""))[:80] if is_event else "",
        body=json.dumps(document, ensure_ascii=False, indent=2)[:5000] if is_event else "",
    )
