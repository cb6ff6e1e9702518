"""An outgoing mail as bytes: composed by the standard library, with every value made safe first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.charset import BASE64, QP, Charset
from email.encoders import encode_base64
from email.header import Header
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr
from typing import Final

from apps.channels.connectors.email.automatic import LOOP_HEADER
from apps.channels.connectors.email.headers import clean_line

_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_ID: Final = re.compile(r"[\x21-\x3b\x3d\x3f-\x7e]{1,250}")
_TYPE: Final = re.compile(r"[a-z0-9][\w.+-]{0,60}/[\w.+-]{1,100}")
_LINES: Final = compat32.clone(linesep="\r\n", mangle_from_=False)


class BadAddressError(ValueError):
    """An address that no server would take, or that would smuggle a second one."""


@dataclass(frozen=True, slots=True)
class OutgoingAddress:
    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    """Set: shown inside the HTML under `cid:`."""


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    message_id: str
    from_: OutgoingAddress
    to: tuple[OutgoingAddress, ...]
    subject: str
    text: str
    date: datetime
    html: str = ""
    cc: tuple[OutgoingAddress, ...] = ()
    bcc: tuple[OutgoingAddress, ...] = ()
    reply_to: OutgoingAddress | None = None
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    files: tuple[OutgoingFile, ...] = ()
    language: str = ""
    is_automatic: bool = False
    """Acknowledgements and notices: marked so that no machine answers them."""
    answers_mail: bool = True
    """For automatic mail: whether it answers one (`auto-replied`) or goes out by itself (`auto-generated`)."""

    @property
    def envelope_recipients(self) -> tuple[str, ...]:
        """Everyone it goes to, blind copies included, each once."""
        everyone = (checked_address(item.address) for item in (*self.to, *self.cc, *self.bcc))
        return tuple(dict.fromkeys(everyone))


def compose(mail: OutgoingMail) -> bytes:
    """The mail with CRLF line ends; no bare CR or LF can occur in it, nor a header nobody declared."""
    message = _with_files(mail, _with_inline(mail, _body(mail)))
    for name, value in _headers(mail):
        message[name] = value
    return message.as_bytes(policy=_LINES)


def checked_address(address: str) -> str:
    """The address in ASCII, its domain as Punycode; raises BadAddressError."""
    local, at, domain = address.strip().rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise BadAddressError("address") from error
    whole = f"{local}{at}{domain}"
    if len(whole) > 254 or not _ADDRESS.fullmatch(whole) or ".." in whole:
        raise BadAddressError("address")
    return whole


def _headers(mail: OutgoingMail) -> list[tuple[str, str]]:
    found = [
        ("From", _mailbox(mail.from_)),
        ("To", _mailboxes(mail.to) if mail.to else "undisclosed-recipients:;"),
        ("Cc", _mailboxes(mail.cc)),
        ("Reply-To", _mailbox(mail.reply_to) if mail.reply_to else ""),
        ("Subject", _text_header("Subject", mail.subject)),
        ("Date", format_datetime(mail.date)),
        ("Message-ID", f"<{_checked_id(mail.message_id)}>"),
        ("In-Reply-To", _ids((mail.in_reply_to,))),
        ("References", _ids(mail.references)),
        ("Content-Language", {"zh-hans": "zh-CN", "en": "en"}.get(mail.language, "")),
    ]
    if mail.is_automatic:
        found += [
            ("Auto-Submitted", "auto-replied" if mail.answers_mail else "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
            ("Precedence", "bulk"),
            (LOOP_HEADER, "1"),
        ]
    return [(name, value) for name, value in found if value]


def _body(mail: OutgoingMail) -> Message:
    plain = _text_part(mail.text, "plain")
    if not mail.html:
        return plain
    both = MIMEMultipart("alternative")
    both.attach(plain)
    both.attach(_text_part(mail.html, "html"))
    return both


def _with_inline(mail: OutgoingMail, body: Message) -> Message:
    """Pictures beside the HTML they are shown in."""
    pictures = [item for item in mail.files if item.content_id]
    if not (pictures and mail.html):
        return body
    related = MIMEMultipart("related", type=body.get_content_type())
    related.attach(body)
    for item in pictures:
        related.attach(_file_part(item, inline=True))
    return related


def _with_files(mail: OutgoingMail, body: Message) -> Message:
    files = [item for item in mail.files if not (item.content_id and mail.html)]
    if not files:
        return body
    mixed = MIMEMultipart("mixed")
    mixed.attach(body)
    for item in files:
        mixed.attach(_file_part(item, inline=False))
    return mixed


def _text_part(text: str, subtype: str) -> Message:
    """Text whose transfer encoding hides line ends, dots and 8-bit bytes from every server on the way."""
    normal = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")
    normal = normal.replace("\0", "")
    charset = Charset("utf-8")
    ascii_share = sum(char.isascii() for char in normal[:4000]) / max(1, len(normal[:4000]))
    charset.body_encoding = QP if ascii_share > 0.8 else BASE64
    return MIMEText(normal if normal.endswith("\n") else f"{normal}\n", subtype, charset)  # type: ignore[arg-type]


def _file_part(item: OutgoingFile, *, inline: bool) -> Message:
    kind = item.content_type.lower()
    if not _TYPE.fullmatch(kind) or kind.startswith(("message/", "multipart/")):
        kind = "application/octet-stream"
    main, _, sub = kind.partition("/")
    part = MIMEBase(main, sub)
    part.set_payload(item.content)
    encode_base64(part)
    name = clean_line(item.name, 200) or "file"
    is_plain = name.isascii() and "=?" not in name
    filename: str | tuple[str, str, str] = name if is_plain else ("utf-8", "", name)
    part.add_header("Content-Disposition", "inline" if inline else "attachment", filename=filename)
    if inline:
        part["Content-ID"] = f"<{_checked_id(item.content_id)}>"
    return part


def _mailboxes(addresses: tuple[OutgoingAddress, ...]) -> str:
    return ",\n ".join(_mailbox(item) for item in addresses)


def _mailbox(item: OutgoingAddress) -> str:
    name = clean_line(item.name, 60)
    address = checked_address(item.address)
    if "=?" in name:  # what looks encoded would be decoded by whoever receives it
        return f"{Header(name, 'utf-8', header_name='Reply-To').encode()} <{address}>"
    return formataddr((name, address))


def _text_header(name: str, text: str) -> str:
    value = clean_line(text, 400)
    if value.isascii():
        return value if "=?" not in value else Header(value, "utf-8", header_name=name).encode()
    return Header(value, "utf-8", header_name=name).encode()


def _checked_id(message_id: str) -> str:
    if not _ID.fullmatch(message_id):
        raise ValueError("message id")
    return message_id


def _ids(ids: tuple[str, ...]) -> str:
    return "\n ".join(f"<{item}>" for item in ids if _ID.fullmatch(item))
