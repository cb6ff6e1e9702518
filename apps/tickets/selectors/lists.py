"""The rows of ticket lists, and the views that they are taken from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from apps.accounts.access import access_of
from apps.core.actor import Actor
from apps.core.ids import read_public_id
from apps.core.paging import paginate
from apps.core.permissions import may
from apps.core.words import in_order, initials
from apps.customers.models import Customer
from apps.privacy.lens import Known
from apps.tickets.enums import ACTIVE, DONE, ENDANGERED, Priority, SlaState, Status, TicketType, ViewScope
from apps.tickets.models import Interaction, Mention, ReadMark, SavedView, Ticket, Watcher
from apps.tickets.querysets import TicketQuerySet
from apps.tickets.selectors.rendering import View, view_of
from apps.tickets.selectors.vocabulary import Vocabulary, vocabulary

if TYPE_CHECKING:
    from django.http import QueryDict
    from django_stubs_ext import StrOrPromise

COUNT_LIMIT = 1000
DEFAULT_VIEW = "mine"
SAVED = "saved:"
"""Before the id of a saved view, where other views have their key."""


@dataclass(frozen=True, slots=True)
class TagChip:
    id: int
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One line of a list, ready to show: personal data already went through the viewer's lens."""

    id: int
    number: int
    subject: str
    preview: str
    preview_kind: str
    customer_id: int | None
    customer_name: str
    channel_id: int | None
    channel_icon: str
    channel_label: str
    is_public: bool
    """Whether it holds public comments."""
    queue_id: int
    queue_label: str
    category_label: str
    status: str
    status_label: str
    priority: int
    priority_label: str
    type: str
    assignee_id: int | None
    assignee_name: str
    assignee_initials: str
    is_mine: bool
    is_unread: bool
    is_spam: bool
    is_merged: bool
    message_count: int
    opened_at: datetime
    last_message_at: datetime
    waiting_since: datetime | None
    next_due_at: datetime | None
    sla_state: str
    tags: tuple[TagChip, ...]
    version: int


@dataclass(frozen=True, slots=True)
class TicketPageOfRows:
    rows: tuple[TicketRow, ...]
    next_cursor: str | None
    previous_cursor: str | None


@dataclass(frozen=True, slots=True)
class ViewCount:
    """One entry of the left pane. `count` stops at `COUNT_LIMIT`; `label_count` reads "999+" from there."""

    key: str
    label: str
    icon: str
    count: int
    group: str = "work"
    """work, queues or saved."""

    @property
    def label_count(self) -> str:
        return str(self.count) if self.count < COUNT_LIMIT else f"{COUNT_LIMIT - 1}+"


