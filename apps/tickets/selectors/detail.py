"""A ticket's page: facts, timeline, composer, customer. Every string already went through the viewer's lens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.access import access_of
from apps.core.actor import Actor
from apps.core.errors import NotVisible
from apps.core.ids import public_id_for
from apps.core.permissions import may
from apps.core.words import initials
from apps.customers.models import Customer
from apps.customers.restrictions import is_restricted
from apps.customers.selectors import CustomerPanel, customer_panel, family_identities
from apps.privacy.enums import Purpose
from apps.tickets.enums import DraftKind, Priority, Relation, Status, TicketType
from apps.tickets.models import (
    Draft,
    DraftFile,
    Interaction,
    Mention,
    ReadMark,
    Ticket,
    TicketLink,
    Watcher,
    WrapUp,
)
from apps.tickets.querysets import TicketQuerySet
from apps.tickets.rules import direction_of, may_transfer
from apps.tickets.selectors.lists import TagChip, TicketRow, chips, ticket_rows, with_row_columns
from apps.tickets.selectors.reach import Reach, usual_reach
from apps.tickets.selectors.rendering import View, view_of, with_writers
from apps.tickets.selectors.routes import Recipient, ReplyRoute, reply_routes
from apps.tickets.selectors.timeline import (
    INLINE_TYPES,
    NOTICES,
    TIMELINE_LIMIT,
    UNDONE,
    DeliveryView,
    FileView,
    TimelineEntry,
    entries_of,
    family_ids,
    file_view,
    merged_tickets,
    message_entries,
    newest_messages,
    timeline,
)
from apps.tickets.selectors.vocabulary import vocabulary
from apps.tickets.transitions import targets

__all__ = [
    "INLINE_TYPES",
    "NOTICES",
    "UNDONE",
    "Abilities",
    "Composer",
    "DeliveryView",
    "DraftView",
    "FileView",
    "LinkRow",
    "Recipient",
    "ReplyRoute",
    "TicketFacts",
    "TicketPage",
    "TimelineEntry",
    "WrapUpView",
    "draft_file_view",
    "draft_files",
    "draft_view",
    "family_ids",
    "file_view",
    "message_entries",
    "new_draft",
    "page_of",
    "required_on_resolve",
    "ticket_for",
    "ticket_page",
    "timeline",
    "ways_with_new_draft",
]


OTHER_TICKETS = 10
LINKS = 100


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
    is_of_minor: bool
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
    next_due_at: datetime | None
    sla_state: str
    first_replied_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    tags: tuple[TagChip, ...]
    watchers: tuple[str, ...]
    helpers: tuple[tuple[int, str], ...]
    """Ids and names of those who joined whoever holds it."""
    is_helping: bool


@dataclass(frozen=True, slots=True)
class LinkRow:
    """Another ticket and how this one stands to it, said from here."""

    number: int
    relation: str
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

    @property
    def has_cards(self) -> bool:
        return any(route.has_cards for route in self.routes)

    @property
    def has_public(self) -> bool:
        """Whether an answer can be one that everybody reads."""
        return any(route.is_public for route in self.routes)


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
    transfer: bool
    hand_over: str
    """`to_house` or `to_vendor`, where one press does it; else empty."""
    call_helpers: bool
    forward: bool
    record: bool
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
    reach: Reach | None
    """By which channel the customer is usually reached, as far as this ticket tells."""
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
    """The ticket of a page or an action, or NotVisible."""
    rows = Ticket.objects.visible_to(actor).select_related("customer", "assignee", "team", "brand", "merged_into")
    ticket = _with_traces(rows, actor).filter(number=number).first()
    if ticket is None:
        raise NotVisible
    return ticket


def _with_traces(rows: TicketQuerySet, actor: Actor) -> TicketQuerySet:
    """In the ticket's own query: its tags, and of which other things there are any, so that the rest is not read."""
    here = {"ticket_id": OuterRef("pk")}
    mine = {**here, "user_id": actor.user_id}
    tags = Ticket.tags.through.objects.filter(**here).order_by("tag_id")
    marks = ReadMark.objects.filter(**mine)
    watchers = Watcher.objects.filter(**here).order_by("id")
    links = TicketLink.objects.filter(Q(ticket_id=OuterRef("pk")) | Q(other_id=OuterRef("pk")))
    return rows.annotate(
        tag_ids=ArraySubquery(tags.values("tag_id")),
        read_to=Subquery(marks.values("sequence")),
        watcher_names=ArraySubquery(watchers.filter(is_helper=False).values("user__display_name")),
        helper_ids=ArraySubquery(watchers.filter(is_helper=True).values("user_id")),
        helper_names=ArraySubquery(watchers.filter(is_helper=True).values("user__display_name")),
        is_watching=Exists(Watcher.objects.filter(**mine)),
        is_mentioned=Exists(Mention.objects.filter(**mine, seen_at__isnull=True)),
        has_links=Exists(links) | Exists(Ticket.objects.filter(parent_id=OuterRef("pk"))) | Q(parent__isnull=False),
        has_merged=Exists(Ticket.objects.filter(merged_into_id=OuterRef("pk"))),
        has_wrap_up=Exists(WrapUp.objects.filter(**here)),
        has_draft=Exists(Draft.objects.filter(**mine)),
        has_uploads=Exists(DraftFile.objects.filter(**mine)),
    )


