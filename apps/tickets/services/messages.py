"""What people write: answers, notes, contacts recorded by hand, outbound mail, forwards; and taking back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.accounts.access import access_of
from apps.accounts.models import User
from apps.channels.contract import Outbound
from apps.channels.enums import DeliveryState
from apps.channels.errors import DeliveryNotCancellable
from apps.channels.keys import key_of, message_key
from apps.channels.models import Channel, Delivery
from apps.channels.services import outbox
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.events import publish
from apps.core.permissions import require
from apps.core.richtext import clean_html, html_to_text, keep_mentions
from apps.customers.models import Customer
from apps.customers.selectors import family_identities
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.lens import lens_for
from apps.tickets import events
from apps.tickets.enums import ContactKind, DraftKind, InteractionState, MessageKind, Status
from apps.tickets.errors import (
    EmptyMessage,
    ForwardRefused,
    NoRecipient,
    NoReplyChannel,
    NotCarried,
    RecipientRefused,
    TooManyFiles,
    TooManyRecipients,
    UndoTooLate,
)
from apps.tickets.models import (
    Attachment,
    Draft,
    DraftFile,
    Interaction,
    Mention,
    Message,
    MessageKey,
    Ticket,
)
from apps.tickets.selectors.choices import can_be_mentioned
from apps.tickets.selectors.detail import UNDONE, family_ids
from apps.tickets.selectors.recipients import (
    MARK,
    Participant,
    address_key,
    find_by_token,
    own_addresses,
)
from apps.tickets.selectors.routes import Way, refusal_of, refusal_of_content, ways
from apps.tickets.selectors.timeline import usual_contact
from apps.tickets.selectors.vocabulary import vocabulary
from apps.tickets.services import allowance, lifecycle, outgoing
from apps.tickets.services.changing import lock_ticket, save_ticket
from apps.tickets.services.drafts import write_draft
from apps.tickets.services.pictures import attach_uploads, rename_pictures
from apps.tickets.services.searching import forget_message
from apps.tickets.services.timeline import (
    CONTROL,
    MAX_LENGTH,
    MESSAGE_FIELDS,
    Entry,
    FileToAttach,
    append_message,
    mark_read_to,
    one_line,
)

RECENT = 40
MOST_DAYS_AGO = 365


# Public answers


@transaction.atomic
def reply(
    *,
    ticket: Ticket,
    by: Actor,
    html: str,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    channel: Channel | None = None,
    draft_file_ids: Sequence[int] = (),
    then_status: Status | str | None = None,
    client_id: str = "",
    version: int | None = None,
) -> Message:
    """Answers on one of the ticket's channels. Empty `to` means the customer; entries are addresses or
    recipient tokens.

    With `then_status` the ticket goes there in the same transaction. A repetition with the same `client_id` gives the
    message that the first call wrote.
    """
    ticket = lock_ticket(ticket, by=by, code="tickets.reply", version=version, allow_closed=False)
    if (before := _sent_before(by, client_id)) is not None:
        return before
    way = _choose_way(ticket, channel)
    recipients = _recipients(ticket, by, way, to, cc, bcc)
    html, files = attach_uploads(html, _take_uploads(by, ticket, draft_file_ids))
    _require_content(html, files)
    message = _write_public(
        ticket, by, way, html=html, recipients=recipients, files=files, client_id=client_id, subject=ticket.subject
    )
    fields = _status_after(ticket, by, then_status)
    save_ticket(ticket, [*MESSAGE_FIELDS, *fields])
    _finish_writing(ticket, by, message, DraftKind.REPLY)
    return message


@dataclass(frozen=True, slots=True)
class People:
    to: tuple[Participant, ...] = ()
    cc: tuple[Participant, ...] = ()
    bcc: tuple[Participant, ...] = ()


def _write_public(
    ticket: Ticket,
    by: Actor,
    way: Way,
    *,
    html: str,
    recipients: People,
    files: Sequence[FileToAttach],
    subject: str,
    client_id: str = "",
    is_forward: bool = False,
    quote: str = "",
) -> Message:
    interaction = way.interaction
    outbound = outgoing.prepare(
        ticket=ticket,
        way=way,
        html=clean_html(html) + quote,
        subject=subject,
        to=[person.address for person in recipients.to],
        cc=[person.address for person in recipients.cc],
        bcc=[person.address for person in recipients.bcc],
        files=files,
        by=by,
        is_reply=not is_forward,
    )
    _require_carried(way, outbound)
    envelope: dict[str, Any] = {
        "from": [["", outbound.from_address]] if outbound.from_address else [],
        "to": [[person.name, person.address] for person in recipients.to],
        "cc": [[person.name, person.address] for person in recipients.cc],
        "bcc": [[person.name, person.address] for person in recipients.bcc],
        "message_id": outbound.client_key,
        "references": list(outbound.references),
        "before": _restorable(ticket),
    }
    if is_forward:
        envelope["is_forward"] = True
    if client_id:
        envelope["client_id"] = client_id
    message = append_message(
        ticket=ticket,
        entry=Entry(
            kind=MessageKind.AGENT,
            html=clean_html(html) + quote,
            subject=outbound.subject,
            envelope=envelope,
            interaction=interaction,
            channel=way.channel,
            author=by.user,
            sender_name=by.label if by.user is None else "",
            keys=((way.channel, message_key(outbound.client_key)), *_client_keys(by, client_id)),
            files=tuple(files),
        ),
    )
    outbox.queue_delivery(
        channel=way.channel,
        message_id=message.pk,
        ticket_id=ticket.pk,
        outbound=outbound,
        order_by=f"ticket:{ticket.pk}",
        by=by,
        delay=timedelta(seconds=settings.TICKETS_UNDO_SECONDS),
    )
    if not is_forward:
        allowance.use(interaction, len(way.connector.parts(outbound, way.channel)))
    publish(
        events.MessageSent(
            ticket_id=ticket.pk,
            message_id=message.pk,
            sequence=message.sequence,
            channel_id=way.channel.pk,
            interaction_id=None if interaction is None else interaction.pk,
            is_forward=is_forward,
        ),
        by=by,
        customer_id=ticket.customer_id,
    )
    return message


def _require_carried(way: Way, outbound: Outbound) -> None:
    reason = refusal_of_content(way, outbound)
    if reason:
        raise NotCarried(reason=reason)


def _restorable(ticket: Ticket) -> dict[str, Any]:
    """What taking the message back puts back."""
    return {
        "status": ticket.status,
        "preview": ticket.preview,
        "preview_kind": ticket.preview_kind,
        "last_message_at": ticket.last_message_at.isoformat(),
        "waiting_since": ticket.waiting_since.isoformat() if ticket.waiting_since else None,
        "first_replied_at": ticket.first_replied_at.isoformat() if ticket.first_replied_at else None,
    }


def _status_after(ticket: Ticket, by: Actor, then_status: Status | str | None) -> list[str]:
    if then_status and then_status not in Status.values:
        raise InvalidInput(fields={"then": [_("Choose another status.")]})
    if then_status:
        return lifecycle.move(ticket, Status(then_status), by=by)
    if ticket.status == Status.NEW:
        return lifecycle.move(ticket, Status.OPEN, by=by, reason="reply")
    return []


def _require_content(html: str, files: Sequence[FileToAttach]) -> None:
    if len(html) > MAX_LENGTH:
        raise InvalidInput(fields={"html": [_("This text is too long.")]})
    if not files and not html_to_text(clean_html(html)).strip():
        raise EmptyMessage


def _client_keys(by: Actor, client_id: str) -> tuple[tuple[Channel | None, bytes], ...]:
    return ((None, key_of("client", by.key, client_id)),) if client_id else ()


def _sent_before(by: Actor, client_id: str) -> Message | None:
    if not client_id:
        return None
    key = MessageKey.objects.filter(channel__isnull=True, key=key_of("client", by.key, client_id)).first()
    return None if key is None else Message.objects.filter(pk=key.message_id, created=key.created).first()


def _submission(client_id: str, *texts: str) -> str:
    """What names one sending of a form that opens a ticket: sent again it is the same, with other words it is not."""
    return f"{client_id}:{key_of('submission', *texts).hex()}" if client_id else ""


def _opened_before(by: Actor, client_id: str) -> Ticket | None:
    """The ticket that the same submission opened. Of two at once the second waits until the first is through."""
    if not client_id:
        return None
    key = key_of("client", by.key, client_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(key[:8], "big", signed=True)])
    before = _sent_before(by, client_id)
    return None if before is None else before.ticket


def open_ways(ticket: Ticket) -> list[Way]:
    """The ticket's ways out, with raw addresses."""
    ids = family_ids(ticket)
    interactions = list(Interaction.objects.filter(ticket_id__in=ids).order_by("-started_at", "-id")[:20])
    newest = Message.objects.filter(ticket_id__in=ids, created__gte=ticket.opened_at - timedelta(days=1))
    messages = list(reversed(newest.order_by("-created", "-id")[:RECENT]))
    identities = family_identities(ticket.customer) if ticket.customer is not None else []
    return ways(ticket, interactions, messages, identities)


