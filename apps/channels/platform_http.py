"""The one place where connectors call platforms.

A call either gives an `Answer`, whatever its status below 500 (but 429), or raises `PlatformTrouble`, which knows what
became of the request: certainly not taken, perhaps taken, refused. Neither the address nor the headers of a call
ever stand in an error, because platforms want their tokens there.
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Final

import httpx
from circuitbreaker import CircuitBreaker
from django.utils.translation import gettext_lazy as _

from apps.channels.contract import SendResult
from apps.channels.enums import FailureKind
from apps.core.clock import now
from apps.core.errors import Unavailable
from apps.core.http import (
    AddressRefused,
    GuardedClient,
    NameNotFound,
    ResponseTooLarge,
    ResponseTooSlow,
    guarded_client,
)

TIMEOUT: Final = 8.0
"""Of one step. Well inside the leases of inbox and outbox, also when a token has to be fetched on the way."""

DEADLINE: Final = 14.0
MAX_ANSWER_BYTES: Final = 2 * 1024 * 1024
LONGEST_WAIT: Final = timedelta(days=1)
FAILURES_TO_OPEN: Final = 5
OPEN_SECONDS: Final = 30
_SECONDS: Final = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)

_clients: dict[int, GuardedClient] = {}
_opening = threading.Lock()


class PlatformTrouble(Unavailable):
    """A call without a usable answer. Raised from `parse` the item waits; `result` is what it means to a delivery."""

    code = "channels.platform_trouble"
    message = _("The platform did not answer as it should. It is asked again.")
    is_passing = True

    def __init__(self, result: SendResult) -> None:
        super().__init__()
        self.result = result
        if result.retry_after is not None:
            self.retry_after = result.retry_after.total_seconds()


class AnswerTooLarge(PlatformTrouble):
    """It will be as large the next time."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content: bytes
    content_type: str
    headers: Mapping[str, str]
    is_repeatable: bool = False

    @property
    def is_json(self) -> bool:
        """By what it is, not by what it is called: several platforms label JSON as text."""
        return _looks_like_json(self.content)

    def json(self) -> dict[str, Any]:
        """The object the platform answered; PlatformTrouble for a page of some gateway on the way."""
        try:
            document = json.loads(self.content)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise PlatformTrouble(self._no_object())
        return document

    def _no_object(self) -> SendResult:
        detail = f"status {self.status}, {self.content_type[:60] or 'no type'} instead of a JSON object"
        if 400 <= self.status < 500:
            return SendResult.failed(FailureKind.MISCONFIGURED, detail)
        return SendResult.retry_later(detail) if self.is_repeatable else SendResult.unknown(detail)


def call(
    method: str,
    url: str,
    *,
    repeatable: bool = False,
    max_bytes: int = MAX_ANSWER_BYTES,
    reads_429: bool = False,
    **request: Any,
) -> Answer:
    """`repeatable` calls have no effect on a customer or know their own repetition: trouble with them is never an
    unknown outcome. `reads_429` is for platforms that say in the body of a 429 how long to wait. `request` is what
    httpx takes: params, headers, content, files.
    """
    breaker = _breaker(_place(url))
    if breaker.opened:
        wait = timedelta(seconds=max(1, breaker.open_remaining))
        raise PlatformTrouble(SendResult.retry_later("The platform failed several times; it is left alone.", wait))
    try:
        answer: Answer = breaker.call(_call, method, url, repeatable, max_bytes, reads_429, request)
    except AddressRefused as error:
        raise PlatformTrouble(_address_result(error)) from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise PlatformTrouble(SendResult.failed(FailureKind.MISCONFIGURED, type(error).__name__)) from None
    return answer


def _call(method: str, url: str, repeatable: bool, max_bytes: int, reads_429: bool, request: dict[str, Any]) -> Answer:
    try:
        response = _client(max_bytes).request(method, url, **request)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise PlatformTrouble(SendResult.retry_later(type(error).__name__)) from None
    except ResponseTooLarge:
        raise AnswerTooLarge(_perhaps_taken("ResponseTooLarge", repeatable)) from None
    except (httpx.TransportError, ResponseTooSlow) as error:
        raise PlatformTrouble(_perhaps_taken(type(error).__name__, repeatable)) from None
    if response.status_code == 429 and not (reads_429 and _looks_like_json(response.content)):
        raise PlatformTrouble(SendResult.retry_later("status 429", retry_after(response.headers)))
    if response.status_code >= 500:
        raise PlatformTrouble(_server_error(response, repeatable))
    headers = dict(response.headers)
    return Answer(
        response.status_code, response.content, headers.get("content-type", ""), headers, is_repeatable=repeatable
    )


def _looks_like_json(content: bytes) -> bool:
    return content[:256].lstrip()[:1] in (b"{", b"[")


def _perhaps_taken(detail: str, repeatable: bool) -> SendResult:
    return SendResult.retry_later(detail) if repeatable else SendResult.unknown(detail)


def _server_error(response: httpx.Response, repeatable: bool) -> SendResult:
    """503 says that the request was not worked on; the others may come after it was."""
    detail = f"status {response.status_code}"
    if response.status_code == 503:
        return SendResult.retry_later(detail, retry_after(response.headers))
    return _perhaps_taken(detail, repeatable)


def _address_result(error: AddressRefused) -> SendResult:
    """A name that is not found is often found a minute later; an address that we may not call stays so."""
    if isinstance(error, NameNotFound):
        return SendResult.retry_later("The platform's name was not found.")
    return SendResult.failed(FailureKind.MISCONFIGURED, "The platform's address cannot be used.")


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Seconds or a date; nothing that makes sense counts as not said."""
    value = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return min(timedelta(seconds=math.ceil(float(value[:12]))), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now()
    return min(wait, LONGEST_WAIT) if wait > timedelta(0) else None


def _place(url: str) -> str:
    try:
        parsed = httpx.URL(url)
        return f"{parsed.scheme}://{parsed.host}:{parsed.port}"
    except (httpx.InvalidURL, UnicodeError):
        return ""


def _client(max_bytes: int) -> GuardedClient:
    """Shared by the threads of a process, so that a connection serves more than one call."""
    with _opening:
        if max_bytes not in _clients:
            _clients[max_bytes] = guarded_client(timeout=TIMEOUT, deadline=DEADLINE, max_bytes=max_bytes)
        return _clients[max_bytes]


@cache
def _breaker(place: str) -> CircuitBreaker:
    """One a host and process: after several failures in a row nobody waits for its time-outs for a while."""
    return CircuitBreaker(
        failure_threshold=FAILURES_TO_OPEN, recovery_timeout=OPEN_SECONDS, expected_exception=_is_failure, name=place
    )


def _is_failure(_kind: type[BaseException], error: BaseException) -> bool:
    """Being told to slow down is no failure of the host."""
    return isinstance(error, PlatformTrouble) and error.result.detail != "status 429"


def forget() -> None:
    """Closes what is open and forgets what failed. For tests, whose servers come and go."""
    with _opening:
        for client in _clients.values():
            client.close()
        _clients.clear()
    _breaker.cache_clear()
