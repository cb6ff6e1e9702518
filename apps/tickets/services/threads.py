"""Which ticket an input belongs to: by the secret in our own mail, by the message it answers, by its conversation.

A number alone never threads. A secret proves that somebody was written to on this ticket; the other two are
known to whoever was
copied, so they count only for somebody who already takes part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from apps.channels import registry
from apps.channels.contract import Inbound
from apps.channels.keys import key_of
from apps.channels.models import Channel
from apps.channels.reply_tokens import seal_ticket, ticket_of
from apps.core.prepared import Prepared
from apps.customers.models import Customer, Identity
from apps.customers.services.family import living
from apps.tickets.enums import InteractionState
from apps.tickets.models import Interaction, Message, MessageKey, Ticket
from apps.tickets.selectors.recipients import address_key, address_pairs
from apps.tickets.services.lifecycle import head_of

PARTICIPANT_MESSAGES = 100
COMMENT_THREADS = 20


@dataclass(frozen=True, slots=True)
class Thread:
    """The ticket an input continues (the head of a merge), and whether its sender is the customer there."""

    ticket: Ticket
    is_third_person: bool


def reply_token(ticket: Ticket) -> str:
    """The secret that proves which ticket an answer belongs to. Keyed, opaque, at least 128 bits."""
    return seal_ticket(ticket.pk)


def find_thread(
    channel: Channel,
    inbound: Inbound,
    sender: Customer | None,
    identity: Identity | None,
    running: Interaction | None,
) -> Thread | None:
    """`running` is the open interaction of the input's conversation, if there is one."""
    proven = _by_token(inbound)
    if proven is not None:
        return Thread(proven, is_third_person=not _is_customer(proven, sender, inbound))
    for candidate in _candidates(channel, inbound, identity, running):
        if _is_customer(candidate, sender, inbound):
            return Thread(candidate, is_third_person=False)
        if not is_doubtful(inbound) and _takes_part(candidate, inbound):
            return Thread(candidate, is_third_person=True)
    return None


def _candidates(
    channel: Channel, inbound: Inbound, identity: Identity | None, running: Interaction | None
) -> Iterator[Ticket]:
    if running is not None:
        yield head_of(running.ticket)
    hinted = _by_hints(channel, inbound.thread_hints)
    if hinted is not None:
        yield hinted
    if running is None and identity is not None and not inbound.is_public:
        yield from _answered_in_private(channel, identity)


def _answered_in_private(channel: Channel, identity: Identity) -> Iterator[Ticket]:
    """Where a comment of theirs was answered in private, newest first: what they write now may be their answer to it."""
    able = registry.get(channel.kind).capabilities
    if able.private_reply is None:
        return
    rows = Interaction.objects.filter(
        channel=channel, identity=identity, post__isnull=False, state=InteractionState.OPEN
    ).select_related("ticket__merged_into", "ticket__customer__merged_into")
    for row in rows.order_by("-last_inbound_at", "-id")[:COMMENT_THREADS]:
        if any(known["replies"] for known in row.comments.values()):
            yield head_of(row.ticket)


def is_doubtful(inbound: Inbound) -> bool:
    """The sender's own domain says that this mail is not theirs."""
    return inbound.envelope.get("trust") == "fail"


def _by_token(inbound: Inbound) -> Ticket | None:
    ticket_id = ticket_of(inbound.reply_token) if inbound.reply_token else None
    return None if ticket_id is None else _head(ticket_id)


def _by_hints(channel: Channel, hints: Sequence[bytes]) -> Ticket | None:
    """The first of the answered messages that we know on this channel; hints come newest first."""
    if not hints:
        return None
    found = {bytes(row.key): row.ticket_id for row in MessageKey.objects.filter(channel=channel, key__in=list(hints))}
    ticket_id = next((found[hint] for hint in hints if hint in found), None)
    return None if ticket_id is None else _head(ticket_id)


# Every message that comes in asks for it, and five joined tables took longer to compile than to read.
_open_interactions = Prepared(
    lambda channel_id, thread_key: Interaction.objects.filter(
        channel=channel_id, thread_key=thread_key, state=InteractionState.OPEN
    ).select_related("identity", "ticket__merged_into", "ticket__customer__merged_into"),
    channel_id=int,
    thread_key=bytes,
)


def open_interaction(channel: Channel, thread_key: bytes) -> Interaction | None:
    return _open_interactions.first(channel_id=channel.pk, thread_key=thread_key)


def _head(ticket_id: int) -> Ticket | None:
    ticket = Ticket.objects.select_related("merged_into", "customer__merged_into").filter(pk=ticket_id).first()
    return None if ticket is None else head_of(ticket)


def _is_customer(ticket: Ticket, sender: Customer | None, inbound: Inbound) -> bool:
    if sender is None or is_doubtful(inbound):
        return False
    customer = ticket.customer
    return customer is not None and living(customer).pk == sender.pk


def _takes_part(ticket: Ticket, inbound: Inbound) -> bool:
    """Whether the sender's address stands on the conversation already."""
    wanted = address_key(inbound.sender_value)
    if not wanted:
        return False
    customer_id = ticket.customer_id
    if customer_id and Identity.objects.filter(customer_id=customer_id, value=inbound.sender_value).exists():
        return True
    since = ticket.opened_at - timedelta(days=1)
    rows = Message.objects.filter(ticket=ticket, created__gte=since).order_by("-sequence")[:PARTICIPANT_MESSAGES]
    return any(
        address_key(address) == wanted
        for message in rows
        for part in ("from", "to", "cc")
        for _name, address in address_pairs(message.envelope.get(part))
    )


def apart(thread_key: bytes, event_key: bytes) -> bytes:
    """A conversation of its own for an input that names one it has no part in."""
    return key_of("apart", thread_key, event_key)
