"""Who an answer can go to.

A viewer who sees addresses masked still chooses among the people of the conversation: each has a token, a keyed hash
of ticket and
address, that says nothing by itself and that the service turns back into the address.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from apps.channels.models import Channel
from apps.core.crypto import keyed_hash
from apps.customers.models import Identity
from apps.tickets.enums import MessageKind
from apps.tickets.models import Message, Ticket

RECENT = 20
MARK = "~"
OWN_ADDRESS_KEYS = ("address", "from_address", "addresses", "aliases")


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody on the conversation. Raw: never leaves services and selectors but through `detail.Recipient`."""

    address: str
    name: str = ""
    is_customer: bool = False


@dataclass(frozen=True, slots=True)
class Addressing:
    """Where an answer to a ticket goes if the agent changes nothing, and whom "reply all" adds."""

    to: tuple[Participant, ...] = ()
    cc_all: tuple[Participant, ...] = ()
    known: tuple[Participant, ...] = field(default=())


def address_key(address: str) -> str:
    """One form for comparing. The local part of a foreign address may be case-sensitive in theory and never is."""
    return address.strip().casefold()


def recipient_token(ticket: Ticket, address: str) -> str:
    digest = keyed_hash("tickets.recipient", f"{ticket.pk}:{address_key(address)}".encode())
    return MARK + base64.urlsafe_b64encode(digest[:15]).decode()


def find_by_token(ticket: Ticket, token: str, participants: Iterable[Participant]) -> Participant | None:
    for participant in participants:
        if hmac.compare_digest(recipient_token(ticket, participant.address), token):
            return participant
    return None


def own_addresses(channels: Iterable[Channel]) -> frozenset[str]:
    """Our own mailboxes and their aliases: an answer never goes to them."""
    found: set[str] = set()
    for channel in channels:
        for key in OWN_ADDRESS_KEYS:
            value = channel.settings.get(key) or ()
            values = value.replace(",", " ").split() if isinstance(value, str) else value
            found.update(address_key(str(entry)) for entry in values if "@" in str(entry))
    return frozenset(found)


def address_pairs(value: object) -> list[tuple[str, str]]:
    """(name, address) pairs from what an envelope holds: addresses, [name, address], or mappings."""
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return [("", value)]
    if isinstance(value, dict):
        return [(str(value.get("name") or ""), str(value.get("address") or ""))] if value.get("address") else []
    if not isinstance(value, list | tuple):
        return []
    first = value[:2]
    if (
        len(value) in (2, 3)
        and all(isinstance(part, str) for part in first)
        and "@" in first[1]
        and "@" not in first[0]
    ):
        return [(first[0], first[1])]
    return [pair for entry in value for pair in _entry_pairs(entry)]


def _entry_pairs(entry: object) -> list[tuple[str, str]]:
    """An entry of two texts is a pair also where addresses have no "@": on messengers."""
    if isinstance(entry, list | tuple) and len(entry) == 2 and all(isinstance(part, str) for part in entry):
        name, address = entry
        if "@" not in name:
            return [(name, address)] if address else []
    return address_pairs(entry)


def addressing(
    ticket: Ticket, identity_kind: str, messages: Sequence[Message], identities: Sequence[Identity], own: frozenset[str]
) -> Addressing:
    """From the newest message of the customer, or of ours, on a channel that addresses by `identity_kind`.

    The answer goes to the customer. Who was copied is offered and never added by itself, and a third person who wrote
    in is never
    taken for the customer.
    """
    handles = [row.value for row in identities if row.kind == identity_kind]
    of_customer = {address_key(handle) for handle in handles}
    known: dict[str, Participant] = {address_key(handle): Participant(handle, is_customer=True) for handle in handles}
    base = _base_message(messages, of_customer)
    for message in messages:
        for part in ("from", "to", "cc"):
            for name, address in address_pairs(message.envelope.get(part)):
                key = address_key(address)
                if key not in own and key not in known:
                    known[key] = Participant(address, name, key in of_customer)
    to = _first_recipients(base, handles, of_customer, own)
    taken = {address_key(participant.address) for participant in to}
    cc_all = () if base is None else _others(base, own, taken)
    return Addressing(to=to, cc_all=cc_all, known=tuple(known.values()))


def _base_message(messages: Sequence[Message], of_customer: set[str]) -> Message | None:
    for message in reversed(messages):
        if message.is_third_person or message.is_automatic:
            continue
        if message.kind == MessageKind.CUSTOMER:
            return message
        if message.kind == MessageKind.AGENT and not message.envelope.get("is_forward"):
            return message
    return None


def _first_recipients(
    base: Message | None, handles: Sequence[str], of_customer: set[str], own: frozenset[str]
) -> tuple[Participant, ...]:
    part = "from" if base is not None and base.kind == MessageKind.CUSTOMER else "to"
    pairs = address_pairs(base.envelope.get(part)) if base is not None else []
    found = [Participant(address, name, True) for name, address in pairs if address_key(address) not in own]
    if part == "from":
        # The sender counts only if the customer is known by that address.
        found = [participant for participant in found if address_key(participant.address) in of_customer]
    if found:
        return tuple(found)
    return tuple(Participant(handle, is_customer=True) for handle in handles[:1])


def _others(base: Message, own: frozenset[str], taken: set[str]) -> tuple[Participant, ...]:
    found: dict[str, Participant] = {}
    for part in ("to", "cc"):
        for name, address in address_pairs(base.envelope.get(part)):
            key = address_key(address)
            if key not in own and key not in taken:
                found.setdefault(key, Participant(address, name))
    return tuple(found.values())
