"""One call to a receiver. Knows nothing of the database, so that no connection is held while a receiver takes its time."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import httpx

from apps.automation.enums import AttemptError
from apps.automation.signing import signed_headers
from apps.channels.platform_http import retry_after
from apps.core.http import AddressRefused, NameNotFound, ResponseTooLarge, ResponseTooSlow, guarded_client
from apps.core.storable import storable

TIMEOUT: Final = 15.0
"""Of the whole call. A receiver that needs longer should answer first and work then."""

ANSWER_BYTES: Final = 2000
"""What is kept of an answer; the rest is not even read."""

WAITING: Final = frozenset({429, 503})
"""Answers whose Retry-After counts."""


@dataclass(frozen=True, slots=True)
class Call:
    """Everything that a call needs, read beforehand."""

    url: str
    secrets: Sequence[str]
    message_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """`error` is empty for an answer of 2xx."""

    error: str = ""
    status: int | None = None
    answer: str = ""
    retry_after: timedelta | None = None
    duration: timedelta = timedelta(0)

    @property
    def is_delivered(self) -> bool:
        return not self.error


def post(call: Call) -> Outcome:
    begun = time.monotonic()
    outcome = _attempt(call)
    return Outcome(
        error=outcome.error,
        status=outcome.status,
        answer=outcome.answer,
        retry_after=outcome.retry_after,
        duration=timedelta(seconds=time.monotonic() - begun),
    )


def _attempt(call: Call) -> Outcome:
    headers = signed_headers(call.secrets, message_id=call.message_id, at=int(time.time()), body=call.body)
    client = guarded_client(timeout=TIMEOUT, deadline=TIMEOUT)
    is_late = threading.Event()

    def give_up() -> None:
        is_late.set()
        client.close()

    # The client's own limits start anew with each piece that comes; this one ends a call that only trickles.
    watch = threading.Timer(TIMEOUT, give_up)
    watch.daemon = True
    watch.start()
    try:
        with client.stream(
            "POST", call.url, content=call.body, headers={**headers, "Content-Type": "application/json"}
        ) as response:
            return _read(response)
    except (httpx.TimeoutException, ResponseTooSlow):
        return Outcome(AttemptError.TIMEOUT)
    except NameNotFound:
        return Outcome(AttemptError.NAME)
    except (AddressRefused, httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
        return Outcome(AttemptError.ADDRESS)
    except (httpx.ProtocolError, httpx.DecodingError, ResponseTooLarge):
        return Outcome(AttemptError.TIMEOUT if is_late.is_set() else AttemptError.PROTOCOL)
    except (httpx.TransportError, OSError, RuntimeError):
        # Closed under way by the watch, the library has several words for it.
        return Outcome(AttemptError.TIMEOUT if is_late.is_set() else AttemptError.CONNECTION)
    finally:
        watch.cancel()
        client.close()


def _read(response: httpx.Response) -> Outcome:
    status = response.status_code
    asked = retry_after(response.headers) if status in WAITING else None
    return Outcome(_error_of(status), status, _beginning(response), asked)


def _error_of(status: int) -> str:
    if 200 <= status < 300:
        return ""
    return AttemptError.REDIRECT if 300 <= status < 400 else AttemptError.STATUS


def _beginning(response: httpx.Response) -> str:
    """The status has been told already, so whatever happens to the rest of the answer changes nothing."""
    found = b""
    try:
        for chunk in response.iter_raw():
            found += chunk
            if len(found) >= ANSWER_BYTES:
                break
    except (httpx.HTTPError, ResponseTooLarge, ResponseTooSlow, OSError, RuntimeError):
        pass
    text = storable(found[:ANSWER_BYTES].decode("utf-8", "replace"))
    return "".join(sign if sign.isprintable() or sign in "\n\t" else " " for sign in text).strip()
