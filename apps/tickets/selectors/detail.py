"""A ticket's page: facts, timeline, composer, customer. Every string already went through the viewer's lens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.channels.enums import DeliveryState
from apps.channels.models import Delivery
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.errors import NotVisible
from apps.core.ids import public_id_for
from apps.core.permissions import may
from apps.customers.models import Customer, Identity
from apps.privacy.detection import unpack
from apps.tickets.enums import DraftKind, LinkKind, MessageKind, Priority, Status, TicketType
from apps.tickets.models import (
    Attachment,
    Draft,
    DraftFile,
    Interaction,
    Mention,
    Message,
    ReadMark,
    Ticket,
    TicketLink,
    Watcher,
    WrapUp,
)
from apps.tickets.selectors.lists import TagChip, TicketRow, tag_chip, ticket_rows, with_row_columns
from apps.tickets.selectors.recipients import address_pairs
from apps.tickets.selectors.rendering import View, initials, view_of
from apps.tickets.selectors.routes import ReplyRoute, reply_routes
from apps.tickets.selectors.vocabulary import vocabulary
from apps.tickets.transitions import targets

if TYPE_CHECKING:
    from apps.customers.selectors import CustomerPanel
    from django_stubs_ext import StrOrPromise

OTHER_TICKETS = 10
TIMELINE_LIMIT = 500
INLINE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})

UNDONE = "undone"

NOTICES: Mapping[str, StrOrPromise] = {
    "bounce": gettext_lazy("The message could not be delivered."),
    "bounce_temporary": gettext_lazy("The message is delayed; the mail server keeps trying."),
    "acknowledgement": gettext_lazy("Automatic acknowledgement"),
    "merged": gettext_lazy("Another ticket was merged into this one."),
    "unmerged": gettext_lazy("A merged ticket was separated again."),
    "third_person": gettext_lazy("Written by somebody other than the customer."),
    "recorded": gettext_lazy("Written down by hand."),
    "unreadable": gettext_lazy("Parts of this message could not be read; the original is kept."),
}


@dataclass(frozen=True, slots=True)
class FileView:
    public_id: str
    name: str
    size: int
    content_type: str
    is_image: bool
    is_inline: bool
    url: str
    """Empty when the viewer may not open it."""


@dataclass(frozen=True, slots=True)
class DeliveryView:
    id: int
    state: str
    state_label: str
    failure: str
    failure_label: str
    due_at: datetime
    sent_at: datetime | None
    can_retry: bool


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One message. `html` is sanitized and safe to show; addresses are as the viewer may see them."""

    id: int
    public_id: str
    sequence: int
    kind: str
    created: datetime
    author_id: int | None
    author_name: str
    author_initials: str
    is_own: bool
    is_inbound: bool
    is_note: bool
    is_system: bool
    is_automatic: bool
    is_third_person: bool
    is_forward: bool
    channel_id: int | None
    channel_icon: str
    channel_label: str
    subject: str
    html: str
    text: str
    quoted: str
    from_label: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    notice: str
    notice_label: str
    files: tuple[FileView, ...]
    delivery: DeliveryView | None
    undo_until: datetime | None
    ticket_number: int
    """Differs from the page's ticket for messages of a ticket that was merged into it."""


@dataclass(frozen=True, slots=True)
class TicketFacts:
    id: int
    public_id: str
    number: int
    version: int
    subject: str
    status: str
    status_label: str
    priority: int
    priority_label: str
    type: str
    type_label: str
    queue_id: int
    queue_label: str
    category_id: int | None
    category_label: str
    team_id: int | None
    team_label: str
    channel_id: int | None
    channel_icon: str
    channel_label: str
    brand_label: str
    assignee_id: int | None
    assignee_name: str
    assignee_initials: str
    customer_id: int | None
    customer_public_id: str
    customer_name: str
    language: str
    is_spam: bool
    is_done: bool
    is_mine: bool
    is_watching: bool
    is_mentioned: bool
    merged_into: int | None
    """The number of the ticket this one was merged into."""
    merged_from: tuple[int, ...]
    message_count: int
    opened_at: datetime
    last_message_at: datetime
    waiting_since: datetime | None
    first_replied_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    tags: tuple[TagChip, ...]
    watchers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinkRow:
    number: int
    kind: str
    label: str
    status: str
    status_label: str
    subject: str


