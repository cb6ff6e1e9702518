"""Handing a composed mail to a server through Django's backend, and saying truthfully what came of it."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from apps.channels.enums import FailureKind

_ENHANCED: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_GONE: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.0", "5.2.1", "5.2.2", "5.4.4"})
_GREYLIST_DELAY: Final = timedelta(minutes=5)
_BUSY_DELAY: Final = timedelta(minutes=2)
_DETAIL_CHARS: Final = 300
CONTENT_SECONDS: Final = 45.0
"""Servers check a mail before they answer; giving up earlier would only make outcomes unknown."""

Refusals = Mapping[str, tuple[int, bytes | str]]


@dataclass(frozen=True, slots=True)
class SmtpAccount:
    host: str
    port: int
    user: str = ""
    password: str = ""
    security: str = "starttls"
    """`ssl`, `starttls` or `none`."""
    oauth_token: str = ""
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class Refusal:
    address: str
    kind: FailureKind
    detail: str


@dataclass(frozen=True, slots=True)
class Handover:
    """The server took the mail; `refused` are recipients it would not take it for."""

    refused: tuple[Refusal, ...] = ()


class SendError(Exception):
    """The mail was not handed over, or nobody knows (`unknown_outcome`)."""

    def __init__(self, kind: FailureKind, code: str, detail: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(code)
        self.kind = kind
        self.code = code
        self.detail = detail[:_DETAIL_CHARS]
        self.retry_after = retry_after


class _Watch:
    """Remembers whether the server had asked for the mail's content: from then on silence proves nothing."""

    def __init__(self) -> None:
        self.content_began = False


def _watched(base: type[smtplib.SMTP], watch: _Watch) -> type[smtplib.SMTP]:
    class Watched(base):  # type: ignore[valid-type,misc]
        def data(self, msg: Any) -> tuple[int, bytes]:
            self._in_data = True
            if self.sock is not None:
                self.sock.settimeout(CONTENT_SECONDS)
            try:
                answer: tuple[int, bytes] = super().data(msg)
            finally:
                self._in_data = False
            watch.content_began = False
            return answer

        def getreply(self) -> tuple[int, bytes]:
            code, text = super().getreply()
            if getattr(self, "_in_data", False) and code == 354:
                watch.content_began = True
            return code, text

    return Watched


class ComposedMail(EmailMessage):
    """Bytes already composed, in the shape Django's backend sends."""

    def __init__(self, content: bytes, *, envelope_from: str, recipients: tuple[str, ...]) -> None:
        super().__init__(from_email=envelope_from, to=list(recipients))
        self._content = content

    def message(self, *, policy: Any = None) -> Any:
        return _Bytes(self._content)


class _Bytes:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def as_bytes(self, unixfrom: bool = False, linesep: str = "\r\n") -> bytes:
        return self._content


class WatchedBackend(EmailBackend):
    """Django's SMTP backend with a fixed account, verified TLS and an account of each recipient's refusal."""

    def __init__(self, account: SmtpAccount) -> None:
        super().__init__(
            host=account.host,
            port=account.port,
            username="" if account.oauth_token else account.user,
            password=account.password,
            use_tls=account.security == "starttls",
            use_ssl=account.security == "ssl",
            timeout=account.timeout,
            fail_silently=False,
        )
        self.watch = _Watch()
        self.refused: Refusals = {}

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _watched(smtplib.SMTP_SSL if self.use_ssl else smtplib.SMTP, self.watch)

    def _send(self, email_message: EmailMessage) -> bool:
        if not email_message.recipients() or self.connection is None:
            return False
        composed: Any = email_message.message()
        content: bytes = composed.as_bytes(linesep="\r\n")
        self.refused = self.connection.sendmail(email_message.from_email, email_message.recipients(), content)
        return True


def _oauth_sign_in(backend: WatchedBackend, account: SmtpAccount) -> None:
    """XOAUTH2 after Django opened the connection without a sign-in of its own."""
    connection = backend.connection
    if connection is None or not account.oauth_token:
        return
    connection.ehlo_or_helo_if_needed()
    answer = xoauth2(account.user, account.oauth_token)
    connection.auth("XOAUTH2", lambda challenge=None: answer if challenge is None else "", initial_response_ok=True)


