"""Files that come and go by a platform's own store: links and ids that expire, so they are fetched when a message is read."""

from __future__ import annotations

import mimetypes
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import structlog

from apps.channels.contract import InboundFile
from apps.channels.enums import FailureKind
from apps.channels.platform_http import Answer, AnswerTooLarge, PlatformTrouble, call
from apps.core.models import StoredFile
from apps.core.sniffing import sniff
from apps.core.storage import open_file

if TYPE_CHECKING:
    from apps.channels.models import InboundEvent

logger = structlog.get_logger(__name__)

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_LINKS: Final = 4
MAX_FILES: Final = 10
LINKS_SECONDS: Final = 8.0

PATIENT_ATTEMPTS: Final = 6
"""So often an item waits for its file, about four minutes in all; what its sender wrote since waits behind it."""


class MediaGone(Exception):
    """The platform says that it does not have the file, or it is none that we take. `notice` tells on the message."""

    def __init__(self, notice: str = "media_gone") -> None:
        super().__init__(notice)
        self.notice = notice


@dataclass(frozen=True, slots=True)
class OutgoingMedia:
    name: str
    content_type: str
    content: bytes


def received(event: InboundEvent, fetch: Callable[[], InboundFile]) -> tuple[tuple[InboundFile, ...], str]:
    """The file, or the notice why there is none. While the platform may still give it, the item waits for it."""
    try:
        return (fetch(),), ""
    except MediaGone as gone:
        return (), gone.notice
    except AnswerTooLarge:
        return (), "media_too_large"
    except PlatformTrouble as trouble:
        is_passing = trouble.result.failure is not FailureKind.MISCONFIGURED
        if is_passing and event.attempts < PATIENT_ATTEMPTS:
            raise
        logger.warning("media.given_up", inbound_id=event.pk, detail=trouble.result.detail)
        return (), "media_missing"


def all_received(
    event: InboundEvent, fetches: Sequence[Callable[[], InboundFile]]
) -> tuple[tuple[InboundFile, ...], str]:
    """Several files of one message, as far as the time of a worker goes, and the notice of the first that is missing."""
    until = time.monotonic() + LINKS_SECONDS
    files: list[InboundFile] = []
    notices: list[str] = []
    for number, fetch in enumerate(fetches):
        is_late = number >= MAX_FILES or time.monotonic() > until
        found, notice = ((), "media_missing") if is_late else received(event, fetch)
        files += found
        notices += [notice] if notice else []
    return tuple(files), next(iter(notices), "")


def download(url: str, *, method: str = "GET", max_bytes: int = MAX_BYTES, **request: Any) -> Answer:
    """What the platform answers, complaints included: how they look is the connector's to know.

    Redirects are followed, each to a checked address.
    """
    return call(method, url, repeatable=True, max_bytes=max_bytes, follow_redirects=True, **request)


def download_link(url: str, *, stem: str, name: str = "", max_bytes: int = MAX_BYTES) -> InboundFile:
    """A file behind a plain link."""
    answer = download(url, max_bytes=max_bytes)
    if answer.status >= 400 or not answer.content:
        raise MediaGone
    return as_file(answer, stem=stem, name=name)


def behind_links(event: InboundEvent, links: Sequence[str]) -> tuple[tuple[InboundFile, ...], tuple[str, ...]]:
    """The files behind the links, and the links that stay links. All within the time that a worker holds an item."""
    until = time.monotonic() + LINKS_SECONDS
    files: list[InboundFile] = []
    left: list[str] = []
    for number, link in enumerate(links):
        is_late = number >= MAX_LINKS or time.monotonic() > until
        found, _notice = ((), "") if is_late else received(event, partial(_behind_link, link))
        files += found
        left += [] if found else [link]
    return tuple(files), tuple(left)


def _behind_link(link: str) -> InboundFile:
    name = unquote(urlsplit(link).path).rpartition("/")[2][:120]
    try:
        return download_link(link, stem="file", name=name if "." in name else "")
    except PlatformTrouble as trouble:
        if trouble.result.failure == FailureKind.MISCONFIGURED:
            # An address that we may not call stays so.
            raise MediaGone from trouble
        raise


def as_file(answer: Answer, *, stem: str, name: str = "") -> InboundFile:
    """Called by its own name, or by a stem with the ending of what it is. A page of HTML is nobody's file."""
    content_type = sniff(answer.content[:65536])
    if content_type == "text/html" and not name:
        raise MediaGone("media_missing")
    ending = mimetypes.guess_extension(content_type) or ""
    return InboundFile(name=name or f"{stem}{ending}", content_type=content_type, content=answer.content)


def outgoing(stored_id: int) -> OutgoingMedia | None:
    """One of our stored files, to be uploaded; None when it is no longer there."""
    stored = StoredFile.objects.filter(pk=stored_id).first()
    if stored is None:
        return None
    return OutgoingMedia(stored.name, stored.content_type, open_file(stored))
