"""A customer's mail program for the demo, by real SMTP and IMAP."""

from __future__ import annotations

import smtplib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.conf import settings
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from apps.channels.connectors.email.compose import OutgoingAddress, OutgoingFile, OutgoingMail, compose
from apps.channels.connectors.email.parse import parse_mail
from apps.channels.connectors.email.parsed import Attachment
from apps.channels.connectors.email.threading import references_for
from apps.channels.demo_mail.servers import HOST, mailbox_of
from apps.core.clock import now

_TIMEOUT: Final = 10.0
_SENT: Final = "Sent"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in a customer's mailbox; `is_own` for those the customer sent."""

    message_id: str
    sender: str
    sender_name: str
    reply_to: str
    subject: str
    at: datetime
    text: str
    html: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    attachments: tuple[Attachment, ...]
    is_own: bool = False


def send_as_customer(
    *,
    sender: str,
    subject: str,
    text: str,
    name: str = "",
    html: str = "",
    to: str = "",
    cc: Sequence[str] = (),
    in_reply_to: str = "",
    references: Sequence[str] = (),
    files: Sequence[tuple[str, str, bytes]] = (),
) -> str:
    """Send a mail as a customer, to the company unless `to` says otherwise, and return its Message-ID.

    `files` are (name, content type, content). A copy is kept in the customer's own mailbox.
    """
    if mailbox_of(sender) is None:
        raise ValueError("People of the demo write from example domains.")
    mail = OutgoingMail(
        message_id=f"{uuid.uuid4()}@{sender.rpartition('@')[2]}",
        from_=OutgoingAddress(sender, name),
        to=(OutgoingAddress(to or settings.DEMO_MAIL_ADDRESS),),
        cc=tuple(OutgoingAddress(item) for item in cc),
        subject=subject,
        text=text,
        html=html,
        date=now(),
        in_reply_to=in_reply_to,
        references=references_for(in_reply_to, tuple(references)),
        files=tuple(OutgoingFile(*item) for item in files),
    )
    content = compose(mail)
    with smtplib.SMTP(HOST, settings.DEMO_SMTP_PORT, timeout=_TIMEOUT) as server:
        server.sendmail(sender, list(mail.envelope_recipients), content)
    _keep_copy(sender, content)
    return mail.message_id


def answer_as_customer(*, sender: str, letter: Letter, text: str, name: str = "") -> str:
    """Answer a received mail the way a mail program does."""
    subject = letter.subject if letter.subject.lower().startswith("re:") else f"Re: {letter.subject}"
    quoted = "\n".join(f"> {line}" for line in letter.text.splitlines())
    return send_as_customer(
        sender=sender,
        name=name,
        to=letter.reply_to or letter.sender,
        subject=subject,
        text=f"{text}\n\nOn {letter.at:%Y-%m-%d}, {letter.sender} wrote:\n{quoted}\n",
        in_reply_to=letter.message_id,
        references=letter.references,
    )


def read_mailbox(address: str, *, limit: int = 50) -> list[Letter]:
    """The newest letters of a mailbox, received and sent, newest first; empty where nobody ever wrote."""
    target = mailbox_of(address)
    if target is None:
        return []
    with IMAPClient(HOST, port=settings.DEMO_IMAP_PORT, ssl=False, timeout=_TIMEOUT) as client:
        try:
            client.login(target, settings.DEMO_MAIL_PASSWORD)
        except LoginError:
            return []
        letters = _letters(client, "INBOX", limit, is_own=False) + _letters(client, _SENT, limit, is_own=True)
    return sorted(letters, key=lambda letter: letter.at, reverse=True)[:limit]


def _keep_copy(sender: str, content: bytes) -> None:
    with IMAPClient(HOST, port=settings.DEMO_IMAP_PORT, ssl=False, timeout=_TIMEOUT) as client:
        client.login(mailbox_of(sender), settings.DEMO_MAIL_PASSWORD)
        if not client.folder_exists(_SENT):
            client.create_folder(_SENT)
        client.append(_SENT, content, flags=[b"\\Seen"])


def _letters(client: IMAPClient, folder: str, limit: int, *, is_own: bool) -> list[Letter]:
    if not client.folder_exists(folder):
        return []
    client.select_folder(folder, readonly=True)
    uids = sorted(client.search("ALL"))[-limit:]
    found = client.fetch(uids, ["BODY.PEEK[]"]) if uids else {}
    return [_letter(found[uid][b"BODY[]"], is_own=is_own) for uid in uids if uid in found]


def _letter(raw: bytes, *, is_own: bool) -> Letter:
    mail = parse_mail(raw)
    return Letter(
        message_id=mail.message_id,
        sender=mail.from_.address,
        sender_name=mail.from_.name,
        reply_to=mail.reply_to[0].address if mail.reply_to else "",
        subject=mail.subject,
        at=mail.date or datetime.fromtimestamp(0, UTC),
        text=mail.text,
        html=mail.html,
        in_reply_to=mail.in_reply_to,
        references=mail.references,
        attachments=mail.attachments,
        is_own=is_own,
    )
