"""Mail servers of the demo: pymap (IMAP) and aiosmtpd (SMTP) in one loop, on loopback, with their mail in files.

Mail for the company's address lands in the mailbox that the connector reads; mail for any other address at the
domains reserved for examples lands in a mailbox made on the spot. Nothing is ever relayed elsewhere.
"""

from __future__ import annotations

import asyncio
import re
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pymap.backend.maildir import Config, Login, MaildirBackend
from pymap.backend.maildir.users import PasswordsFile, UsersFile
from pymap.imap import IMAPService
from pymap.parsing.message import AppendMessage
from pysasl.creds.plain import PlainCredentials
from pysasl.hashing import Cleartext

HOST: Final = "127.0.0.1"
SERVER_NAME: Final = "mail.demo.example"
UNKNOWN_PERSON: Final = "gone"
"""At any domain: takes no mail, to see what a refusal looks like."""

_SIZE_LIMIT: Final = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Post:
    """Where the demo's servers listen and keep their mail."""

    folder: Path
    imap_port: int
    smtp_port: int
    company_address: str
    password: str


class Mailboxes:
    """The accounts and their mail, through pymap's own backend so that waiting clients hear of new mail."""

    def __init__(self, folder: Path, password: str) -> None:
        self._folder = folder
        self._password = password
        self._lock = asyncio.Lock()
        parser = ArgumentParser()
        MaildirBackend.add_subparser("maildir", parser.add_subparsers(dest="backend"))
        parser.set_defaults(debug=False, passlib_cfg=None, proxy_protocol=None)
        IMAPService.add_arguments(parser)
        self.parser = parser

    def configure(self, imap_port: int) -> Config:
        folder = str(self._folder)
        arguments = self.parser.parse_args(["--host", HOST, "--port", str(imap_port), "--no-tls", "maildir", folder])
        self.config = Config.from_args(arguments, hash_context=Cleartext())
        self.login = Login(self.config)
        return self.config

    async def open_account(self, address: str) -> None:
        """Make an account unless it is there."""
        base = str(self._folder)
        async with self._lock:
            async with UsersFile.with_read(base) as known:
                if known.has(address):
                    return
            async with UsersFile.with_write(base) as users, PasswordsFile.with_write(base) as passwords:
                users.set(users.build_record(address, f"boxes/{address}"))
                passwords.set(passwords.build_record(address, self._password))

    async def deliver(self, address: str, content: bytes) -> None:
        await self.open_account(address)
        identity = await self.login.authenticate(PlainCredentials(address, self._password))
        async with identity.new_session() as session:
            await session.append_messages("INBOX", [AppendMessage(content, datetime.now(UTC))])


class Delivery:
    """What the SMTP server does with a mail: local people only."""

    def __init__(self, mailboxes: Mailboxes) -> None:
        self._mailboxes = mailboxes

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        target = mailbox_of(address)
        if target is None:
            return "550 5.7.1 This server knows the demo's people only"
        if target.startswith(f"{UNKNOWN_PERSON}@"):
            return "550 5.1.1 No such person here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        if is_too_deep(content):
            return "554 5.6.0 Too many parts within parts"
        sender = mailbox_of(envelope.mail_from or "")
        if sender is not None:
            await self._mailboxes.open_account(sender)
        for address in dict.fromkeys(envelope.rcpt_tos):
            target = mailbox_of(address)
            if target is not None:
                await self._mailboxes.deliver(target, _stamped(content, envelope.mail_from or "", address))
        return "250 2.0.0 Taken"


_CONTAINER: Final = re.compile(rb"(?im)^content-type:\s{0,80}(?:multipart|message)/")
MOST_CONTAINERS: Final = 100


def is_too_deep(content: bytes) -> bool:
    """Whether parts may be nested so deep that the IMAP server, which goes down into them one by one, would stop."""
    found = _CONTAINER.finditer(content)
    return next(islice(found, MOST_CONTAINERS, None), None) is not None


_LOCAL_PART: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,60}")


def mailbox_of(address: str) -> str | None:
    """The mailbox an address is delivered to; `name+anything` goes to `name`. None outside the example domains."""
    local, _, domain = address.lower().rpartition("@")
    name = local.partition("+")[0]
    labels = domain.split(".")
    is_reserved = labels[-1] == "example" or (labels[-2:-1] == ["example"] and labels[-1] in {"com", "net", "org"})
    is_plain = all(label.replace("-", "").isalnum() and label.isascii() for label in labels)
    return f"{name}@{domain}" if is_reserved and is_plain and _LOCAL_PART.fullmatch(name) else None


def _stamped(content: bytes, sender: str, recipient: str) -> bytes:
    """The headers that a border server adds, and its findings about the sender."""
    verdict = f"spf=pass smtp.mailfrom={sender}" if mailbox_of(sender) else "spf=none"
    stamp = (
        f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n"
        f"Received: from localhost by {SERVER_NAME} with ESMTP; {format_datetime(datetime.now(UTC))}\r\n"
        f"Authentication-Results: {SERVER_NAME}; {verdict}\r\n"
    )
    return stamp.encode("ascii", "replace") + content


def _authenticator(password: str) -> Callable[[SMTP, Session, Envelope, str, Any], AuthResult]:
    def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        is_right = isinstance(data, LoginPassword) and data.password == password.encode()
        return AuthResult(success=is_right, handled=False)

    return authenticate


async def serve(post: Post, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Run both servers until `stop`; `ready` is set once both listen."""
    post.folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    (post.folder / "boxes").mkdir(mode=0o750, exist_ok=True)
    mailboxes = Mailboxes(post.folder, post.password)
    config = mailboxes.configure(post.imap_port)
    config.apply_context()
    await mailboxes.open_account(post.company_address)
    backend = MaildirBackend(mailboxes.login, config)
    delivery = Delivery(mailboxes)
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(
            delivery,
            hostname=SERVER_NAME,
            data_size_limit=_SIZE_LIMIT,
            enable_SMTPUTF8=True,
            authenticator=_authenticator(post.password),
            auth_require_tls=False,
            loop=loop,
        )

    async with AsyncExitStack() as stack:
        await backend.start(stack)
        await IMAPService(backend, config).start(stack)
        smtp = await loop.create_server(protocol, HOST, post.smtp_port)
        stack.callback(smtp.close)
        ready.set()
        await stop.wait()