def _denied(panel: CustomerPanel | None) -> frozenset[Purpose]:
    """Read along with the panel."""
    rows = panel.choices if panel is not None else ()
    return frozenset(Purpose(row.purpose) for row in rows if not row.is_allowed)


def ticket_page(actor: Actor, number: int) -> TicketPage:
    return page_of(actor, ticket_for(actor, number))


def page_of(actor: Actor, ticket: Ticket) -> TicketPage:
    """The page of a ticket that the actor sees. One that a service returned is read again with what the page needs."""
    if not hasattr(ticket, "read_to"):
        ticket = ticket_for(actor, ticket.number)
    traces = cast("Any", ticket)
    merged = merged_tickets(ticket, actor) if traces.has_merged else []
    messages = newest_messages(ticket, merged, actor)
    view = view_of(actor, [ticket, *merged], messages=messages if len(messages) < TIMELINE_LIMIT else None)
    view = with_writers(view, messages)
    customer = ticket.customer
    identities = family_identities(customer) if customer is not None else []
    entries = entries_of(actor, ticket, view, messages, {row.pk: row.number for row in merged})
    panel = None if customer is None else customer_panel(customer, actor, identities)
    is_shut = panel is not None and panel.is_restricted and is_restricted(customer, ticket_id=ticket.pk)
    interactions = _interactions([ticket, *merged])
    return TicketPage(
        ticket=_facts(actor, ticket, view, tuple(row.number for row in merged)),
        timeline=tuple(entries),
        composer=_composer(
            actor,
            ticket,
            reply_routes(
                ticket, view, interactions, messages, identities, is_restricted=is_shut, denied=_denied(panel)
            ),
        ),
        customer=panel,
        reach=None if customer is None else usual_reach(customer, messages),
        other_tickets=() if customer is None else _other_tickets(actor, ticket, view),
        links=_links(actor, ticket) if traces.has_links else (),
        wrap_up=_wrap_up(ticket, view) if traces.has_wrap_up else None,
        required_on_resolve=required_on_resolve(ticket),
        may=_abilities(actor, ticket, view),
        statuses=tuple((status.value, str(status.label)) for status in targets(Status(ticket.status))),
        priorities=tuple((value, str(label)) for value, label in Priority.choices),
        types=tuple((value, str(label)) for value, label in TicketType.choices),
        read_to=traces.read_to or 0,
        last_sequence=ticket.message_count,
    )


