"""Which conversation a mail continues, told by a sealed token only.

A token is the ticket's id and a nonce under AES-SIV: opaque, and authentic by a 128-bit tag that the
cipher compares in constant time. It stands in the Message-ID of every mail we send and, where the channel
allows plus addresses, in its Reply-To. Letters are lower-case base32, so that servers that fold case do no
harm; an id in any other spelling is not ours. A ticket number alone never threads.
"""

from __future__ import annotations

import base64
import re
import secrets
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from apps.channels.connectors.email.parsed import ParsedMail

_PREFIX: Final = "cc."
_MESSAGE_CONTEXT: Final = b"mail message-id v1"
_ADDRESS_CONTEXT: Final = b"mail reply address v1"
_MESSAGE_BODY: Final = struct.Struct(">QQ")
_ADDRESS_BODY: Final = struct.Struct(">Q")
_OUR_ID: Final = re.compile(r"cc\.([a-z2-7]{52})@[^@\s]+")
_TOKEN: Final = re.compile(r"[a-z2-7]{39}")
_MAX_LOCAL_PART: Final = 64
_MAX_CANDIDATES: Final = 100
_REFERENCES_CHARS: Final = 900

KEY_BYTES: Final = 32


class ThreadSource(StrEnum):
    ADDRESS = "address"
    IN_REPLY_TO = "in_reply_to"
    REFERENCES = "references"


@dataclass(frozen=True, slots=True)
class ThreadClaim:
    """A conversation whose secret the mail carries."""

    ticket_id: int
    source: ThreadSource


class ThreadTokens:
    """Seals and opens tokens with one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("The thread key must have 32 bytes.")
        self._cipher = AESSIV(key)

    def message_id_for(self, ticket_id: int, domain: str, *, nonce: int | None = None) -> str:
        """A Message-ID without angle brackets, to be fixed before the first attempt to send."""
        body = _MESSAGE_BODY.pack(ticket_id, secrets.randbits(64) if nonce is None else nonce)
        return f"{_PREFIX}{_encode(self._cipher.encrypt(body, [_MESSAGE_CONTEXT]))}@{domain}"

    def reply_address_for(self, address: str, ticket_id: int) -> str:
        """`support+<token>@…`, or the plain address where the local part would pass 64 characters."""
        local, _, domain = address.rpartition("@")
        token = _encode(self._cipher.encrypt(_ADDRESS_BODY.pack(ticket_id), [_ADDRESS_CONTEXT]))
        local = f"{local}+{token}"
        return f"{local}@{domain}" if len(local) <= _MAX_LOCAL_PART else address

    def read_message_id(self, message_id: str) -> int | None:
        """The ticket of a Message-ID that we made, or None."""
        match = _OUR_ID.fullmatch(message_id)
        return self._open(match.group(1), _MESSAGE_CONTEXT, _MESSAGE_BODY) if match else None

    def read_address(self, address: str) -> int | None:
        """The ticket of a reply address that we made, or None; the domain's case is free, the token's is not."""
        _, plus, token = address.rpartition("@")[0].rpartition("+")
        return self._open(token, _ADDRESS_CONTEXT, _ADDRESS_BODY) if plus and _TOKEN.fullmatch(token) else None

    def find_thread(self, mail: ParsedMail) -> ThreadClaim | None:
        """The first valid token among reply addresses, In-Reply-To and References from the newest."""
        for address in mail.delivered_addresses[:_MAX_CANDIDATES]:
            found = self.read_address(address)
            if found is not None:
                return ThreadClaim(found, ThreadSource.ADDRESS)
        for source, ids in (
            (ThreadSource.IN_REPLY_TO, mail.in_reply_to),
            (ThreadSource.REFERENCES, mail.references),
        ):
            for message_id in ids[: -_MAX_CANDIDATES - 1 : -1]:
                found = self.read_message_id(message_id)
                if found is not None:
                    return ThreadClaim(found, source)
        return None

    def _open(self, token: str, context: bytes, body: struct.Struct) -> int | None:
        try:
            plain = self._cipher.decrypt(_decode(token), [context])
            return int(body.unpack(plain)[0])
        except (InvalidTag, ValueError, struct.error):
            return None


def is_ours_by_form(message_id: str) -> bool:
    """Whether an id only looks like one of ours, valid or not: used to tell a forgery from a stranger's id."""
    return message_id.lower().startswith(_PREFIX) and "@" in message_id


def candidate_ids(mail: ParsedMail) -> tuple[str, ...]:
    """Ids of mails this one answers, the likeliest first, forged look-alikes of ours left out."""
    newest_first = (*reversed(mail.in_reply_to), *reversed(mail.references))
    return tuple(dict.fromkeys(item for item in newest_first if not is_ours_by_form(item)))[:_MAX_CANDIDATES]


def references_for(parent_id: str, parent_references: tuple[str, ...]) -> tuple[str, ...]:
    """The References of an answer: the thread's first id and as many of the newest as fit on 900 characters."""
    chain = list(dict.fromkeys([*parent_references, parent_id])) if parent_id else list(parent_references)
    if not chain:
        return ()
    kept: list[str] = []
    room = _REFERENCES_CHARS - len(chain[0]) - 3
    for message_id in reversed(chain[1:]):
        room -= len(message_id) + 3
        if room < 0:
            break
        kept.append(message_id)
    return (chain[0], *reversed(kept))


def _encode(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()


def _decode(token: str) -> bytes:
    data = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    if _encode(data) != token:
        raise ValueError("spare bits")
    return data