@dataclass(frozen=True)
class ListFilters:
    """What a list's query string says. Values that no link of ours produces are dropped, not guessed at."""

    view: str = DEFAULT_VIEW
    """A key of `VIEWS`, `queue:<key>`, or `saved:<id>`."""
    status: tuple[str, ...] = ()
    priority: tuple[int, ...] = ()
    type: tuple[str, ...] = ()
    queue: tuple[str, ...] = ()
    category: str = ""
    tag: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    assignee: str = ""
    """me, none, or a user's id."""
    customer: str = ""
    """A customer's public id."""
    unread: bool = False
    due: str = ""
    """soon (or overdue already), or overdue."""
    sort: str = ""
    """A key of `SORTS`; empty for the view's own."""
    own: bool = False
    """On a saved view: these filters stand in place of what was saved, and are not yet saved themselves."""

    @classmethod
    def from_query(cls, query: QueryDict | Mapping[str, Any]) -> ListFilters:
        def many(name: str) -> list[str]:
            values = query.getlist(name) if hasattr(query, "getlist") else query.get(name) or []
            values = [values] if isinstance(values, str | int) else values
            return [str(value)[:100] for value in values if str(value)]

        def one(name: str) -> str:
            return (many(name) or [""])[-1]

        return cls(
            view=one("view") or DEFAULT_VIEW,
            status=tuple(value for value in many("status") if value in Status.values),
            priority=tuple(int(value) for value in many("priority") if value in map(str, Priority.values)),
            type=tuple(value for value in many("type") if value in TicketType.values),
            queue=tuple(many("queue")),
            category=one("category"),
            tag=tuple(many("tag")),
            channel=tuple(many("channel")),
            assignee=one("assignee"),
            customer=one("customer"),
            unread=one("unread") in {"1", "true", "on", "True"},
            due=one("due") if one("due") in DUE else "",
            sort=one("sort") if one("sort") in SORTS else "",
            own=one("own") == "1",
        )

    def to_query(self, **changes: Any) -> str:
        """The query string that gives these filters again; what is at its default is left out."""
        current, default = replace(self, **changes), ListFilters()
        pairs: list[tuple[str, Any]] = []
        for item in fields(self):
            value = getattr(current, item.name)
            if value == getattr(default, item.name):
                continue
            values = value if isinstance(value, tuple) else ("1" if value is True else value,)
            pairs.extend((item.name, entry) for entry in values)
        return urlencode(pairs)

    def as_saved(self) -> dict[str, Any]:
        """What `SavedView.filters` holds: the filters, and in `view` the list that they narrow."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name != "own"}

    @property
    def is_narrowed(self) -> bool:
        return replace(self, view=DEFAULT_VIEW, sort="", own=False) != ListFilters()

    @property
    def is_worth_saving(self) -> bool:
        """Something that no view of the left pane shows yet."""
        saved = self.view.startswith(SAVED)
        return self.own if saved else self.is_narrowed or self.sorting != replace(self, sort="").sorting

    @property
    def sorting(self) -> str:
        """The key of `SORTS` that holds."""
        view = VIEWS.get(self.view)
        return self.sort or (view.sort if view else "recent")


SORTS: Mapping[str, tuple[str, ...]] = {
    "recent": ("-last_message_at", "-id"),
    "oldest": ("last_message_at", "id"),
    "created": ("-id",),
    "priority": ("-priority", "-last_message_at", "-id"),
    "waiting": ("waiting_since", "id"),
    "due": ("next_due_at", "id"),
}

DUE: Mapping[str, tuple[SlaState, ...]] = {"soon": ENDANGERED, "overdue": (SlaState.BREACHED,)}

DUE_LABELS: Mapping[str, StrOrPromise] = {"soon": _("Due soon or overdue"), "overdue": _("Overdue")}

SORT_LABELS: Mapping[str, StrOrPromise] = {
    "recent": _("Latest message first"),
    "oldest": _("Oldest message first"),
    "created": _("Newest first"),
    "priority": _("Most urgent first"),
    "waiting": _("Longest waiting first"),
    "due": _("Due first"),
}

Tickets = TicketQuerySet
# A statement with its parameters; None where nothing can be found.
Compiled = tuple[str, tuple[Any, ...]] | None
Narrow = Callable[[Tickets, Actor], Tickets]


@dataclass(frozen=True, slots=True)
class NamedView:
    label: StrOrPromise
    icon: str
    narrow: Narrow
    permission: str = ""
    in_house_only: bool = False
    is_counted: bool = True
    is_spam: bool = field(default=False)
    sort: str = "recent"
    """How it is sorted where nothing else is asked for."""


def _mentioned(rows: Tickets, actor: Actor) -> Tickets:
    unseen = Mention.objects.filter(user_id=actor.user_id or 0, seen_at__isnull=True)
    return rows.filter(pk__in=unseen.values("ticket_id"))


def _watched(rows: Tickets, actor: Actor) -> Tickets:
    return rows.filter(pk__in=Watcher.objects.filter(user_id=actor.user_id or 0).values("ticket_id"))


def _due(rows: Tickets, actor: Actor) -> Tickets:
    """Work with a deadline that is one's own, or nobody's yet."""
    mine = Q(assignee_id=actor.user_id) | Q(assignee__isnull=True)
    return rows.active().filter(mine, next_due_at__isnull=False)


VIEWS: Mapping[str, NamedView] = {
    "mine": NamedView(
        _("My tickets"), "user-round", lambda rows, actor: rows.active().filter(assignee_id=actor.user_id)
    ),
    "unassigned": NamedView(_("Unassigned"), "inbox", lambda rows, actor: rows.active().filter(assignee__isnull=True)),
    "due": NamedView(_("Due"), "calendar-clock", _due, sort="due"),
    "open": NamedView(_("All open"), "layers", lambda rows, actor: rows.active()),
    "pending": NamedView(_("Pending customer"), "hourglass", lambda rows, actor: rows.filter(status=Status.PENDING)),
    "mentions": NamedView(_("Mentions"), "at-sign", _mentioned, in_house_only=True),
    "watching": NamedView(_("Watching"), "eye", _watched, in_house_only=True),
    "done": NamedView(_("Done"), "circle-check", lambda rows, actor: rows.filter(status__in=DONE), is_counted=False),
    "all": NamedView(_("All tickets"), "list", lambda rows, actor: rows, is_counted=False),
    "spam": NamedView(
        _("Spam"), "shield-alert", lambda rows, actor: rows, permission="tickets.spam", is_counted=False, is_spam=True
    ),
}


def views_for(actor: Actor) -> dict[str, NamedView]:
    outsourced = access_of(actor).is_outsourced
    return {
        key: view
        for key, view in VIEWS.items()
        if not (view.in_house_only and outsourced) and (not view.permission or may(actor, view.permission))
    }


def filtered_tickets(actor: Actor, filters: ListFilters) -> Tickets:
    """The visible tickets that the filters leave, unordered. An unknown view or value leaves none."""
    filters = applied(actor, filters)
    view, _sep, rest = filters.view.partition(":")
    rows: Tickets
    if view == "queue":
        queue = next((row for row in vocabulary().queues.values() if row.key == rest), None)
        base = Ticket.objects.visible_to(actor).listed()
        rows = base.none() if queue is None else base.active().filter(queue=queue)
        return _narrowed(rows, actor, filters)
    named = views_for(actor).get(filters.view)
    if named is None:
        return Ticket.objects.none()
    visible = Ticket.objects.visible_to(actor)
    rows = visible.filter(is_spam=True) if named.is_spam else visible.listed()
    return _narrowed(named.narrow(rows, actor), actor, filters)


def applied(actor: Actor, filters: ListFilters) -> ListFilters:
    """What a saved view stands for: its own filters, or those that stand in their place for now."""
    row = saved_view(actor, filters.view)
    if row is None:
        return filters
    saved = _as_filters(row)
    return replace(filters, view=saved.view) if filters.own else saved


def shown(actor: Actor, filters: ListFilters) -> ListFilters:
    """The filters that a list's menu and chips show: on a saved view those it stands for, at its own address."""
    return replace(applied(actor, filters), view=filters.view, own=filters.own)