@dataclass(frozen=True, slots=True)
class DraftView:
    public_id: str
    kind: str
    html: str
    data: dict[str, Any]
    updated: datetime


@dataclass(frozen=True, slots=True)
class Composer:
    """`routes[0]` is where an answer goes by itself; without routes there is only the note."""

    routes: tuple[ReplyRoute, ...]
    reply_draft: DraftView | None
    note_draft: DraftView | None
    files: tuple[FileView, ...]
    undo_seconds: int
    max_file_bytes: int
    max_files: int
    refusal: str
    """Why the ticket cannot be answered; empty when it can."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the viewer may do here, for showing or leaving out buttons. The services ask again."""

    reply: bool
    note: bool
    claim: bool
    assign_others: bool
    edit: bool
    resolve: bool
    merge: bool
    spam: bool
    watch: bool
    forward: bool
    see_files: bool


@dataclass(frozen=True, slots=True)
class WrapUpView:
    category_label: str
    summary: str
    is_solved: bool | None
    by: str
    created: datetime


@dataclass(frozen=True, slots=True)
class TicketPage:
    ticket: TicketFacts
    timeline: tuple[TimelineEntry, ...]
    composer: Composer
    customer: CustomerPanel | None
    other_tickets: tuple[TicketRow, ...]
    """The customer's other tickets that the viewer sees, open ones first."""
    links: tuple[LinkRow, ...]
    wrap_up: WrapUpView | None
    required_on_resolve: tuple[str, ...]
    may: Abilities
    statuses: tuple[tuple[str, str], ...]
    """(value, label) of the statuses the ticket can go to."""
    priorities: tuple[tuple[int, str], ...]
    types: tuple[tuple[str, str], ...]
    read_to: int
    last_sequence: int


def ticket_for(actor: Actor, number: int) -> Ticket:
    """The ticket of a page or an action, or NotVisible; one query with all its names."""
    rows = Ticket.objects.visible_to(actor).select_related("customer", "assignee__role", "team", "brand", "merged_into")
    ticket = rows.filter(number=number).first()
    if ticket is None:
        raise NotVisible
    return ticket


def ticket_page(actor: Actor, number: int) -> TicketPage:
    from apps.customers.selectors import customer_panel

    ticket = ticket_for(actor, number)
    view = view_of(actor, [ticket])
    abilities = _abilities(actor, ticket, view)
    merged = list(Ticket.objects.filter(merged_into=ticket).only("number", "opened_at"))
    messages = _messages(ticket, merged)
    identities = list(Identity.objects.filter(customer_id=ticket.customer_id)) if ticket.customer_id else []
    entries = _entries(actor, ticket, view, messages, {row.pk: row.number for row in merged})
    mark = ReadMark.objects.filter(user_id=actor.user_id, ticket=ticket).first() if actor.user_id else None
    customer = ticket.customer
    return TicketPage(
        ticket=_facts(actor, ticket, view, tuple(row.number for row in merged)),
        timeline=tuple(entries),
        composer=_composer(actor, ticket, view, messages, identities),
        customer=None if customer is None else customer_panel(customer, actor),
        other_tickets=() if customer is None else _other_tickets(actor, ticket),
        links=_links(actor, ticket, view),
        wrap_up=_wrap_up(ticket, view),
        required_on_resolve=required_on_resolve(ticket),
        may=abilities,
        statuses=tuple((status.value, str(status.label)) for status in targets(Status(ticket.status))),
        priorities=tuple((value, str(label)) for value, label in Priority.choices),
        types=tuple((value, str(label)) for value, label in TicketType.choices),
        read_to=0 if mark is None else mark.sequence,
        last_sequence=ticket.message_count,
    )