def required_on_resolve(ticket: Ticket) -> tuple[str, ...]:
    """What a wrap-up must hold: by the channel's intake rule and by the category and all above it."""
    words = vocabulary()
    rule = words.rules.get(ticket.channel_id or 0)
    by_channel = rule.required_on_resolve if rule is not None else ()
    return tuple(sorted({*by_channel, *words.required_by_category(ticket.category_id)}))


# Facts


def _facts(actor: Actor, ticket: Ticket, view: View, merged_from: tuple[int, ...]) -> TicketFacts:
    words = vocabulary()
    traces = cast("Any", ticket)
    assignee_name = str(ticket.assignee) if ticket.assignee else ""
    return TicketFacts(
        id=ticket.pk,
        public_id=ticket.public_id,
        number=ticket.number,
        version=ticket.version,
        subject=view.subject(ticket),
        status=ticket.status,
        status_label=str(Status(ticket.status).label),
        priority=ticket.priority,
        priority_label=str(Priority(ticket.priority).label),
        type=ticket.type,
        type_label=str(TicketType(ticket.type).label),
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
        is_of_minor=ticket.customer is not None and ticket.customer.is_minor,
        language=ticket.language,
        is_spam=ticket.is_spam,
        is_done=ticket.is_done,
        is_mine=actor.user_id is not None and ticket.assignee_id == actor.user_id,
        is_watching=traces.is_watching,
        is_mentioned=traces.is_mentioned,
        merged_into=ticket.merged_into.number if ticket.merged_into else None,
        merged_from=merged_from,
        message_count=ticket.message_count,
        opened_at=ticket.opened_at,
        last_message_at=ticket.last_message_at,
        waiting_since=ticket.waiting_since,
        next_due_at=ticket.next_due_at,
        sla_state=ticket.sla_state,
        first_replied_at=ticket.first_replied_at,
        resolved_at=ticket.resolved_at,
        closed_at=ticket.closed_at,
        tags=chips(words, ticket),
        watchers=tuple(traces.watcher_names),
        helpers=tuple(zip(traces.helper_ids, traces.helper_names, strict=True)),
        is_helping=actor.user_id in traces.helper_ids,
    )


def _abilities(actor: Actor, ticket: Ticket, view: View) -> Abilities:
    live = not ticket.is_merged
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
        transfer=live and not ticket.is_done and may_transfer(actor, ticket),
        hand_over=direction_of(actor, ticket) if live else "",
        call_helpers=live and ticket.status != Status.CLOSED and may(actor, "tickets.edit", ticket),
        forward=live and may(actor, "tickets.reply", ticket) and view.lens.is_raw,
        record=live and ticket.status != Status.CLOSED and may(actor, "tickets.reply", ticket) and writes_down(actor),
        see_files=view.shows_files,
    )


def writes_down(actor: Actor) -> bool:
    """Whether there is a channel within the actor's reach on which contacts are written down by hand."""
    access = access_of(actor)
    by_hand = [row.pk for row in vocabulary().channels.values() if row.kind == "manual" and row.is_active]
    return any(not access.is_outsourced or pk in access.channel_ids for pk in by_hand)


def _links(actor: Actor, ticket: Ticket) -> tuple[LinkRow, ...]:
    """Parent, parts and links, as far as the viewer sees the other ticket as well. Of the others nothing is told."""
    said = list(_said_of(ticket))
    ends = {pk for pk, _relation in said}
    visible = {row.pk: row for row in Ticket.objects.visible_to(actor).filter(pk__in=ends).select_related("customer")}
    view = view_of(actor, list(visible.values()))
    return tuple(_link(visible[pk], relation, view) for pk, relation in said if pk in visible)


def _said_of(ticket: Ticket) -> Iterator[tuple[int, Relation]]:
    if ticket.parent_id is not None:
        yield ticket.parent_id, Relation.PARENT
    for pk in Ticket.objects.filter(parent=ticket).order_by("id").values_list("pk", flat=True)[:LINKS]:
        yield pk, Relation.CHILD
    for row in TicketLink.objects.filter(Q(ticket=ticket) | Q(other=ticket)).order_by("id")[:LINKS]:
        said = Relation(row.kind)
        yield (row.other_id, said) if row.ticket_id == ticket.pk else (row.ticket_id, said.inverse)