def saved_view(actor: Actor, view_key: str) -> SavedView | None:
    pk = view_key.removeprefix(SAVED)
    if pk == view_key or not (pk.isdecimal() and len(pk) < 19):
        return None
    return SavedView.objects.visible_to(actor).filter(pk=int(pk)).first()


def _as_filters(row: SavedView) -> ListFilters:
    """A saved view narrows a list of the left pane, never another saved view."""
    base = str(row.filters.get("view") or "all")
    return replace(ListFilters.from_query(row.filters), view="all" if base.startswith(SAVED) else base, own=False)


def _narrowed(rows: Tickets, actor: Actor, filters: ListFilters) -> Tickets:
    words = vocabulary()
    if filters.status:
        rows = rows.filter(status__in=filters.status)
    if filters.priority:
        rows = rows.filter(priority__in=filters.priority)
    if filters.type:
        rows = rows.filter(type__in=filters.type)
    if filters.queue:
        rows = rows.filter(queue_id__in=[row.pk for row in words.queues.values() if row.key in filters.queue])
    if filters.channel:
        rows = rows.filter(channel_id__in=[row.pk for row in words.channels.values() if row.key in filters.channel])
    if filters.category:
        roots = [row.pk for row in words.categories.values() if row.key == filters.category]
        below = [pk for root in roots for pk in words.descendants(root)]
        rows = rows.filter(category_id__in=below)
    for key in filters.tag:
        rows = rows.filter(pk__in=Ticket.tags.through.objects.filter(tag__key=key).values("ticket_id"))
    return _narrowed_by_people(rows, actor, filters)


