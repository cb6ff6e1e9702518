"""From a neutral inbound message to customer, interaction, ticket and message.

Runs inside the transaction that marks the inbox row done. It may run again for the same row after a failure,
never after success.
Races are decided by unique keys: who comes second finds what the first one made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from apps.channels.connectors.sms.messages import UNSUBSCRIBED
from apps.channels.contract import Inbound, Receipt
from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.intake import IntakeResult
from apps.channels.keys import message_key
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.channels.services import outbox
from apps.core.actor import Actor, ActorKind, Face
from apps.core.clock import now
from apps.core.errors import InvalidInput
from apps.core.events import publish
from apps.core.inserting import gathered, insert, insert_unless_there
from apps.core.quotes import split_quote, split_quote_html
from apps.core.richtext import clean_html, html_to_text
from apps.customers.identities import normalize
from apps.customers.models import Customer, Identity
from apps.customers.restrictions import is_restricted
from apps.customers.selectors import family_identities
from apps.customers.services.claims import Claim, add_claims
from apps.customers.services.resolution import Tie, resolve_customer
from apps.customers.services.wishes import note_wish
from apps.tickets import events
from apps.tickets.enums import InteractionState, MessageKind, Priority, Status, TicketType
from apps.tickets.errors import IntakeMissing
from apps.tickets.models import Category, IntakeRule, Interaction, Message, MessageKey, Ticket
from apps.tickets.selectors.recipients import address_key, own_addresses
from apps.tickets.selectors.rendering import SUBJECT_FROM_TEXT_LENGTH
from apps.tickets.selectors.routes import ways
from apps.tickets.selectors.uses import uses_denied
from apps.tickets.selectors.vocabulary import vocabulary
from apps.tickets.services import acknowledgement, allowance, comments, lifecycle, proving, threads
from apps.tickets.services.agreeing import note_agreement
from apps.tickets.services.changing import save_ticket
from apps.tickets.services.spam import running_block
from apps.tickets.services.timeline import (
    MESSAGE_FIELDS,
    Entry,
    FileToAttach,
    append_message,
    one_line,
    record_entry,
)

logger = structlog.get_logger(__name__)

MINUTE = timedelta(minutes=1)
FLOOD = "flood"
"""The notice of what came beyond the rate at which a sender may open tickets."""

CHANNEL = Actor(kind=ActorKind.SYSTEM, face=Face.CHANNEL)
"""Who takes in what customers send."""


@dataclass(frozen=True, slots=True)
class Sender:
    customer: Customer | None
    identity: Identity | None
    is_new: bool = False


def receive(inbound: Inbound, event: InboundEvent) -> IntakeResult:
    """The handler that channels call for every parsed input."""
    channel = event.channel
    if inbound.is_bounce is not None:
        return _note_bounce(channel, inbound)
    if _is_blocked(inbound):
        return IntakeResult(None, None, reason="tickets.sender_blocked")
    if (twin := _received_before(channel, inbound)) is not None:
        return IntakeResult(twin.pk, twin.ticket_id)
    rule = _rule_of(channel)
    with gathered():
        sender = _resolve_sender(inbound)
        result = _take_in(channel, rule, inbound, event, sender)
    if inbound.agreement is not None and sender.customer is not None:
        note_agreement(inbound.agreement, channel, sender.customer, event, by=CHANNEL)
    return result


def _rule_of(channel: Channel) -> IntakeRule:
    """One that was added a moment ago counts too: whoever adds it replays what waits for it."""
    rule = vocabulary().rules.get(channel.pk)
    if rule is None:
        rule = IntakeRule.objects.whole().filter(channel=channel).first()
    if rule is None:
        raise IntakeMissing(channel=channel.key)
    return rule


def _take_in(channel: Channel, rule: IntakeRule, inbound: Inbound, event: InboundEvent, sender: Sender) -> IntakeResult:
    running = threads.open_interaction(channel, inbound.thread_key)
    thread = threads.find_thread(channel, inbound, sender.customer, sender.identity, running)
    if thread is not None and _continues(thread.ticket, rule):
        ticket = _lock(thread.ticket)
        interaction = _join(ticket, channel, inbound, event, sender, thread, running)
        return _append(ticket, interaction, inbound, event, sender, thread.is_third_person, rule, is_new=False)
    if inbound.opens_nothing:
        return IntakeResult(None, None, reason="tickets.nothing_to_continue")
    if thread is None and (newest := _beyond_limit(channel, rule, inbound, event, sender)) is not None:
        marked = replace(inbound, notice=inbound.notice or FLOOD)
        return _append(_lock(newest.ticket), newest, marked, event, sender, False, rule, is_new=False)
    follows = None if thread is None or thread.is_third_person else thread.ticket
    ticket, interaction = _open(channel, rule, inbound, event, sender, follows, running)
    is_new = ticket.message_count == 0
    return _append(ticket, interaction, inbound, event, sender, False, rule, is_new=is_new)


def _beyond_limit(
    channel: Channel, rule: IntakeRule, inbound: Inbound, event: InboundEvent, sender: Sender
) -> Interaction | None:
    """The newest conversation of a sender who began as many as the rule lets them in the minute before this came.

    By when things arrived, not by when a worker gets to them: a backlog is no flood.
    """
    if rule.new_per_minute is None or sender.identity is None:
        return None
    begun = Interaction.objects.filter(
        channel=channel,
        identity=sender.identity,
        post__isnull=not inbound.is_public,
        started_at__gt=event.received - MINUTE,
        started_at__lte=event.received,
    ).select_related("ticket__merged_into")
    rows = list(begun.order_by("-started_at", "-id")[: rule.new_per_minute])
    is_beyond = len(rows) == rule.new_per_minute and _continues(rows[0].ticket, rule)
    return rows[0] if is_beyond else None


def _lock(ticket: Ticket) -> Ticket:
    row = Ticket.objects.locked().get(pk=ticket.pk)
    return _lock(lifecycle.head_of(row)) if row.is_merged else row


def _continues(ticket: Ticket, rule: IntakeRule) -> bool:
    """Whether an answer goes on with this ticket: not after the reopening window, nor once it is closed or its customer
    was erased.
    """
    if ticket.status == Status.CLOSED or (ticket.customer is not None and ticket.customer.erased_at is not None):
        return False
    if ticket.status != Status.RESOLVED or ticket.resolved_at is None:
        return True
    return ticket.resolved_at + timedelta(days=rule.reopen_days) >= now()


# Who


def _resolve_sender(inbound: Inbound) -> Sender:
    """The customer behind the handle. An input whose sender says nothing usable is kept on a ticket without
    customer.
    """
    if not inbound.sender_value:
        return Sender(None, None)
    try:
        customer, identity, is_new = resolve_customer(
            kind=inbound.sender_kind,
            value=inbound.sender_value,
            scope=inbound.sender_scope,
            name=inbound.sender_name,
            language=inbound.language,
            verified=inbound.sender_verified,
            ties=[Tie(claim.kind, claim.value, claim.scope) for claim in inbound.identities[:10] if claim.verified],
            by=CHANNEL,
        )
    except InvalidInput:
        return Sender(None, None)
    if inbound.identities:
        claims = [Claim(row.kind, row.value, row.scope, row.verified) for row in inbound.identities]
        add_claims(customer=customer, claims=claims, by=CHANNEL)
    note_wish(identity=identity, wants_no_more=inbound.notice == UNSUBSCRIBED)
    return Sender(customer, identity, is_new)


def _is_blocked(inbound: Inbound) -> bool:
    if not inbound.sender_value:
        return False
    try:
        value = normalize(inbound.sender_kind, inbound.sender_value)
    except InvalidInput:
        value = inbound.sender_value
    return running_block(inbound.sender_kind, inbound.sender_scope, value) is not None


def _received_before(channel: Channel, inbound: Inbound) -> Message | None:
    """The same message that came a second time by another way (an alias, a list). An equal id with other words is
    no copy.
    """
    keys = list(inbound.message_keys)
    for row in MessageKey.objects.filter(channel=channel, key__in=keys) if keys else ():
        twin = Message.objects.filter(pk=row.message_id, created=row.created, kind=MessageKind.CUSTOMER).first()
        if twin is not None and _is_copy(twin, inbound):
            return twin
    return None


def _is_copy(message: Message, inbound: Inbound) -> bool:
    same_words = message.text.split() == _body(inbound)[1].split()
    return same_words and message.attachment_count == len(inbound.attachments)


# Where


def _join(
    ticket: Ticket,
    channel: Channel,
    inbound: Inbound,
    event: InboundEvent,
    sender: Sender,
    thread: threads.Thread,
    running: Interaction | None,
) -> Interaction:
    """The running interaction of this conversation on the ticket, or a new one."""
    if running is not None and lifecycle.head_of(running.ticket).pk == ticket.pk:
        return running
    newest = (
        Interaction.objects.filter(
            ticket=ticket,
            channel=channel,
            state=InteractionState.OPEN,
            customer_id=ticket.customer_id,
            post__isnull=True,
        )
        .order_by("-started_at", "-id")
        .first()
    )
    if newest is not None and not thread.is_third_person and not inbound.is_public:
        return newest
    key = inbound.thread_key if running is None else threads.apart(inbound.thread_key, bytes(event.external_key))
    row = _interaction(ticket, channel, key, inbound, event, sender)
    row.save(force_insert=True)
    return row


def _open(
    channel: Channel,
    rule: IntakeRule,
    inbound: Inbound,
    event: InboundEvent,
    sender: Sender,
    follows: Ticket | None,
    running: Interaction | None,
) -> tuple[Ticket, Interaction]:
    """A new ticket with its interaction, or those that another worker made a moment ago under the same conversation."""
    key = inbound.thread_key
    if running is not None:
        # Open, and yet not ours to continue: somebody else's, or of a ticket that is over.
        if running.ticket.is_done and _is_same_customer(running, sender):
            moment = now()
            Interaction.objects.filter(pk=running.pk).update(
                state=InteractionState.CLOSED, ended_at=moment, updated=moment
            )
        else:
            key = threads.apart(key, bytes(event.external_key))
    ticket = _new_ticket(channel, rule, inbound, event, sender)
    interaction = _interaction(ticket, channel, key, inbound, event, sender)
    if insert_unless_there(interaction):
        insert(*(Ticket.tags.through(ticket_id=ticket.pk, tag_id=tag.pk) for tag in rule.tags.all()))
        return lifecycle.insert_ticket(ticket, by=CHANNEL, follows=follows), interaction
    winner = threads.open_interaction(channel, key)
    if winner is None or not _is_same_customer(winner, sender):
        raise ConversationRaced
    return _lock(winner.ticket), winner


class ConversationRaced(RuntimeError):
    """Transient: the conversation that stood in the way of ours is not there to join. The input is tried again."""


def _is_same_customer(interaction: Interaction, sender: Sender) -> bool:
    return interaction.customer_id == (sender.customer.pk if sender.customer else None)


def _interaction(
    ticket: Ticket, channel: Channel, key: bytes, inbound: Inbound, event: InboundEvent, sender: Sender
) -> Interaction:
    return Interaction(
        ticket=ticket,
        channel=channel,
        customer=sender.customer,
        identity=sender.identity,
        thread_key=key,
        started_at=event.received,
        last_inbound_at=event.received,
        post=comments.post_of(inbound, event.received),
    )


def _new_ticket(
    channel: Channel,
    rule: IntakeRule,
    inbound: Inbound,
    event: InboundEvent,
    sender: Sender,
) -> Ticket:
    """Not written yet, but with its id."""
    chosen = _chosen(inbound, rule)
    ticket = Ticket(
        subject=_subject(inbound),
        customer=sender.customer,
        brand=channel.brand,
        channel=channel,
        queue=rule.queue,
        category=chosen.category,
        priority=chosen.priority,
        type=chosen.type,
        team=rule.team,
        language=_language(inbound, sender, channel),
        is_spam=inbound.is_spam,
        opened_at=event.received,
    )
    lifecycle.name_ticket(ticket)
    return ticket


@dataclass(frozen=True, slots=True)
class Chosen:
    category: Category | None
    priority: int
    type: str


def _chosen(inbound: Inbound, rule: IntakeRule) -> Chosen:
    """What the sender chose on a form or another system said; what does not exist here counts as not said."""
    fields = inbound.fields
    key = str(fields.get("category") or "")
    category = next((row for row in vocabulary().categories.values() if row.key == key and row.is_active), None)
    return Chosen(
        category=category or rule.category,
        priority=_priority(fields.get("priority")) or rule.priority,
        type=fields["type"] if fields.get("type") in TicketType.values else rule.type,
    )


def _priority(value: object) -> int | None:
    """By name or by number."""
    names = {priority.name.lower(): priority.value for priority in Priority}
    if isinstance(value, str):
        return names.get(value.lower())
    return value if isinstance(value, int) and value in Priority.values else None


def _subject(inbound: Inbound) -> str:
    subject = one_line(inbound.subject)
    if subject:
        return subject
    first = next((line for line in _body(inbound)[1].splitlines() if line.strip()), "")
    return one_line(first, SUBJECT_FROM_TEXT_LENGTH)


def _language(inbound: Inbound, sender: Sender, channel: Channel) -> str:
    spoken = inbound.language or (sender.customer.language if sender.customer else "") or channel.default_language
    return spoken[:10]


# What


def _body(inbound: Inbound) -> tuple[str, str, str]:
    """(rich text, text, quoted text), with what is quoted parted from what was written."""
    if inbound.html:
        html, quoted_html = split_quote_html(clean_html(inbound.html))
        text, quoted = split_quote(inbound.text) if inbound.text else (html_to_text(html), "")
        return html, text, inbound.quoted or quoted or html_to_text(quoted_html)
    text, quoted = (inbound.text, inbound.quoted) if inbound.quoted else split_quote(inbound.text)
    return "", text, quoted


def _append(
    ticket: Ticket,
    interaction: Interaction,
    inbound: Inbound,
    event: InboundEvent,
    sender: Sender,
    is_third_person: bool,
    rule: IntakeRule,
    *,
    is_new: bool,
) -> IntakeResult:
    automatic = inbound.is_automatic or _is_own(inbound)
    entry = _entry(interaction, inbound, event, sender, is_third_person=is_third_person, is_automatic=automatic)
    message = append_message(ticket=ticket, entry=entry)
    comments.note_comment(interaction, inbound, event.received)
    fields = [*MESSAGE_FIELDS]
    if not automatic and not is_third_person:
        allowance.renew(interaction, event.received)
        fields += _wake_up(ticket) + _name_late(ticket, inbound)
        proving.take_code(ticket=ticket, identity=sender.identity, text=message.text)
    _tell(ticket, message)
    if is_new and not automatic and acknowledgement.is_due(ticket, rule, inbound):
        found = ways(
            ticket,
            [interaction],
            [message],
            _identities(sender, inbound),
            is_restricted=is_restricted(ticket.customer, ticket_id=ticket.pk),
            denied=uses_denied(ticket.customer),
        )
        acknowledgement.acknowledge(ticket, rule, message, found)
    if not ticket._state.adding:  # else it is written with all this, at the end
        save_ticket(ticket, dict.fromkeys(fields))
    return IntakeResult(message.pk, ticket.pk)


def _entry(
    interaction: Interaction,
    inbound: Inbound,
    event: InboundEvent,
    sender: Sender,
    *,
    is_third_person: bool,
    is_automatic: bool,
) -> Entry:
    html, text, quoted = _body(inbound)
    return Entry(
        kind=MessageKind.CUSTOMER,
        html=html,
        text=text,
        quoted=quoted,
        subject=inbound.subject,
        sender_name=one_line(inbound.sender_name, 200) or ("" if sender.customer else inbound.sender_value[:200]),
        envelope=_envelope(inbound),
        interaction=interaction,
        channel=event.channel,
        customer=sender.customer,
        is_third_person=is_third_person,
        is_automatic=is_automatic,
        is_public=inbound.is_public,
        notice=inbound.notice[:60],
        created=event.received,
        keys=tuple((event.channel, key) for key in inbound.message_keys),
        files=tuple(
            FileToAttach(file.stored_id, file.content_id.strip("<>"), file.inline)
            for file in inbound.attachments
            if file.stored_id is not None
        ),
    )


def _tell(ticket: Ticket, message: Message) -> None:
    publish(
        events.MessageReceived(
            ticket_id=ticket.pk,
            message_id=message.pk,
            sequence=message.sequence,
            channel_id=message.channel_id,
            interaction_id=message.interaction_id,
            customer_id=ticket.customer_id,
            is_automatic=message.is_automatic,
            is_third_person=message.is_third_person,
            is_public=message.is_public,
        ),
        by=CHANNEL,
    )


def _identities(sender: Sender, inbound: Inbound) -> list[Identity]:
    """The customer's handles. A new one has those that came with this input."""
    if sender.customer is None or sender.identity is None:
        return []
    if not sender.is_new:
        return family_identities(sender.customer)
    return list(sender.customer.identities.order_by("pk")) if inbound.identities else [sender.identity]


