"""Search over encrypted text (docs/development/search.md).

The words of a query become keyed hashes; rows that hold all of them are read from the newest partition on, decrypted,
and count only
where the text as this viewer sees it contains every word. That is what keeps a masked phone number from being guessed
by searching.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db.models import DateTimeField, ExpressionWrapper, F, Q, QuerySet, Value
from django.utils.dateparse import parse_datetime

from apps.accounts.access import access_of
from apps.channels.models import InboundEvent
from apps.core.actor import Actor, ActorKind
from apps.core.errors import BadRequest
from apps.core.ids import read_public_id
from apps.core.models.expressions import any_of
from apps.core.search import contains, normalize, query_terms
from apps.customers.models import Customer
from apps.customers.selectors import CustomerRow, search_customers
from apps.privacy.detection import is_blind, unpack
from apps.tickets.enums import MessageKind
from apps.tickets.models import Message, SearchRow, Ticket
from apps.tickets.querysets import TicketQuerySet
from apps.tickets.selectors.lists import TicketRow, ticket_rows, with_row_columns
from apps.tickets.selectors.partitions import months_backwards
from apps.tickets.selectors.rendering import View, view_of

PAGE = 50
ROW_BUDGET = 2000
"""Candidates that one request may decrypt."""
TIME_BUDGET = 0.8
"""Seconds after which one request stops looking further back; the cursor goes on from there."""
BATCH = 100
NEWEST = 500
"""Rows of a month that are looked through for words that may be frequent."""
SORTED_BATCH = 1000
SNIPPET_BEFORE = 30
SNIPPET_LENGTH = 160
# The same moment, but in no index: so the database sorts what the index of terms found.
_UNINDEXED = ExpressionWrapper(F("created") + Value(timedelta(0)), output_field=DateTimeField())
SHOWN = ("text", "spans", "subject", "sequence", "notice", "kind", "customer__is_minor")
MAX_QUERY = 200
MAX_OWN = 1000
CUSTOMERS = 10


@dataclass(frozen=True, slots=True)
class SnippetPart:
    text: str
    is_hit: bool


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A ticket with the newest message (or the subject) in which all words stand."""

    ticket: TicketRow
    message_id: int | None
    sequence: int | None
    at: datetime
    snippet: tuple[SnippetPart, ...]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """`more` goes on where the budget or the page ended; `label_total` reads "50+" while there may be more."""

    query: str
    exact: TicketRow | None
    """The ticket whose number was typed, or the reference that a form gave out."""
    customers: tuple[CustomerRow, ...]
    theirs: tuple[TicketRow, ...]
    """The newest tickets of the customers who were found, but for those that the words found too."""
    hits: tuple[SearchHit, ...]
    more: str | None

    @property
    def total(self) -> int:
        return (self.exact is not None) + len(self.theirs) + len(self.hits)

    @property
    def has_more(self) -> bool:
        return self.more is not None or len(self.theirs) == PAGE

    @property
    def label_total(self) -> str:
        return f"{self.total}+" if self.has_more else str(self.total)

    @property
    def is_empty(self) -> bool:
        return not self.total and not self.customers and self.more is None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a search stopped: everything newer than this row was looked at."""

    created: datetime
    row_id: int

    def pack(self, query: str) -> str:
        return signing.dumps([self.created.isoformat(), self.row_id, query], salt="tickets.search", compress=True)

    @classmethod
    def read(cls, cursor: str, query: str) -> Place:
        try:
            created, row_id, of_query = signing.loads(cursor, salt="tickets.search")
            moment = parse_datetime(created)
        except (signing.BadSignature, ValueError, TypeError) as error:
            raise BadRequest from error
        if of_query != query or moment is None:
            raise BadRequest
        return cls(moment, int(row_id))


def search(actor: Actor, text: str, cursor: str | None = None) -> SearchPage:
    """Number, customers and words, each within the actor's scope."""
    query = " ".join(unicodedata.normalize("NFKC", text)[:MAX_QUERY].split())
    if not query or "tickets.view" not in actor.permissions:
        return SearchPage(query=query, exact=None, customers=(), theirs=(), hits=(), more=None)
    place = Place.read(cursor, query) if cursor else None
    exact = (_by_number(actor, query) or _by_reference(actor, query)) if place is None else None
    customers = tuple(search_customers(query, actor, CUSTOMERS)) if place is None else ()
    found, more = _by_words(actor, query, place)
    hits = tuple(hit for hit in found if exact is None or hit.ticket.id != exact.id)
    shown = {hit.ticket.id for hit in hits} | ({exact.id} if exact else set())
    theirs = tuple(row for row in _of_customers(actor, customers) if row.id not in shown)
    return SearchPage(query=query, exact=exact, customers=customers, theirs=theirs, hits=hits, more=more)