def _narrowed_by_people(rows: Tickets, actor: Actor, filters: ListFilters) -> Tickets:
    if filters.assignee == "me":
        rows = rows.filter(assignee_id=actor.user_id)
    elif filters.assignee == "none":
        rows = rows.filter(assignee__isnull=True)
    elif filters.assignee:
        rows = rows.filter(assignee_id=int(filters.assignee)) if filters.assignee.isdecimal() else rows.none()
    if filters.customer:
        customer_id = read_public_id(Customer, filters.customer)
        rows = rows.none() if customer_id is None else rows.filter(customer_id=customer_id)
    if filters.unread:
        read = ReadMark.objects.filter(user_id=actor.user_id or 0, sequence__gte=F("ticket__message_count"))
        rows = rows.exclude(pk__in=read.values("ticket_id"))
    if filters.due:
        rows = rows.filter(sla_state__in=DUE[filters.due])
    if filters.sort == "waiting":
        rows = rows.filter(waiting_since__isnull=False)
    elif filters.sort == "due":
        rows = rows.filter(next_due_at__isnull=False)
    return rows


def ticket_list(actor: Actor, filters: ListFilters, cursor: str | None = None, size: int = 50) -> TicketPageOfRows:
    filters = applied(actor, filters)
    rows = with_row_columns(filtered_tickets(actor, filters), actor)
    page = paginate(rows, order=SORTS[filters.sorting], cursor=cursor, size=size)
    return TicketPageOfRows(
        rows=tuple(ticket_rows(actor, page.rows)), next_cursor=page.next_cursor, previous_cursor=page.previous_cursor
    )


def with_row_columns(rows: Tickets, actor: Actor | None = None) -> Tickets:
    """Only what a row shows, with the two names and the tags it needs and, for an actor, how far they read."""
    tags = Ticket.tags.through.objects.filter(ticket_id=OuterRef("pk")).order_by("tag_id")
    rows = rows.annotate(tag_ids=ArraySubquery(tags.values("tag_id")))
    if actor is not None:
        marks = ReadMark.objects.filter(user_id=actor.user_id or 0, ticket_id=OuterRef("pk"))
        rows = rows.annotate(read_to=Subquery(marks.values("sequence")))
    return rows.select_related("customer", "assignee").only(
        "number", "subject", "subject_is_blind", "preview", "preview_kind", "preview_is_blind", "customer__name",
        "customer__is_minor", "channel_id", "queue_id", "category_id", "status", "priority", "type",
        "assignee__display_name", "assignee__username", "is_spam", "merged_into_id", "message_count", "opened_at",
        "last_message_at", "waiting_since", "next_due_at", "sla_state", "version",
    )  # fmt: skip


def ticket_rows(
    actor: Actor, tickets: Sequence[Ticket], *, known: Mapping[int, tuple[Known, ...]] | None = None
) -> list[TicketRow]:
    """Rows for tickets taken through `visible_to` and `with_row_columns`. What a masking lens must know is two more
    queries; one where the caller has `known` of their customers.
    """
    if not tickets:
        return []
    words, view, read = _Words(vocabulary()), view_of(actor, tickets, known=known), _read_marks(actor, tickets)
    public = _with_comments(tickets)
    return [_row(actor, ticket, words, view, read.get(ticket.pk) or 0, ticket.pk in public) for ticket in tickets]