def _envelope(inbound: Inbound) -> dict[str, object]:
    envelope = dict(inbound.envelope)
    envelope.setdefault("from", [[inbound.sender_name, inbound.sender_value]])
    if inbound.post is not None:
        envelope["post"] = {"id": inbound.post.id, "url": inbound.post.url, "parent": inbound.post.parent}
    if inbound.sent_at is not None:
        envelope["sent_at"] = inbound.sent_at.isoformat()
    return envelope


def _is_own(inbound: Inbound) -> bool:
    """A mail from one of our own mailboxes is a loop, never a customer to answer by machine."""
    return address_key(inbound.sender_value) in own_addresses(vocabulary().channels.values())


def _wake_up(ticket: Ticket) -> list[str]:
    """The customer wrote: what was resolved or waited for them is open again."""
    if ticket.status in (Status.RESOLVED, Status.PENDING):
        waiting = ticket.waiting_since
        fields = lifecycle.move(ticket, Status.OPEN, by=CHANNEL, reason="customer_reply")
        ticket.waiting_since = waiting
        return fields
    return []


def _name_late(ticket: Ticket, inbound: Inbound) -> list[str]:
    """A conversation that began with a picture is named by the first words that follow, unless somebody named it."""
    is_unnamed = not ticket.subject and not ticket._state.adding
    return lifecycle.name_by(ticket, _subject(inbound), by=CHANNEL) if is_unnamed else []