def _by_number(actor: Actor, query: str) -> TicketRow | None:
    digits = query.removeprefix("#")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 19):
        return None
    return _row_of(actor, Ticket.objects.visible_to(actor).by_number(int(digits)))


def _by_reference(actor: Actor, query: str) -> TicketRow | None:
    """What a customer was told on a form whose number was not known yet."""
    pk = read_public_id(InboundEvent, query)
    event = InboundEvent.objects.filter(pk=pk).only("ticket_id").first() if pk is not None else None
    if event is None or event.ticket_id is None:
        return None
    return _row_of(actor, Ticket.objects.visible_to(actor).filter(pk=event.ticket_id))


def _row_of(actor: Actor, found: TicketQuerySet) -> TicketRow | None:
    rows = list(with_row_columns(found, actor))
    return ticket_rows(actor, rows)[0] if rows else None


def _of_customers(actor: Actor, customers: Sequence[CustomerRow]) -> list[TicketRow]:
    """What the found customers wrote about, newest first; also under the records that were merged into theirs."""
    if not customers:
        return []
    found = Customer.objects.filter(pk__in=[row.id for row in customers])
    merged = Customer.objects.filter(merged_into__in=found)
    of_them = Q(customer__in=found.values("pk")) | Q(customer__in=merged.values("pk"))
    rows = Ticket.objects.visible_to(actor).filter(of_them, is_spam=False, merged_into__isnull=True)
    return ticket_rows(actor, list(with_row_columns(rows, actor).order_by("-last_message_at", "-id")[:PAGE]))


def _by_words(actor: Actor, query: str, place: Place | None) -> tuple[list[SearchHit], str | None]:
    terms = query_terms(query)
    words = normalize(query).split()
    if not terms:
        return [], None
    found: dict[int, tuple[SearchRow, str]] = {}
    until, seen, last = time.monotonic() + TIME_BUDGET, 0, place
    for batch in _batches(_candidates(actor, terms, place), BATCH):
        seen += len(batch)
        for row, shown in _verified(actor, batch, query):
            last = Place(row.created, row.pk)
            found.setdefault(row.ticket_id, (row, shown))
            if len(found) == PAGE:
                return _hits(actor, found, words), last.pack(query)
        last = Place(batch[-1].created, batch[-1].pk)
        if seen >= ROW_BUDGET or time.monotonic() >= until:
            return _hits(actor, found, words), last.pack(query)
    return _hits(actor, found, words), None


def _candidates(actor: Actor, terms: Sequence[int], place: Place | None) -> Iterator[SearchRow]:
    """Rows that hold all terms within the scope: newest first, partition by partition, only as far as they are read.

    Frequent words stand in the newest rows already, which are read in their order; for others the index of terms is
    asked, and what it finds is sorted. The database cannot tell: two frequent words may never meet.
    """
    rows = SearchRow.objects.filter(_scope(actor), terms__contains=list(terms)).defer("terms")
    is_frequent = True
    for start, end in months_backwards(SearchRow, None if place is None else place.created):
        month = _beyond(rows.filter(created__gte=start, created__lt=end), place)
        if is_frequent:
            edge = _edge(start, end, place)
            newest = month if edge is None else month.filter(created__gte=edge)
            batch = list(newest.order_by("-created", "-id")[:BATCH])
            yield from batch
            is_frequent = len(batch) == BATCH or edge is None
            if is_frequent and batch:
                yield from _in_batches(month, "-created", Place(batch[-1].created, batch[-1].pk), BATCH)
            if is_frequent or edge is None:
                continue
            month = month.filter(created__lt=edge)
        yield from _in_batches(month, _UNINDEXED.desc(), None, SORTED_BATCH)


def _edge(start: datetime, end: datetime, place: Place | None) -> datetime | None:
    """Since when the month's newest rows are; None for a month that has no more than those."""
    rows = _beyond(SearchRow.objects.filter(created__gte=start, created__lt=end), place)
    return rows.order_by("-created", "-id").values_list("created", flat=True)[NEWEST : NEWEST + 1].first()


def _in_batches(rows: QuerySet[SearchRow], order: Any, after: Place | None, size: int) -> Iterator[SearchRow]:
    while True:
        batch = list(_beyond(rows, after).order_by(order, "-id")[:size])
        yield from batch
        if len(batch) < size:
            return
        after = Place(batch[-1].created, batch[-1].pk)


def _beyond(rows: QuerySet[SearchRow], place: Place | None) -> QuerySet[SearchRow]:
    if place is None:
        return rows
    return rows.filter(Q(created__lt=place.created) | Q(created=place.created, id__lt=place.row_id))