def xoauth2(user: str, token: str) -> str:
    """The SASL XOAUTH2 message, before base64."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"


def send_composed(account: SmtpAccount, content: bytes, *, envelope_from: str, recipients: tuple[str, ...]) -> Handover:
    """Hand one mail over; raises SendError with one of the seven kinds."""
    if not recipients:
        raise SendError(FailureKind.REJECTED, "smtp_no_recipient")
    backend = WatchedBackend(account)
    try:
        _open(backend, account)
        backend._send(ComposedMail(content, envelope_from=envelope_from, recipients=recipients))
    except smtplib.SMTPException as error:
        raise _failure(error, backend.watch) from error
    except (OSError, EOFError) as error:
        raise _broken(backend.watch) from error
    finally:
        _close(backend)
    return Handover(tuple(_refusals(backend.refused)))


def check_sign_in(account: SmtpAccount) -> None:
    """Connect and authenticate without sending; raises SendError."""
    backend = WatchedBackend(account)
    try:
        _open(backend, account)
    finally:
        _close(backend)


def _open(backend: WatchedBackend, account: SmtpAccount) -> None:
    try:
        backend.open()
        _oauth_sign_in(backend, account)
    except smtplib.SMTPAuthenticationError as error:
        if 400 <= error.smtp_code < 500:
            raise SendError(FailureKind.RETRY_LATER, "smtp_busy", retry_after=_BUSY_DELAY) from error
        raise SendError(FailureKind.REAUTHENTICATE, "smtp_sign_in") from error
    except (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError) as error:
        raise SendError(FailureKind.MISCONFIGURED, "smtp_security") from error
    except smtplib.SMTPResponseException as error:
        if error.smtp_code >= 500:
            raise SendError(FailureKind.MISCONFIGURED, "smtp_refused", _words(error.smtp_error)) from error
        raise SendError(FailureKind.RETRY_LATER, "smtp_busy", retry_after=_BUSY_DELAY) from error
    except (smtplib.SMTPException, OSError, EOFError) as error:
        raise SendError(FailureKind.RETRY_LATER, "smtp_unreachable") from error


def _close(backend: WatchedBackend) -> None:
    """Hang up; whatever the server says now changes nothing about the mail."""
    try:
        backend.close()
    except (smtplib.SMTPException, OSError, EOFError):
        backend.connection = None


def _failure(error: smtplib.SMTPException, watch: _Watch) -> SendError:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        refusals = _refusals(error.recipients)
        worst = _shared_kind(refusals)
        delay = _GREYLIST_DELAY if worst is FailureKind.RETRY_LATER else None
        return SendError(worst, "smtp_recipients_refused", "; ".join(item.detail for item in refusals), delay)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return _sender_failure(error)
    if isinstance(error, smtplib.SMTPResponseException):
        detail = _words(error.smtp_error)
        if 400 <= error.smtp_code < 500:
            return SendError(FailureKind.RETRY_LATER, "smtp_deferred", detail, _GREYLIST_DELAY)
        if error.smtp_code >= 500:
            return SendError(FailureKind.REJECTED, "smtp_rejected", detail)
    return _broken(watch)


def _sender_failure(error: smtplib.SMTPSenderRefused) -> SendError:
    detail = _words(error.smtp_error)
    if error.smtp_code < 0:
        return SendError(FailureKind.RETRY_LATER, "smtp_connection_lost")
    if error.smtp_code < 500:
        return SendError(FailureKind.RETRY_LATER, "smtp_deferred", detail, _GREYLIST_DELAY)
    if error.smtp_code == 530:
        return SendError(FailureKind.REAUTHENTICATE, "smtp_sign_in", detail)
    if error.smtp_code == 552:
        return SendError(FailureKind.REJECTED, "smtp_too_large", detail)
    return SendError(FailureKind.MISCONFIGURED, "smtp_sender_refused", detail)


def _broken(watch: _Watch) -> SendError:
    if watch.content_began:
        return SendError(FailureKind.UNKNOWN_OUTCOME, "smtp_no_answer")
    return SendError(FailureKind.RETRY_LATER, "smtp_connection_lost")


def _refusals(refused: Refusals) -> list[Refusal]:
    return [Refusal(address, _recipient_kind(code, text), _words(text)) for address, (code, text) in refused.items()]


def _recipient_kind(code: int, text: bytes | str) -> FailureKind:
    if code < 500:
        return FailureKind.RETRY_LATER
    enhanced = _ENHANCED.search(_words(text))
    if enhanced is None:
        return FailureKind.RECIPIENT_GONE if code in {550, 551, 553} else FailureKind.REJECTED
    return FailureKind.RECIPIENT_GONE if enhanced.group() in _GONE else FailureKind.REJECTED


def _shared_kind(refusals: list[Refusal]) -> FailureKind:
    """A deferral of one recipient defers all: nothing was sent yet, so all can be tried again."""
    kinds = {item.kind for item in refusals}
    for kind in (FailureKind.RETRY_LATER, FailureKind.REJECTED, FailureKind.RECIPIENT_GONE):
        if kind in kinds:
            return kind
    return FailureKind.REJECTED


def _words(text: bytes | str) -> str:
    decoded = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(decoded.split())[:_DETAIL_CHARS]