def timeline(actor: Actor, ticket: Ticket, after_sequence: int = 0) -> list[TimelineEntry]:
    """Entries after a sequence number; with 0 all, those of merged tickets included. `ticket` was taken through
    `visible_to`.
    """
    view = view_of(actor, [ticket])
    if after_sequence:
        messages = list(_with_names(Message.objects.of_ticket(ticket)).filter(sequence__gt=after_sequence))
        return _entries(actor, ticket, view, messages, {})
    merged = list(Ticket.objects.filter(merged_into=ticket).only("number", "opened_at"))
    return _entries(actor, ticket, view, _messages(ticket, merged), {row.pk: row.number for row in merged})


def required_on_resolve(ticket: Ticket) -> tuple[str, ...]:
    """What a wrap-up must hold: by the channel's intake rule and by the category and all above it."""
    from apps.tickets.models import IntakeRule

    required: set[str] = set()
    if ticket.channel_id:
        rows = IntakeRule.objects.filter(channel_id=ticket.channel_id).values_list("required_on_resolve", flat=True)
        required.update(name for row in rows for name in row)
    return tuple(sorted(required | required_by_category(ticket.category_id)))


def required_by_category(category_id: int | None) -> set[str]:
    categories = vocabulary().categories
    if category_id not in categories:
        return set()
    path = categories[category_id].path or [category_id]
    return {name for pk in path if pk in categories for name in categories[pk].required_on_resolve}


# Timeline


def _with_names(rows: Any) -> Any:
    return rows.select_related("author", "customer").order_by("ticket_id", "sequence")


def _messages(ticket: Ticket, merged: Sequence[Ticket]) -> list[Message]:
    """The newest part of the conversation, oldest first."""
    if not merged:
        rows = Message.objects.of_ticket(ticket).select_related("author", "customer").order_by("-sequence")
        return list(reversed(rows[:TIMELINE_LIMIT]))
    since = min(row.opened_at for row in (ticket, *merged)) - timedelta(days=1)
    together = Message.objects.filter(ticket_id__in=[ticket.pk, *(row.pk for row in merged)], created__gte=since)
    rows = together.select_related("author", "customer").order_by("-created", "-id")
    return list(reversed(rows[:TIMELINE_LIMIT]))


def _entries(
    actor: Actor, ticket: Ticket, view: View, messages: Sequence[Message], numbers: Mapping[int, int]
) -> list[TimelineEntry]:
    shown = [message for message in messages if message.notice != UNDONE]
    files = files_of(view, [message.pk for message in shown if message.attachment_count])
    sent = [message.pk for message in shown if message.kind in (MessageKind.AGENT, MessageKind.SYSTEM)]
    rows = Delivery.objects.filter(message_id__in=sent).order_by("id") if sent else ()
    deliveries = {row.message_id: row for row in rows}
    may_retry = may(actor, "tickets.reply", ticket)
    return [
        _entry(
            actor,
            ticket,
            view,
            message,
            files.get(message.pk, ()),
            deliveries.get(message.pk),
            may_retry,
            numbers.get(message.ticket_id, ticket.number),
        )
        for message in shown
    ]