def _scope(actor: Actor) -> Q:
    """What of the scope lies in the index. Tickets outside of it that one holds or watches are added by their ids."""
    if actor.kind is ActorKind.SYSTEM:
        return Q()
    access = access_of(actor)
    if access.sees_all:
        return Q()
    scope = any_of("queue_id", access.queue_ids)
    if access.is_outsourced:
        scope &= any_of("channel_id", access.channel_ids)
        if access.category_ids is not None:
            scope &= any_of("category_id", access.category_ids)
    elsewhere = ~any_of("queue_id", access.queue_ids)
    beside = Q(assignee_id=actor.user_id) if access.is_outsourced else elsewhere
    own = Ticket.objects.visible_to(actor).filter(beside).order_by("-id").values_list("pk", flat=True)
    ids = list(own[:MAX_OWN])
    return scope | any_of("ticket_id", ids) if ids else scope


def _batches(rows: Iterable[SearchRow], size: int) -> Iterator[list[SearchRow]]:
    batch: list[SearchRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _verified(actor: Actor, batch: Sequence[SearchRow], query: str) -> Iterator[tuple[SearchRow, str]]:
    """Those whose ticket is visible and whose text, as the viewer sees it, holds every word."""
    visible = Ticket.objects.visible_to(actor).filter(is_spam=False, pk__in={row.ticket_id for row in batch})
    tickets = {ticket.pk: ticket for ticket in visible.select_related("customer")}
    view = view_of(actor, list(tickets.values()))
    wanted = [row for row in batch if row.pk > 0 and row.ticket_id in tickets]
    messages = _messages(actor, wanted)
    for row in batch:
        ticket = tickets.get(row.ticket_id)
        if ticket is None:
            continue
        shown = view.subject(ticket) if row.pk < 0 else _shown(view, ticket, messages.get(row.pk))
        if contains(shown, query):
            yield row, shown


def _messages(actor: Actor, rows: Sequence[SearchRow]) -> dict[int, Message]:
    if not rows:
        return {}
    span = (min(row.created for row in rows), max(row.created for row in rows))
    found = Message.objects.filter(pk__in=[row.pk for row in rows], created__range=span).shown_to(actor)
    return {message.pk: message for message in found.select_related("customer").only(*SHOWN)}


def _shown(view: View, ticket: Ticket, message: Message | None) -> str:
    if message is None:
        return ""
    writer = message.customer is not None and message.customer.is_minor
    lens = view.over(ticket).of(writer)
    lens = lens if message.kind == MessageKind.CUSTOMER else lens.for_staff_texts
    return lens.text(
        message.text, unpack(message.spans), known=() if is_blind(message.spans) else view.known_of(ticket)
    )


def _hits(actor: Actor, found: dict[int, tuple[SearchRow, str]], words: Sequence[str]) -> list[SearchHit]:
    tickets = with_row_columns(Ticket.objects.visible_to(actor).filter(pk__in=list(found)), actor)
    rows = {row.id: row for row in ticket_rows(actor, list(tickets))}
    sequences = _sequences([row for row, _shown in found.values() if row.pk > 0])
    return [
        SearchHit(
            ticket=rows[ticket_id],
            message_id=row.pk if row.pk > 0 else None,
            sequence=sequences.get(row.pk),
            at=row.created,
            snippet=snippet(shown, words),
        )
        for ticket_id, (row, shown) in found.items()
        if ticket_id in rows
    ]


def _sequences(rows: Sequence[SearchRow]) -> dict[int, int]:
    if not rows:
        return {}
    span = (min(row.created for row in rows), max(row.created for row in rows))
    found = Message.objects.filter(pk__in=[row.pk for row in rows], created__range=span)
    return dict(found.values_list("pk", "sequence"))


def snippet(shown: str, words: Sequence[str]) -> tuple[SnippetPart, ...]:
    """The neighbourhood of the first hit, split where hits begin and end. Text only; the page escapes it."""
    line = " ".join(unicodedata.normalize("NFKC", shown).split())
    folded = normalize(line)
    if len(folded) != len(line):
        return (SnippetPart(line[:SNIPPET_LENGTH], is_hit=False),)
    first = min((at for word in words if (at := folded.find(word)) >= 0), default=0)
    start = max(0, first - SNIPPET_BEFORE)
    end = min(len(line), start + SNIPPET_LENGTH)
    parts: list[SnippetPart] = [SnippetPart("…", is_hit=False)] if start else []
    at = start
    while at < end:
        place, word = min(
            ((found, word) for word in words if (found := folded.find(word, at, end)) >= 0), default=(end, "")
        )
        if place > at:
            parts.append(SnippetPart(line[at:place], is_hit=False))
        if word:
            parts.append(SnippetPart(line[place : place + len(word)], is_hit=True))
        at = place + max(1, len(word)) if word else end
    if end < len(line):
        parts.append(SnippetPart("…", is_hit=False))
    return tuple(parts)