def _choose_way(ticket: Ticket, channel: Channel | None) -> Way:
    found = open_ways(ticket)
    if channel is not None:
        found = [way for way in found if way.channel.pk == channel.pk]
    usable = [way for way in found if not refusal_of(way)]
    if not usable:
        if found:
            raise NoReplyChannel(reason=refusal_of(found[0]))
        raise NoReplyChannel
    return usable[0]


def _recipients(
    ticket: Ticket, by: Actor, way: Way, to: Sequence[str], cc: Sequence[str], bcc: Sequence[str]
) -> People:
    if not way.connector.capabilities.has_copies:
        return People(to=way.addressing.to)
    own = own_addresses(vocabulary().channels.values())
    taken: set[str] = set()
    chosen: list[tuple[Participant, ...]] = []
    for entries, default in ((to, way.addressing.to), (cc, ()), (bcc, ())):
        chosen.append(tuple(_resolve(ticket, by, way, entries, own, taken)) if entries else default)
        taken.update(address_key(person.address) for person in chosen[-1])
    people = People(*chosen)
    if not people.to:
        raise NoRecipient(fields={"to": [NoRecipient.message]})
    if sum(map(len, chosen)) > settings.TICKETS_MAX_RECIPIENTS:
        raise TooManyRecipients(limit=settings.TICKETS_MAX_RECIPIENTS)
    return people


