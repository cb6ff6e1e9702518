"""Which conversation a mail continues, told by a sealed token only.

The token stands in the Message-ID of every mail we send and, where the channel allows plus addresses, in its
Reply-To. A ticket number alone never threads, nor does a subject.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from apps.channels.connectors.email.parsed import ParsedMail
from apps.channels.reply_tokens import LONG_LENGTH, SHORT_LENGTH, TokenSealer

_PREFIX: Final = "cc."
_OUR_ID: Final = re.compile(rf"cc\.([a-z2-7]{{{LONG_LENGTH}}})@[^@\s]+")
_MAX_LOCAL_PART: Final = 64
_MAX_CANDIDATES: Final = 100
_REFERENCES_CHARS: Final = 900


class ThreadSource(StrEnum):
    ADDRESS = "address"
    IN_REPLY_TO = "in_reply_to"
    REFERENCES = "references"


@dataclass(frozen=True, slots=True)
class ThreadClaim:
    """A ticket whose secret the mail carries."""

    ticket_id: int
    token: str
    source: ThreadSource


class ThreadTokens:
    """Puts tokens into ids and addresses and finds them there again."""

    def __init__(self, sealer: TokenSealer) -> None:
        self._sealer = sealer

    def message_id_for(self, ticket_id: int, domain: str) -> str:
        """A Message-ID without angle brackets, to be fixed before the first attempt to send."""
        return f"{_PREFIX}{self._sealer.seal_message(ticket_id)}@{domain}"

    def reply_address_for(self, address: str, ticket_id: int) -> str:
        """`support+<token>@…`, or the plain address where the local part would pass 64 characters."""
        local, _, domain = address.rpartition("@")
        local = f"{local}+{self._sealer.seal_ticket(ticket_id)}"
        return f"{local}@{domain}" if len(local) <= _MAX_LOCAL_PART else address

    def plain_address(self, address: str) -> str:
        """The address without the token that we put into it; any other stays as it is."""
        local, at, domain = address.rpartition("@")
        name, plus, token = local.rpartition("+")
        is_sealed = plus and len(token) == SHORT_LENGTH and self._sealer.open(token.lower()) is not None
        return f"{name}{at}{domain}" if is_sealed else address

    def is_ours(self, message_id: str) -> bool:
        """Whether we made this Message-ID."""
        return self._in_message_id(message_id) is not None

    def find_thread(self, mail: ParsedMail) -> ThreadClaim | None:
        """The first valid token among reply addresses, In-Reply-To and References from the newest."""
        for address in mail.delivered_addresses[:_MAX_CANDIDATES]:
            _, plus, token = address.rpartition("@")[0].rpartition("+")
            found = self._opened(token, ThreadSource.ADDRESS) if plus and len(token) == SHORT_LENGTH else None
            if found is not None:
                return found
        for source, ids in ((ThreadSource.IN_REPLY_TO, mail.in_reply_to), (ThreadSource.REFERENCES, mail.references)):
            for message_id in ids[: -_MAX_CANDIDATES - 1 : -1]:
                found = self._in_message_id(message_id, source)
                if found is not None:
                    return found
        return None

    def _in_message_id(self, message_id: str, source: ThreadSource = ThreadSource.IN_REPLY_TO) -> ThreadClaim | None:
        match = _OUR_ID.fullmatch(message_id)
        return self._opened(match.group(1), source) if match else None

    def _opened(self, token: str, source: ThreadSource) -> ThreadClaim | None:
        ticket_id = self._sealer.open(token)
        return None if ticket_id is None else ThreadClaim(ticket_id, token, source)


def is_ours_by_form(message_id: str) -> bool:
    """Whether an id looks like one of ours, valid or not: tells a forgery from a stranger's id."""
    return message_id.lower().startswith(_PREFIX) and "@" in message_id


def candidate_ids(mail: ParsedMail) -> tuple[str, ...]:
    """Ids of mails this one answers, the likeliest first, look-alikes of ours left out."""
    newest_first = (*reversed(mail.in_reply_to), *reversed(mail.references))
    return tuple(dict.fromkeys(item for item in newest_first if not is_ours_by_form(item)))[:_MAX_CANDIDATES]


def root_id(mail: ParsedMail) -> str:
    """The first mail of the thread as this one tells it, itself where it names none."""
    return next(iter((*mail.references, *mail.in_reply_to)), mail.message_id or mail.raw_sha256)


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