# Bounces


def _note_bounce(channel: Channel, inbound: Inbound) -> IntakeResult:
    """Marks the delivery and says so on the ticket. A report about nothing of ours is kept and has no effect."""
    bounce = inbound.is_bounce
    assert bounce is not None  # noqa: S101 (asked by the caller)
    delivery = _delivery_of(channel, inbound)
    if delivery is None:
        return IntakeResult(None, None, reason="tickets.unknown_bounce")
    if bounce.is_permanent:
        receipt = Receipt(
            state=DeliveryState.FAILED,
            client_key=delivery.client_key,
            failure=FailureKind.RECIPIENT_GONE,
            detail=f"{bounce.status} {bounce.detail}".strip()[:1000],
        )
        outbox.apply_receipt(channel=delivery.channel, receipt=receipt)
    ticket = Ticket.objects.filter(pk=delivery.ticket_id or 0).first()
    if ticket is None:
        return IntakeResult(None, None, reason="tickets.unknown_bounce")
    ticket = _lock(ticket)
    message = record_entry(
        ticket=ticket,
        notice="bounce" if bounce.is_permanent else "bounce_temporary",
        by=CHANNEL,
        envelope={
            "recipient": bounce.recipient,
            "status": bounce.status,
            "detail": bounce.detail[:1000],
            "message_id": inbound.envelope.get("message_id", ""),
            "about": delivery.message_id,
        },
    )
    save_ticket(ticket, MESSAGE_FIELDS)
    return IntakeResult(message.pk, ticket.pk)


def _delivery_of(channel: Channel, inbound: Inbound) -> Delivery | None:
    bounce = inbound.is_bounce
    if bounce is None:
        return None
    rows = Delivery.objects.select_related("channel")
    if bounce.client_key:
        return rows.filter(client_key=bounce.client_key).first()
    key = MessageKey.objects.filter(channel=channel, key__in=list(inbound.thread_hints)).first()
    if key is None and bounce.provider_id:
        key = MessageKey.objects.filter(channel=channel, key=message_key(bounce.provider_id)).first()
    return None if key is None else rows.filter(message_id=key.message_id).order_by("-id").first()