def _resolve(
    ticket: Ticket, by: Actor, way: Way, entries: Sequence[str], own: frozenset[str], taken: set[str]
) -> Iterable[Participant]:
    """Addresses for tokens and typed addresses; our own mailboxes and repetitions are left out."""
    for entry in entries:
        person = _one_recipient(ticket, by, way, entry.strip())
        key = address_key(person.address)
        if key not in own and key not in taken:
            taken.add(key)
            yield person


def _one_recipient(ticket: Ticket, by: Actor, way: Way, entry: str) -> Participant:
    if entry.startswith(MARK):
        found = find_by_token(ticket, entry, way.addressing.known)
        if found is None:
            raise RecipientRefused(value=entry[:40])
        return found
    known = next((row for row in way.addressing.known if address_key(row.address) == address_key(entry)), None)
    if known is not None:
        return known
    if lens_for(by).mode(FieldClass.EMAIL) != Mode.RAW:
        # Who sees addresses masked answers the people of the conversation and nobody else.
        raise RecipientRefused(value=entry[:40])
    return Participant(valid_address(entry))


def valid_address(entry: str) -> str:
    if CONTROL.search(entry) or len(entry) > 254:
        raise RecipientRefused(value=one_line(entry, 40))
    try:
        validate_email(entry)
    except ValidationError as error:
        raise RecipientRefused(value=one_line(entry, 40)) from error
    return entry