def _entry(
    actor: Actor,
    ticket: Ticket,
    view: View,
    message: Message,
    files: tuple[FileView, ...],
    delivery: Delivery | None,
    may_retry: bool,
    number: int,
) -> TimelineEntry:
    known = view.known_of(ticket)
    author = _author(view, message)
    own = actor.user_id is not None and message.author_id == actor.user_id
    waiting = delivery is not None and delivery.state == DeliveryState.QUEUED and not delivery.attempts
    undo_until = delivery.due_at if delivery is not None and own and waiting and delivery.due_at > now() else None
    return TimelineEntry(
        id=message.pk,
        public_id=message.public_id,
        sequence=message.sequence,
        kind=message.kind,
        created=message.created,
        author_id=message.author_id,
        author_name=author,
        author_initials=initials(author),
        is_own=own,
        is_inbound=message.kind == MessageKind.CUSTOMER,
        is_note=message.kind == MessageKind.NOTE,
        is_system=message.kind == MessageKind.SYSTEM,
        is_automatic=message.is_automatic,
        is_third_person=message.is_third_person,
        is_forward=bool(message.envelope.get("is_forward")),
        channel_id=message.channel_id,
        channel_icon=vocabulary().channel_icon(message.channel_id) if message.channel_id else "",
        channel_label=vocabulary().channel_label(message.channel_id),
        subject=view.line(message.subject, ticket),
        html=view.lens.html(message.html, known=known),
        text=view.lens.text(message.text, unpack(message.spans), known=known),
        quoted=view.line(message.quoted, ticket),
        from_label=_people(view, message.envelope.get("from"))[0] if message.envelope.get("from") else "",
        to=_people(view, message.envelope.get("to")),
        cc=_people(view, message.envelope.get("cc")),
        bcc=_people(view, message.envelope.get("bcc")),
        notice=message.notice,
        notice_label=str(NOTICES.get(message.notice, "")),
        files=files,
        delivery=None if delivery is None else _delivery(delivery, may_retry),
        undo_until=undo_until,
        ticket_number=number,
    )


def _author(view: View, message: Message) -> str:
    if message.author is not None:
        return str(message.author)
    if message.kind == MessageKind.SYSTEM:
        return _("System")
    return view.lens.name(message.sender_name) if message.sender_name else view.customer_name(message.customer)


def _people(view: View, value: object) -> tuple[str, ...]:
    found = []
    for name, address in address_pairs(value):
        shown = view.lens.email(address) if "@" in address else view.lens.handle(address)
        found.append(f"{view.lens.name(name)} <{shown}>" if name else shown)
    return tuple(found) or ("",) if value else ()


def _delivery(row: Delivery, may_retry: bool) -> DeliveryView:
    stopped = row.state in (DeliveryState.FAILED, DeliveryState.UNKNOWN)
    return DeliveryView(
        id=row.pk,
        state=row.state,
        state_label=row.get_state_display(),
        failure=row.failure,
        failure_label=row.get_failure_display() if row.failure else "",
        due_at=row.due_at,
        sent_at=row.sent_at,
        can_retry=may_retry and stopped,
    )


def files_of(view: View, message_ids: Sequence[int]) -> dict[int, tuple[FileView, ...]]:
    """Attachments by message; one query. Without the right to files the names are left out as well."""
    if not message_ids:
        return {}
    found: dict[int, list[FileView]] = {}
    for row in Attachment.objects.filter(message_id__in=message_ids).select_related("file"):
        found.setdefault(row.message_id, []).append(_attachment(view, row))
    return {pk: tuple(rows) for pk, rows in found.items()}


def _attachment(view: View, row: Attachment) -> FileView:
    return FileView(
        public_id=row.public_id,
        name=row.file.name if view.shows_files else _("File"),
        size=row.file.size,
        content_type=row.file.content_type,
        is_image=row.file.content_type in INLINE_TYPES,
        is_inline=row.is_inline,
        url=reverse("tickets:attachment", args=[row.public_id]) if view.shows_files else "",
    )


# Facts