def _with_comments(tickets: Sequence[Ticket]) -> set[int]:
    """Which of them hold public comments; no query where none is on a channel that has such."""
    able = vocabulary().commented
    ids = [ticket.pk for ticket in tickets if ticket.channel_id in able]
    rows = Interaction.objects.filter(ticket_id__in=ids, post__isnull=False)
    return set(rows.values_list("ticket_id", flat=True)) if ids else set()


class _Memo(dict[Any, Any]):
    """Makes a value the first time that it is asked for."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self._make = make

    def __missing__(self, key: Any) -> Any:
        value = self[key] = self._make(key)
        return value


class _Words:
    """Names for one list, in the viewer's language: each is looked up once, not once a row."""

    def __init__(self, words: Vocabulary) -> None:
        self.vocabulary = words
        self.channel_icon = _Memo(words.channel_icon)
        self.channel = _Memo(words.channel_label)
        self.queue = _Memo(words.queue_label)
        self.category = _Memo(words.category_label)
        self.status = _Memo(lambda value: str(Status(value).label))
        self.priority = _Memo(lambda value: str(Priority(value).label))


def _read_marks(actor: Actor, tickets: Sequence[Ticket]) -> dict[int, int | None]:
    if all(hasattr(ticket, "read_to") for ticket in tickets):
        return {ticket.pk: ticket.read_to for ticket in tickets}  # type: ignore[attr-defined]
    marks = ReadMark.objects.filter(user_id=actor.user_id or 0, ticket_id__in=[ticket.pk for ticket in tickets])
    return dict(marks.values_list("ticket_id", "sequence"))


def chips(words: Vocabulary, ticket: Ticket) -> tuple[TagChip, ...]:
    tag_ids: Sequence[int] = ticket.tag_ids  # type: ignore[attr-defined]
    found = (tag_chip(words, pk) for pk in tag_ids if pk in words.tags)
    return tuple(sorted(found, key=lambda tag: in_order(tag.label)))


def ticket_rows_in(actor: Actor, filters: ListFilters, ids: Sequence[int]) -> list[TicketRow]:
    """Which of these tickets stand in the list now, as its rows; for refreshing what is on a screen."""
    found = with_row_columns(filtered_tickets(actor, filters).filter(pk__in=list(ids)), actor)
    return ticket_rows(actor, list(found))


def tag_chip(words: Vocabulary, tag_id: int) -> TagChip:
    return TagChip(id=tag_id, key=words.tags[tag_id].key, label=words.tag_label(tag_id))


def _row(actor: Actor, ticket: Ticket, words: _Words, view: View, read_to: int, is_public: bool) -> TicketRow:
    assignee_name = str(ticket.assignee) if ticket.assignee else ""
    return TicketRow(
        id=ticket.pk,
        number=ticket.number,
        subject=view.subject(ticket),
        preview=view.preview(ticket),
        preview_kind=ticket.preview_kind,
        customer_id=ticket.customer_id,
        customer_name=view.customer_name(ticket.customer),
        channel_id=ticket.channel_id,
        channel_icon=words.channel_icon[ticket.channel_id],
        channel_label=words.channel[ticket.channel_id],
        is_public=is_public,
        queue_id=ticket.queue_id,
        queue_label=words.queue[ticket.queue_id],
        category_label=words.category[ticket.category_id],
        status=ticket.status,
        status_label=words.status[ticket.status],
        priority=ticket.priority,
        priority_label=words.priority[ticket.priority],
        type=ticket.type,
        assignee_id=ticket.assignee_id,
        assignee_name=assignee_name,
        assignee_initials=initials(assignee_name),
        is_mine=actor.user_id is not None and ticket.assignee_id == actor.user_id,
        is_unread=ticket.message_count > read_to,
        is_spam=ticket.is_spam,
        is_merged=ticket.is_merged,
        message_count=ticket.message_count,
        opened_at=ticket.opened_at,
        last_message_at=ticket.last_message_at,
        waiting_since=ticket.waiting_since,
        next_due_at=ticket.next_due_at,
        sla_state=ticket.sla_state,
        tags=chips(words.vocabulary, ticket),
        version=ticket.version,
    )