def _take_uploads(by: Actor, ticket: Ticket | None, ids: Sequence[int]) -> list[DraftFile]:
    """The writer's own uploads for this ticket become part of the message; anybody else's do not exist."""
    if not ids:
        return []
    if len(ids) > settings.TICKETS_MAX_FILES:
        raise TooManyFiles(limit=settings.TICKETS_MAX_FILES)
    own = DraftFile.objects.filter(user_id=by.user_id or 0, ticket=ticket, pk__in=ids)
    rows = list(own.select_for_update(of=("self",)).select_related("file"))
    if len(rows) != len(set(ids)):
        raise NotVisible
    DraftFile.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return rows


def _finish_writing(ticket: Ticket, by: Actor, message: Message, kind: DraftKind) -> None:
    if by.user_id is None:
        return
    Draft.objects.filter(user_id=by.user_id or 0, ticket=ticket, kind=kind).delete()
    mark_read_to(ticket, by.user_id, message.sequence)


# Notes


@transaction.atomic
def add_note(
    *,
    ticket: Ticket,
    by: Actor,
    html: str,
    mention_ids: Sequence[int] = (),
    draft_file_ids: Sequence[int] = (),
    client_id: str = "",
) -> Message:
    """Writes an internal note, which no customer ever gets. Who is mentioned may read the ticket."""
    ticket = lock_ticket(ticket, by=by, code="tickets.note")
    if (before := _sent_before(by, client_id)) is not None:
        return before
    mentioned = _mentioned(ticket, by, mention_ids)
    html, files = attach_uploads(html, _take_uploads(by, ticket, draft_file_ids), mentions=True)
    _require_content(html, files)
    entry = Entry(
        kind=MessageKind.NOTE,
        html=keep_mentions(html, {user.pk for user in mentioned}),
        author=by.user,
        sender_name=by.label if by.user is None else "",
        envelope={"mentioned": [user.pk for user in mentioned]} if mentioned else {},
        keys=_client_keys(by, client_id),
        files=tuple(files),
    )
    message = append_message(ticket=ticket, entry=entry)
    Mention.objects.bulk_create(
        [Mention(ticket=ticket, message_id=message.pk, user=user) for user in mentioned], ignore_conflicts=True
    )
    save_ticket(ticket, MESSAGE_FIELDS)
    ids = tuple(user.pk for user in mentioned)
    publish(
        events.MessageNoted(ticket_id=ticket.pk, message_id=message.pk, sequence=message.sequence, mentioned=ids), by=by
    )
    _finish_writing(ticket, by, message, DraftKind.NOTE)
    return message


def _mentioned(ticket: Ticket, by: Actor, ids: Sequence[int]) -> list[User]:
    wanted = {pk for pk in ids if pk != by.user_id}
    if not wanted:
        return []
    found = User.objects.filter(pk__in=wanted, is_active=True).select_related("role", "vendor")
    return [user for user in found if can_be_mentioned(user, ticket)]


# By hand: a visit or a call


