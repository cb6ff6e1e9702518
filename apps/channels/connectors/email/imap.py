"""Reading a mailbox: what is new since the last look, without touching anything but what is stored.

A mail's place is (account, folder, UIDVALIDITY, UID) and only says how far we have read; its identity is the hash
of its bytes. So whatever a server does to its numbers, nothing is lost and nothing comes twice.
"""

from __future__ import annotations

import hashlib
import selectors
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Protocol, Self

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, LoginError

from apps.channels.connectors.email.limits import DEFAULT_LIMITS, KIB, MIB
from apps.channels.enums import FailureKind

BATCH_MAILS: Final = 25
SIZE_BATCH: Final = 500
BATCH_BYTES: Final = 16 * MIB
OVERSIZE_TEXT_BYTES: Final = 64 * KIB
IDLE_SECONDS: Final = 4 * 60
"""Shorter than what NATs and servers cut (5 to 30 minutes)."""

IDLE_SLICE: Final = 1.0
"""How soon a waiting process notices that it is to stop."""

FIRST_PAUSE: Final = 1.0
"""How soon after a look the server is asked again; each further pause is twice as long."""


@dataclass(frozen=True, slots=True)
class ImapAccount:
    host: str
    port: int
    user: str
    password: str
    security: str = "ssl"
    """`ssl`, `starttls` or `none`."""
    oauth_token: str = ""
    timeout: float = 30.0

    @property
    def key(self) -> str:
        """Names the mailbox, not its password: a channel pointed at another mailbox starts anew."""
        return hashlib.sha256(f"{self.host.lower()}:{self.port}:{self.user}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FolderState:
    """What the server says about a folder when it is opened."""

    uid_validity: int
    uid_next: int
    exists: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a folder was read: everything up to `last_uid` is stored."""

    uid_validity: int = 0
    last_uid: int = 0
    checked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FetchedMail:
    uid: int
    size: int
    arrived: datetime | None
    raw: bytes | None
    """None when the server would not hand it out."""
    is_partial: bool = False
    """Only the headers and the start of a mail above the size limit; the rest stays in the mailbox."""


class MailboxError(Exception):
    """The mailbox could not be used; `kind` says what would heal it."""

    def __init__(self, kind: FailureKind, code: str) -> None:
        super().__init__(code)
        self.kind = kind
        self.code = code


class ImapConnection(Protocol):
    """The part of IMAPClient that is used, so that a test can stand in for a server."""

    def select_folder(self, folder: str, readonly: bool = ...) -> dict[bytes, Any]: ...
    def search(self, criteria: Sequence[Any], charset: str | None = ...) -> list[int]: ...
    def fetch(self, messages: Sequence[int], data: Sequence[str]) -> dict[int, dict[bytes, Any]]: ...
    def add_flags(self, messages: Sequence[int], flags: Sequence[bytes], silent: bool = ...) -> Any: ...
    def move(self, messages: Sequence[int], folder: str) -> Any: ...
    def has_capability(self, capability: str) -> bool: ...
    def folder_exists(self, folder: str) -> bool: ...
    def idle(self) -> Any: ...
    def was_told_of_mail(self) -> bool: ...
    def hears(self, seconds: float) -> bool: ...
    def idle_done(self) -> Any: ...
    def noop(self) -> Any: ...
    def logout(self) -> Any: ...
    def shutdown(self) -> None: ...


class Client(IMAPClient):
    """IMAPClient that can wait for an answer without reading it, and forgets nothing it was told before."""

    def idle(self) -> None:
        """As the library's, which takes it for an error when the server has news before it agrees to wait."""
        tag = self._idle_tag = self._imap._command("IDLE")
        while self._imap._get_response() is not None:
            if self._imap.tagged_commands[tag]:
                raise IMAPClientError("The server does not wait.")

    def was_told_of_mail(self) -> bool:
        """Whether the server has counted the folder's mails again since it was opened.

        It does so within the answer to any command, and what it has said once it does not repeat while we wait.
        """
        return len(self._imap.untagged_responses.get("EXISTS", ())) > 1

    def hears(self, seconds: float) -> bool:
        """Whether the server says something within `seconds`; bytes that were read ahead already count.

        The library's own `idle_check` looks at the socket alone, so that it misses what came in one packet with
        an earlier answer, and breaks on a line that comes in two.
        """
        connection = self.socket()
        if getattr(self._imap, "_readbuf", None):
            return True
        if isinstance(connection, ssl.SSLSocket) and connection.pending():
            return True
        if self._has_read_ahead(connection):
            return True
        with selectors.DefaultSelector() as selector:
            selector.register(connection, selectors.EVENT_READ)
            return bool(selector.select(seconds))

    def _has_read_ahead(self, connection: Any) -> bool:
        stream = getattr(self._imap, "_file", None) or self._imap.file  # Python 3.14 renamed it
        timeout = connection.gettimeout()
        connection.setblocking(False)
        try:
            return bool(stream.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            connection.settimeout(timeout)


def connect(account: ImapAccount) -> Client:
    """An authenticated connection; TLS certificates are always checked."""
    try:
        context = ssl.create_default_context()
        client = Client(
            account.host,
            port=account.port,
            ssl=account.security == "ssl",
            ssl_context=context if account.security == "ssl" else None,
            use_uid=True,
            timeout=SocketTimeout(connect=min(account.timeout, 15.0), read=account.timeout),
        )
    except ssl.SSLCertVerificationError as error:
        raise MailboxError(FailureKind.MISCONFIGURED, "imap_certificate") from error
    except (OSError, IMAPClientError) as error:
        raise MailboxError(FailureKind.RETRY_LATER, "imap_unreachable") from error
    try:
        client.normalise_times = False
        if account.security == "starttls":
            client.starttls(context)
        if account.oauth_token:
            client.oauth2_login(account.user, account.oauth_token)
        else:
            client.login(account.user, account.password)
    except LoginError as error:
        _hang_up(client)
        raise MailboxError(FailureKind.REAUTHENTICATE, "imap_sign_in") from error
    except (ssl.SSLCertVerificationError, CapabilityError) as error:
        _hang_up(client)
        raise MailboxError(FailureKind.MISCONFIGURED, "imap_security") from error
    except (OSError, IMAPClientError, UnicodeError) as error:
        _hang_up(client)
        raise MailboxError(FailureKind.RETRY_LATER, "imap_unreachable") from error
    return client


class Mailbox:
    """One connection and the folder open in it; every failure is a MailboxError."""

    def __init__(self, client: ImapConnection, *, limit_bytes: int = DEFAULT_LIMITS.message_bytes) -> None:
        self._client = client
        self._limit_bytes = limit_bytes

    @classmethod
    def open(cls, account: ImapAccount, *, limit_bytes: int = DEFAULT_LIMITS.message_bytes) -> Self:
        return cls(connect(account), limit_bytes=limit_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        _hang_up(self._client)

    def open_folder(self, folder: str) -> FolderState:
        try:
            answer = self._client.select_folder(folder, readonly=False)
        except _LOST as error:
            raise _lost() from error
        except IMAPClientError as error:
            raise MailboxError(FailureKind.MISCONFIGURED, "imap_folder") from error
        return FolderState(
            uid_validity=_number(answer.get(b"UIDVALIDITY")),
            uid_next=_number(answer.get(b"UIDNEXT")),
            exists=_number(answer.get(b"EXISTS")),
        )

    def new_uids(self, cursor: Cursor, state: FolderState, *, since: date | None) -> list[int]:
        """UIDs to fetch, ascending. `n:*` names the last mail even when it is older, hence the filter."""
        try:
            if must_rescan(cursor, state):
                criteria = ["SINCE", since] if since else ["ALL"]
                return sorted(self._client.search(criteria))
            found = self._client.search(["UID", f"{cursor.last_uid + 1}:*"])
        except _LOST as error:
            raise _lost() from error
        except IMAPClientError as error:
            raise MailboxError(FailureKind.RETRY_LATER, "imap_search") from error
        return sorted(uid for uid in found if uid > cursor.last_uid)

    def fetch(self, uids: Sequence[int]) -> Iterator[list[FetchedMail]]:
        """Mails in the order of their UIDs, sizes asked first, in batches bounded in number and bytes."""
        for start in range(0, len(uids), SIZE_BATCH):
            some = uids[start : start + SIZE_BATCH]
            sizes = self._sizes(some)
            for batch in _batches(some, sizes, self._limit_bytes):
                if len(batch) == 1 and sizes.get(batch[0], 0) > self._limit_bytes:
                    yield [self._fetch_start(batch[0], sizes[batch[0]])]
                else:
                    yield list(self._fetch_whole(batch, sizes))

    def mark_seen(self, uids: Sequence[int]) -> None:
        """Flag mails that are stored; a refusal is no harm, for the flag is never read."""
        if uids:
            with suppress(IMAPClientError, OSError):
                self._client.add_flags(list(uids), [b"\\Seen"], silent=True)

    def move_away(self, uids: Sequence[int], folder: str) -> None:
        """Move stored mails to another folder, where the server can."""
        if uids and self._client.has_capability("MOVE"):
            with suppress(IMAPClientError, OSError):
                self._client.move(list(uids), folder)

    def has_message(self, folder: str, message_id: str) -> bool:
        """Whether a folder holds a mail with this Message-ID, as proof that the server took it."""
        try:
            if not self._client.folder_exists(folder):
                return False
            self._client.select_folder(folder, readonly=True)
            return bool(self._client.search(["HEADER", "Message-ID", f"<{message_id}>"]))
        except _LOST as error:
            raise _lost() from error
        except IMAPClientError:
            return False

    @property
    def can_wait(self) -> bool:
        return self._client.has_capability("IDLE")

    def wait_for_mail(self, should_stop: Callable[[], bool], seconds: float = IDLE_SECONDS) -> bool:
        """Sleep in IDLE until the server has news; False when the time passed or we are to stop."""
        until = time.monotonic() + seconds
        pause = FIRST_PAUSE
        heard = False
        try:
            while not heard and not should_stop() and time.monotonic() < until:
                heard = self._idle(should_stop, min(until, time.monotonic() + pause))
                pause *= 2
        except _LOST as error:
            raise _lost() from error
        except IMAPClientError as error:
            raise MailboxError(FailureKind.RETRY_LATER, "imap_idle") from error
        return heard

    def _idle(self, should_stop: Callable[[], bool], until: float) -> bool:
        """Asks for news and waits for more.

        What comes in the milliseconds between the two, a server such as Dovecot keeps to itself until something else
        happens. So the caller asks again, the sooner the shorter the mailbox has been quiet.
        """
        self._client.noop()
        self._client.idle()
        heard = self._client.was_told_of_mail()
        while not heard and not should_stop() and (left := until - time.monotonic()) > 0:
            heard = self._client.hears(min(IDLE_SLICE, left))
        self._client.idle_done()
        return heard

    def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        try:
            answer = self._client.fetch(list(uids), ["RFC822.SIZE"])
        except _LOST as error:
            raise _lost() from error
        except IMAPClientError as error:
            raise MailboxError(FailureKind.RETRY_LATER, "imap_fetch") from error
        return {uid: _number(item.get(b"RFC822.SIZE")) for uid, item in answer.items()}

    def _fetch_whole(self, batch: Sequence[int], sizes: dict[int, int]) -> Iterator[FetchedMail]:
        try:
            answer = self._client.fetch(list(batch), ["BODY.PEEK[]", "INTERNALDATE"])
        except _LOST as error:
            raise _lost() from error
        except IMAPClientError:
            if len(batch) > 1:
                for uid in batch:
                    yield from self._fetch_whole([uid], sizes)
                return
            answer = {}
        for uid in batch:
            if uid not in sizes and uid not in answer:
                continue
            item = answer.get(uid, {})
            body = item.get(b"BODY[]")
            yield FetchedMail(
                uid=uid,
                size=sizes.get(uid, len(body or b"")),
                arrived=_moment(item.get(b"INTERNALDATE")),
                raw=body if isinstance(body, bytes) else None,
            )

    def _fetch_start(self, uid: int, size: int) -> FetchedMail:
        wanted = ["BODY.PEEK[HEADER]", f"BODY.PEEK[TEXT]<0.{OVERSIZE_TEXT_BYTES}>", "INTERNALDATE"]
        try:
            item = self._client.fetch([uid], wanted).get(uid, {})
        except _LOST as error:
            raise _lost() from error
        except IMAPClientError:
            item = {}
        head = item.get(b"BODY[HEADER]")
        text = next((value for key, value in item.items() if key.startswith(b"BODY[TEXT]")), b"") or b""
        raw = head[: DEFAULT_LIMITS.header_block_bytes] + text if isinstance(head, bytes) else None
        return FetchedMail(uid=uid, size=size, arrived=_moment(item.get(b"INTERNALDATE")), raw=raw, is_partial=True)


_LOST: Final = (IMAPClientAbortError, OSError, EOFError)


def must_rescan(cursor: Cursor, state: FolderState) -> bool:
    """Whether the UIDs we remember mean nothing any more.

    A UIDVALIDITY of 0 (some servers send it always) promises nothing, and a next UID at or below one we have
    read breaks the promise.
    """
    return state.uid_validity == 0 or state.uid_validity != cursor.uid_validity or 0 < state.uid_next <= cursor.last_uid


def _batches(uids: Sequence[int], sizes: dict[int, int], limit_bytes: int) -> Iterator[list[int]]:
    batch: list[int] = []
    total = 0
    for uid in uids:
        size = sizes.get(uid, 0)
        if size > limit_bytes:
            if batch:
                yield batch
            yield [uid]
            batch, total = [], 0
            continue
        if batch and (len(batch) >= BATCH_MAILS or total + size > BATCH_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(uid)
        total += size
    if batch:
        yield batch


def _number(value: object) -> int:
    if isinstance(value, (list, tuple)) and value:
        value = value[0]
    return value if isinstance(value, int) else 0


def _moment(value: object) -> datetime | None:
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _lost() -> MailboxError:
    return MailboxError(FailureKind.RETRY_LATER, "imap_connection_lost")


def _hang_up(client: ImapConnection) -> None:
    try:
        client.logout()
    except (IMAPClientError, OSError, EOFError):
        with suppress(IMAPClientError, OSError, EOFError):
            client.shutdown()