def _facts(actor: Actor, ticket: Ticket, view: View, merged_from: tuple[int, ...]) -> TicketFacts:
    words = vocabulary()
    tag_ids = Ticket.tags.through.objects.filter(ticket_id=ticket.pk).values_list("tag_id", flat=True)
    watchers = list(Watcher.objects.filter(ticket=ticket).select_related("user"))
    assignee_name = str(ticket.assignee) if ticket.assignee else ""
    return TicketFacts(
        id=ticket.pk,
        public_id=ticket.public_id,
        number=ticket.number,
        version=ticket.version,
        subject=view.line(ticket.subject, ticket),
        status=ticket.status,
        status_label=ticket.get_status_display(),
        priority=ticket.priority,
        priority_label=ticket.get_priority_display(),
        type=ticket.type,
        type_label=ticket.get_type_display(),
        queue_id=ticket.queue_id,
        queue_label=words.queue_label(ticket.queue_id),
        category_id=ticket.category_id,
        category_label=words.category_label(ticket.category_id),
        team_id=ticket.team_id,
        team_label=str(ticket.team.name) if ticket.team else "",
        channel_id=ticket.channel_id,
        channel_icon=words.channel_icon(ticket.channel_id),
        channel_label=words.channel_label(ticket.channel_id),
        brand_label=str(ticket.brand.name),
        assignee_id=ticket.assignee_id,
        assignee_name=assignee_name,
        assignee_initials=initials(assignee_name),
        customer_id=ticket.customer_id,
        customer_public_id=public_id_for(Customer, ticket.customer_id) if ticket.customer_id else "",
        customer_name=view.customer_name(ticket.customer),
        language=ticket.language,
        is_spam=ticket.is_spam,
        is_done=ticket.is_done,
        is_mine=actor.user_id is not None and ticket.assignee_id == actor.user_id,
        is_watching=any(row.user_id == actor.user_id for row in watchers),
        is_mentioned=_has_open_mention(actor, ticket),
        merged_into=ticket.merged_into.number if ticket.merged_into else None,
        merged_from=merged_from,
        message_count=ticket.message_count,
        opened_at=ticket.opened_at,
        last_message_at=ticket.last_message_at,
        waiting_since=ticket.waiting_since,
        first_replied_at=ticket.first_replied_at,
        resolved_at=ticket.resolved_at,
        closed_at=ticket.closed_at,
        tags=tuple(tag_chip(words, pk) for pk in tag_ids if pk in words.tags),
        watchers=tuple(str(row.user) for row in watchers),
    )


def _has_open_mention(actor: Actor, ticket: Ticket) -> bool:
    if actor.user_id is None:
        return False
    return Mention.objects.filter(ticket=ticket, user_id=actor.user_id, seen_at__isnull=True).exists()


def _abilities(actor: Actor, ticket: Ticket, view: View) -> Abilities:
    from apps.accounts.access import access_of

    live = ticket.merged_into_id is None
    return Abilities(
        reply=live and may(actor, "tickets.reply", ticket),
        note=live and may(actor, "tickets.note", ticket),
        claim=live and may(actor, "tickets.assign", ticket),
        assign_others=live and may(actor, "tickets.assign_others", ticket),
        edit=live and may(actor, "tickets.edit", ticket),
        resolve=live and may(actor, "tickets.resolve", ticket),
        merge=may(actor, "tickets.merge", ticket),
        spam=may(actor, "tickets.spam", ticket),
        watch=may(actor, "tickets.watch", ticket) and not access_of(actor).is_outsourced,
        forward=live and may(actor, "tickets.reply", ticket) and view.lens.is_raw,
        see_files=view.shows_files,
    )


def _links(actor: Actor, ticket: Ticket, view: View) -> tuple[LinkRow, ...]:
    """Links whose other end the viewer sees as well."""
    rows = list(TicketLink.objects.filter(ticket=ticket)) + list(TicketLink.objects.filter(other=ticket))
    if not rows:
        return ()
    ends = {row.other_id if row.ticket_id == ticket.pk else row.ticket_id for row in rows}
    visible = {row.pk: row for row in Ticket.objects.visible_to(actor).filter(pk__in=ends).select_related("customer")}
    other_view = view_of(actor, list(visible.values()))
    found = []
    for row in rows:
        end = visible.get(row.other_id if row.ticket_id == ticket.pk else row.ticket_id)
        if end is not None:
            found.append(
                LinkRow(
                    number=end.number,
                    kind=row.kind,
                    label=str(LinkKind(row.kind).label),
                    status=end.status,
                    status_label=end.get_status_display(),
                    subject=other_view.line(end.subject, end),
                )
            )
    return tuple(found)