@transaction.atomic
def record_contact(
    *,
    by: Actor,
    channel: Channel,
    html: str,
    ticket: Ticket | None = None,
    subject: str = "",
    customer: Customer | None = None,
    sender_kind: str = "",
    sender_value: str = "",
    sender_name: str = "",
    at: datetime | None = None,
    kind: str = "",
    client_id: str = "",
    **fields: Any,
) -> Ticket:
    """Writes down a walk-in or a call: on a ticket, or as a new one (`fields` as in `open_ticket`).

    `kind` is what it was, by itself what the channel is for. `sender_name` is whom one spoke with, whoever called
    whom; nobody named means the customer.
    """
    from apps.customers.services.resolution import resolve_customer

    if channel.kind != "manual" or not channel.is_active:
        raise NoReplyChannel
    if access_of(by).is_outsourced and channel.pk not in access_of(by).channel_ids:
        raise NotVisible
    require(by, "tickets.reply" if ticket is not None else "tickets.create", ticket)
    what, moment = _contact_kind(channel, kind), _contact_time(at)
    _require_content(html, ())
    if ticket is None:
        client_id = _submission(client_id, subject, html)
        if (before := _opened_before(by, client_id)) is not None:
            return before
    identity = None
    if customer is None and sender_value:
        customer, identity, _is_new = resolve_customer(
            kind=sender_kind, value=sender_value, name=sender_name, language="", by=by
        )
    if ticket is None:
        ticket = lifecycle.open_ticket(subject=subject, by=by, customer=customer, channel=channel, **fields)
    ticket = lock_ticket(ticket, by=by, code="tickets.reply", allow_closed=False)
    if _sent_before(by, client_id) is not None:
        return ticket
    interaction = Interaction(
        ticket=ticket,
        channel=channel,
        customer=customer or ticket.customer,
        identity=identity,
        thread_key=key_of("manual", str(ticket.pk), str(ticket.message_count + 1)),
        state=InteractionState.CLOSED,
        started_at=moment,
        last_inbound_at=moment if what.is_inbound else None,
        ended_at=moment,
    )
    interaction.save(force_insert=True)
    entry = Entry(
        kind=MessageKind.CUSTOMER if what.is_inbound else MessageKind.AGENT,
        html=html,
        subject=subject,
        sender_name=one_line(sender_name, 200),
        envelope={"contact": {"kind": what.value, "at": moment.isoformat()}},
        interaction=interaction,
        channel=channel,
        author=by.user,
        customer=customer or ticket.customer,
        notice="recorded",
        keys=_client_keys(by, client_id),
    )
    message = append_message(ticket=ticket, entry=entry)
    ticket.waiting_since = None
    save_ticket(ticket, MESSAGE_FIELDS)
    _tell_of_contact(ticket, message, by)
    if by.user_id is not None:
        mark_read_to(ticket, by.user_id, message.sequence)
    return ticket


def _contact_kind(channel: Channel, kind: str) -> ContactKind:
    if kind and kind not in ContactKind.values:
        raise InvalidInput(fields={"kind": [_("Say what it was.")]})
    return ContactKind(kind) if kind else usual_contact(channel)


def _contact_time(at: datetime | None) -> datetime:
    if at is not None and not now() - timedelta(days=MOST_DAYS_AGO) <= at <= now() + timedelta(minutes=1):
        raise InvalidInput(fields={"at": [_("This must lie in the last %(days)s days.") % {"days": MOST_DAYS_AGO}]})
    return at or now()


def _tell_of_contact(ticket: Ticket, message: Message, by: Actor) -> None:
    about: dict[str, Any] = {
        "ticket_id": ticket.pk,
        "message_id": message.pk,
        "sequence": message.sequence,
        "channel_id": message.channel_id,
        "interaction_id": message.interaction_id,
    }
    if message.kind == MessageKind.CUSTOMER:
        publish(events.MessageReceived(**about, customer_id=ticket.customer_id), by=by, customer_id=ticket.customer_id)
    else:
        publish(events.MessageSent(**about), by=by, customer_id=ticket.customer_id)


# Writing first, and passing on


@transaction.atomic
def open_internal(
    *, by: Actor, subject: str, html: str, customer: Customer | None = None, client_id: str = "", **fields: Any
) -> Ticket:
    """Opens a ticket for work among staff, with a note."""
    require(by, "tickets.create")
    client_id = _submission(client_id, subject, html)
    if (before := _opened_before(by, client_id)) is not None:
        return before
    ticket = lifecycle.open_ticket(subject=subject, by=by, customer=customer, **fields)
    add_note(ticket=ticket, by=by, html=html, client_id=client_id)
    return ticket