def _link(end: Ticket, relation: Relation, view: View) -> LinkRow:
    return LinkRow(
        number=end.number,
        relation=relation.value,
        label=str(relation.label),
        status=end.status,
        status_label=str(Status(end.status).label),
        subject=view.subject(end),
    )


def _wrap_up(ticket: Ticket, view: View) -> WrapUpView | None:
    row = WrapUp.objects.filter(ticket=ticket).select_related("by").first()
    if row is None:
        return None
    return WrapUpView(
        category_label=vocabulary().category_label(row.category_id),
        summary=view.line(row.summary, ticket, is_blind=row.is_blind),
        is_solved=row.is_solved,
        by=str(row.by) if row.by else "",
        created=row.created,
    )


def _other_tickets(actor: Actor, ticket: Ticket, view: View) -> tuple[TicketRow, ...]:
    rows = with_row_columns(Ticket.objects.visible_to(actor).listed().filter(customer_id=ticket.customer_id), actor)
    newest = list(rows.exclude(pk=ticket.pk).order_by("-id")[:OTHER_TICKETS])
    found = ticket_rows(actor, newest, known=view.known)
    return tuple(sorted(found, key=lambda row: row.status in (Status.RESOLVED, Status.CLOSED)))


# Composer


def _interactions(tickets: Sequence[Ticket]) -> list[Interaction]:
    rows = Interaction.objects.filter(ticket_id__in=[ticket.pk for ticket in tickets])
    return list(rows.order_by("-started_at", "-id")[:20])


def _composer(actor: Actor, ticket: Ticket, routes: Sequence[ReplyRoute]) -> Composer:
    traces = cast("Any", ticket)
    drafts = _drafts(actor, ticket) if traces.has_draft else {}
    return Composer(
        routes=tuple(routes),
        reply_draft=drafts.get(DraftKind.REPLY),
        note_draft=drafts.get(DraftKind.NOTE),
        files=draft_files(actor, ticket) if traces.has_uploads else (),
        undo_seconds=settings.TICKETS_UNDO_SECONDS,
        max_file_bytes=settings.TICKETS_MAX_FILE_BYTES,
        max_files=settings.TICKETS_MAX_FILES,
        refusal=_refusal(ticket, routes),
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
    if actor.own_id is None:
        return {}
    return {row.kind: draft_view(row) for row in Draft.objects.filter(user_id=actor.own_id, ticket=ticket)}


def new_draft(actor: Actor, way: str = "") -> DraftView | None:
    """What somebody writes first, on no ticket yet: to a kind of channel, or what they wrote last."""
    row = Draft.objects.filter(user_id=actor.own_id or 0, ticket__isnull=True, kind=DraftKind.NEW).first()
    words = None if row is None else row.words_on(way)
    if row is None or words is None:
        return None
    return replace(draft_view(row), html=words["html"], data=words["data"])


def ways_with_new_draft(actor: Actor) -> frozenset[str]:
    row = Draft.objects.filter(user_id=actor.own_id or 0, ticket__isnull=True, kind=DraftKind.NEW).first()
    return frozenset() if row is None else frozenset(row.ways)


def draft_view(row: Draft) -> DraftView:
    """The writer's own words: shown to nobody else, and so without a lens."""
    return DraftView(public_id=row.public_id, kind=row.kind, html=row.html, data=row.data, updated=row.updated)


def draft_files(actor: Actor, ticket: Ticket | None) -> tuple[FileView, ...]:
    if actor.own_id is None:
        return ()
    rows = DraftFile.objects.filter(user_id=actor.own_id, ticket=ticket).select_related("file")
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
        scan_state=row.file.scan_state,
    )