def _wrap_up(ticket: Ticket, view: View) -> WrapUpView | None:
    row = WrapUp.objects.filter(ticket=ticket).select_related("by").first()
    if row is None:
        return None
    return WrapUpView(
        category_label=vocabulary().category_label(row.category_id),
        summary=view.line(row.summary, ticket),
        is_solved=row.is_solved,
        by=str(row.by) if row.by else "",
        created=row.created,
    )


def _other_tickets(actor: Actor, ticket: Ticket) -> tuple[TicketRow, ...]:
    rows = with_row_columns(Ticket.objects.visible_to(actor).listed().filter(customer_id=ticket.customer_id))
    newest = list(rows.exclude(pk=ticket.pk).order_by("-id")[:OTHER_TICKETS])
    found = ticket_rows(actor, newest)
    return tuple(sorted(found, key=lambda row: row.status in (Status.RESOLVED, Status.CLOSED)))


# Composer


def _composer(
    actor: Actor, ticket: Ticket, view: View, messages: Sequence[Message], identities: Sequence[Identity]
) -> Composer:
    drafts = _drafts(actor, ticket)
    interactions = list(Interaction.objects.filter(ticket=ticket).order_by("-id")[:20])
    routes = reply_routes(ticket, view, interactions, messages, identities)
    refusal = _refusal(ticket, routes)
    return Composer(
        routes=tuple(routes),
        reply_draft=drafts.get(DraftKind.REPLY),
        note_draft=drafts.get(DraftKind.NOTE),
        files=draft_files(actor, ticket),
        undo_seconds=settings.TICKETS_UNDO_SECONDS,
        max_file_bytes=settings.TICKETS_MAX_FILE_BYTES,
        max_files=settings.TICKETS_MAX_FILES,
        refusal=refusal,
    )


def _refusal(ticket: Ticket, routes: Sequence[ReplyRoute]) -> str:
    if ticket.merged_into is not None:
        return _("Merged into #%(number)s; continue there.") % {"number": ticket.merged_into.number}
    if ticket.status == Status.CLOSED:
        return _("This ticket is closed. Reopen it to answer.")
    usable = [route for route in routes if not route.refusal]
    if usable:
        return ""
    return routes[0].refusal if routes else _("There is no channel to answer on; write a note instead.")


def _drafts(actor: Actor, ticket: Ticket) -> dict[str, DraftView]:
    if actor.user_id is None:
        return {}
    return {row.kind: draft_view(row) for row in Draft.objects.filter(user_id=actor.user_id, ticket=ticket)}


def draft_view(row: Draft) -> DraftView:
    """The writer's own words: shown to nobody else, and so without a lens."""
    return DraftView(public_id=row.public_id, kind=row.kind, html=row.html, data=row.data, updated=row.updated)


def draft_files(actor: Actor, ticket: Ticket | None) -> tuple[FileView, ...]:
    if actor.user_id is None:
        return ()
    rows = DraftFile.objects.filter(user_id=actor.user_id, ticket=ticket).select_related("file")
    return tuple(draft_file_view(row) for row in rows)


def draft_file_view(row: DraftFile) -> FileView:
    """An upload of the viewer's own."""
    return FileView(
        public_id=row.public_id,
        name=row.file.name,
        size=row.file.size,
        content_type=row.file.content_type,
        is_image=row.file.content_type in INLINE_TYPES,
        is_inline=False,
        url=reverse("tickets:upload", args=[row.public_id]),
    )