@transaction.atomic
def start_outbound(
    *,
    by: Actor,
    channel: Channel,
    subject: str,
    html: str,
    customer: Customer | None = None,
    address: str = "",
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    draft_file_ids: Sequence[int] = (),
    client_id: str = "",
    then_status: Status | str | None = Status.PENDING,
    **fields: Any,
) -> Ticket:
    """Opens a ticket with a message of ours to a customer, or to an address that becomes one."""
    from apps.channels import registry
    from apps.customers.services.resolution import resolve_customer

    require(by, "tickets.create")
    require(by, "tickets.reply")
    client_id = _submission(client_id, subject, html)
    if (before := _opened_before(by, client_id)) is not None:
        return before
    connector = registry.get(channel.kind)
    if not (channel.is_active and connector.capabilities.can_send and connector.capabilities.can_start):
        raise NoReplyChannel
    if access_of(by).is_outsourced and channel.pk not in access_of(by).channel_ids:
        raise NotVisible
    if not one_line(subject) and connector.capabilities.has_subject:
        raise InvalidInput(fields={"subject": [_("Write a subject.")]})
    if address:
        if lens_for(by).mode(FieldClass.EMAIL) != Mode.RAW:
            raise PermissionRefused
        found, _identity, _is_new = resolve_customer(kind=connector.identity_kind, value=valid_address(address), by=by)
        if customer is not None and customer.pk != found.pk:
            raise RecipientRefused(value=one_line(address, 40))
        customer = found
    if customer is None:
        raise NoRecipient(fields={"to": [NoRecipient.message]})
    ticket = lifecycle.open_ticket(subject=subject, by=by, customer=customer, channel=channel, **fields)
    ticket = lock_ticket(ticket, by=by)
    interaction = Interaction(
        ticket=ticket,
        channel=channel,
        customer=customer,
        identity=customer.identities.filter(kind=connector.identity_kind).order_by("-is_primary", "id").first(),
        thread_key=key_of("outbound", channel.kind, str(ticket.pk)),
        started_at=now(),
    )
    interaction.save(force_insert=True)
    way = _choose_way(ticket, channel)
    people = _recipients(ticket, by, way, [address] if address else (), cc, bcc)
    html, files = attach_uploads(html, _take_uploads(by, None, draft_file_ids))
    _require_content(html, files)
    message = _write_public(
        ticket, by, way, html=html, recipients=people, files=files, subject=ticket.subject, client_id=client_id
    )
    save_ticket(ticket, [*MESSAGE_FIELDS, *_status_after(ticket, by, then_status)])
    if by.user_id is not None:
        Draft.objects.filter(user_id=by.user_id or 0, ticket__isnull=True, kind=DraftKind.NEW).delete()
        mark_read_to(ticket, by.user_id, message.sequence)
    return ticket


@transaction.atomic
def forward(
    *, message: Message, to: Sequence[str], html: str, by: Actor, cc: Sequence[str] = (), client_id: str = ""
) -> Message:
    """Passes a public message on to somebody outside, with its files. Notes never leave the house.

    Only for who sees everything raw: what is masked for a viewer must not be readable in a mail they send themselves.
    """
    ticket = lock_ticket(message.ticket, by=by, code="tickets.reply", allow_closed=False)
    if message.kind in (MessageKind.NOTE, MessageKind.SYSTEM) or message.notice == UNDONE:
        raise ForwardRefused
    if not lens_for(by).is_raw or access_of(by).is_outsourced:
        raise ForwardRefused
    if (before := _sent_before(by, client_id)) is not None:
        return before
    copies = [way for way in open_ways(ticket) if way.connector.capabilities.has_copies and way.channel.is_active]
    if not copies:
        raise NoReplyChannel
    way = replace(copies[0], interaction=None)
    people = _recipients(ticket, by, way, to or ("",), cc, ())
    attached = Attachment.objects.filter(message_id=message.pk, ticket=ticket)
    files = [FileToAttach(row.file_id, row.content_id, row.is_inline) for row in attached]
    quote = outgoing.forwarded(message)
    subject = one_line(f"Fwd: {message.subject or ticket.subject}")
    sent = _write_public(
        ticket,
        by,
        way,
        html=html,
        recipients=people,
        files=files,
        subject=subject,
        client_id=client_id,
        is_forward=True,
        quote=quote,
    )
    save_ticket(ticket, MESSAGE_FIELDS)
    _finish_writing(ticket, by, sent, DraftKind.REPLY)
    return sent