def view_counts(actor: Actor) -> list[ViewCount]:
    """The left pane: named views, queues, saved views, each counted up to `COUNT_LIMIT`; one query for all counts."""
    entries = _view_entries(actor)
    counts = _counts([_counted(actor, entry) for entry in entries])
    return [
        ViewCount(key=entry.key, label=str(entry.label), icon=entry.icon, count=count, group=entry.group)
        for entry, count in zip(entries, counts, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Entry:
    key: str
    label: StrOrPromise
    icon: str
    group: str
    filters: ListFilters
    queue_id: int | None = None


def _view_entries(actor: Actor) -> list[_Entry]:
    entries = [
        _Entry(key, view.label, view.icon, "work", ListFilters(view=key))
        for key, view in views_for(actor).items()
        if view.is_counted
    ]
    access = access_of(actor)
    for queue in vocabulary().queues.values():
        if queue.is_active and (access.sees_all or queue.pk in access.queue_ids):
            key = f"queue:{queue.key}"
            entries.append(_Entry(key, str(queue.name), "users-round", "queues", ListFilters(view=key), queue.pk))
    for saved in SavedView.objects.visible_to(actor):
        icon = "bookmark" if saved.scope == ViewScope.PRIVATE else "users-round"
        entries.append(_Entry(f"{SAVED}{saved.pk}", str(saved.name), icon, "saved", _as_filters(saved)))
    return entries


def _counted(actor: Actor, entry: _Entry) -> Compiled | int:
    """What to count. Of a queue in one's grants in-house people see all, so its id says enough."""
    if entry.queue_id is not None and not access_of(actor).is_outsourced:
        return entry.queue_id
    return _statement(actor, entry)


_QUEUE_SQL = """(SELECT count(*) FROM (
    SELECT 1 FROM tickets_ticket
     WHERE queue_id = %s AND status = ANY(%s) AND NOT is_spam AND merged_into_id IS NULL LIMIT %s
) AS counted)"""


_compiled: dict[tuple[Any, ...], Compiled] = {}
_COMPILED_AT_MOST = 4096


def _statement(actor: Actor, entry: _Entry) -> Compiled:
    """What counts a view. The statement of a named view depends on nothing but who asks, so it is compiled once;
    not for outsourced people, whose scope moves with the clock.
    """
    access = access_of(actor)
    if entry.group != "work" or access.is_outsourced:
        return _compile(filtered_tickets(actor, entry.filters))
    key = (entry.key, actor.key, actor.permissions, access)
    known = _compiled.get(key)
    if known is not None:
        return known
    if len(_compiled) >= _COMPILED_AT_MOST:
        _compiled.pop(next(iter(_compiled)), None)
    statement = _compiled[key] = _compile(filtered_tickets(actor, entry.filters))
    return statement


def _compile(rows: Tickets) -> Compiled:
    try:
        return rows.order_by().values("pk")[:COUNT_LIMIT].query.sql_with_params()
    except EmptyResultSet:
        return None


def _counts(querysets: Sequence[Compiled | int]) -> list[int]:
    """`count(*)` of each, none counted beyond the limit, in one round trip."""
    parts: list[str] = []
    params: list[Any] = []
    for rows in querysets:
        if isinstance(rows, int):
            parts.append(_QUEUE_SQL)
            params.extend([rows, [str(status) for status in ACTIVE], COUNT_LIMIT])
            continue
        if rows is None:
            parts.append("0")
            continue
        sql, values = rows
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608 (compiled by the ORM)
        params.extend(values)
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        return list(cursor.fetchone())