# Taking back


@transaction.atomic
def undo_send(*, message: Message, by: Actor) -> Draft:
    """Takes back one's own message that has not left yet, once: it becomes a draft again, the ticket as it was."""
    ticket = lock_ticket(message.ticket, by=by)
    locked = Message.objects.select_for_update(of=("self",), no_key=True).filter(
        pk=message.pk, created=message.created, kind=MessageKind.AGENT
    )
    row = locked.first()
    if row is None or by.user_id is None or row.author_id != by.user_id:
        raise NotVisible
    deliveries = list(Delivery.objects.filter(message_id=row.pk))
    if row.notice == UNDONE or not deliveries or any(entry.due_at <= now() for entry in deliveries):
        raise UndoTooLate
    try:
        for delivery in deliveries:
            outbox.cancel_delivery(delivery=delivery, by=by)
    except DeliveryNotCancellable as error:
        raise UndoTooLate from error
    return _take_back(ticket, row, by, parts=len(deliveries))


def _take_back(ticket: Ticket, row: Message, by: Actor, *, parts: int) -> Draft:
    fields: list[str] = list(MESSAGE_FIELDS)
    before = row.envelope.get("before", {})
    if ticket.message_count == row.sequence:
        for name in ("last_message_at", "waiting_since", "first_replied_at"):
            value = before.get(name)
            setattr(ticket, name, datetime.fromisoformat(value) if value else None)
        ticket.preview, ticket.preview_kind = before.get("preview", ""), before.get("preview_kind", "")
        fields += lifecycle.put_back(ticket, before.get("status", ticket.status), by=by)
    html = rename_pictures(row.html, _files_back(ticket, row, by))
    draft = write_draft(user_id=by.user_id or 0, ticket=ticket, kind=DraftKind.REPLY, html=html, data={})
    forget_message(row)
    _forget_keys(row, by)
    row.notice = UNDONE
    row.save(update_fields=["notice"])
    allowance.use(row.interaction, -parts)
    save_ticket(ticket, dict.fromkeys(fields))
    publish(events.MessageUndone(ticket_id=ticket.pk, message_id=row.pk, sequence=row.sequence), by=by)
    return draft


def _forget_keys(row: Message, by: Actor) -> None:
    """So that the same words, sent again by the same form, are a message of their own."""
    keys = [message_key(str(row.envelope.get("message_id", "")))]
    if client_id := row.envelope.get("client_id"):
        keys.append(key_of("client", by.key, str(client_id)))
    MessageKey.objects.filter(key__in=keys, message_id=row.pk).delete()


def _files_back(ticket: Ticket, row: Message, by: Actor) -> dict[str, str]:
    """The files are uploads again; tells what the pictures in the text are called as such."""
    places: dict[str, str] = {}
    for attached in Attachment.objects.filter(message_id=row.pk, ticket=ticket):
        upload = DraftFile(user_id=by.user_id or 0, ticket=ticket, file_id=attached.file_id)
        upload.save(force_insert=True)
        if attached.is_inline:
            places[attached.content_id] = upload.public_id
        attached.delete()
    return places


# Deliveries


@transaction.atomic
def retry_delivery(*, ticket: Ticket, delivery_id: int, by: Actor) -> Delivery:
    """Sends once more what failed, for whoever may answer the ticket."""
    ticket = lock_ticket(ticket, by=by, code="tickets.reply")
    stopped = (DeliveryState.FAILED, DeliveryState.UNKNOWN)
    delivery = Delivery.objects.filter(pk=delivery_id, ticket_id=ticket.pk, state__in=stopped).first()
    if delivery is None:
        raise NotVisible
    return outbox.retry_delivery(delivery=delivery, by=by)
