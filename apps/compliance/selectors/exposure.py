"""Who could have seen what: whose data some accounts met in some time, by the audit trail.

An entry of a view stands for ten minutes, so one that began before the time counts as well. Which kinds of data were
met is what the person has, seen through the lens that the account's role gives today; where roles or policies were
changed since, `is_lens_changed` says that what is called masked may have been in the clear.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Final, NamedTuple

from django.db.models import Q

from apps.accounts.models import User
from apps.core.actor import Actor, person
from apps.core.audit.recording import VIEW_EVERY
from apps.core.models import AuditEntry
from apps.customers.models import Customer, Identity
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.kinds import field_class_of
from apps.privacy.lens import Lens, lens_for
from apps.tickets.models import Attachment, Interaction, Message, Ticket

LIST: Final = "list"
SENT: Final = "sent"
OPENED: Final = frozenset({"attachment.open", "attachment.opened"})
"""What is in a file is not masked: it opens only for who sees files as they are."""
LENS_CHANGES: Final = ("privacy.lenspolicy", "accounts.role")


@dataclass(frozen=True)
class Question:
    since: datetime
    until: datetime
    user_ids: frozenset[int] = frozenset()
    ip: str = ""
    ticket_ids: frozenset[int] = frozenset()
    counts_lists: bool = True

    @property
    def is_narrow(self) -> bool:
        """Without any of these it would ask for all that everybody did."""
        return bool(self.user_ids or self.ip or self.ticket_ids)


@dataclass
class Affected:
    """One person. `ways` are actions of the trail, `LIST` or `SENT`; the classes are what was met as it is, or masked."""

    customer: Customer
    times: int = 0
    first: datetime | None = None
    last: datetime | None = None
    user_ids: set[int] = field(default_factory=set)
    ways: set[str] = field(default_factory=set)
    clear: set[FieldClass] = field(default_factory=set)
    masked: set[FieldClass] = field(default_factory=set)

    def met(self, at: datetime | None, user_id: int, way: str) -> None:
        self.ways.add(way)
        self.user_ids.add(user_id)
        if at is not None:
            self.times += 1
            self.first = at if self.first is None else min(self.first, at)
            self.last = at if self.last is None else max(self.last, at)


@dataclass(frozen=True)
class Exposure:
    persons: list[Affected]
    others: Mapping[tuple[str, str], int]
    """Entries of the time that lead to no customer: by action and kind of record."""
    is_lens_changed: bool
    user_ids: frozenset[int]

    @property
    def entries(self) -> int:
        return sum(person.times for person in self.persons) + sum(self.others.values())


class _Met(NamedTuple):
    customer_id: int
    at: datetime | None
    user_id: int
    way: str


def exposure_of(question: Question) -> Exposure:
    entries = list(_entries(question))
    met, others = _people_of(entries)
    user_ids = frozenset(question.user_ids or {entry.user_id for entry in entries if entry.user_id})
    actors = _actors(user_ids)
    if question.user_ids:
        met += _sent_by(question)
    if question.counts_lists and question.user_ids and not question.ticket_ids:
        met += _in_lists(question, actors)
    persons = _gathered(met, {key: lens_for(actor) for key, actor in actors.items()})
    return Exposure(persons, others, _is_lens_changed(question, user_ids), user_ids)


# --- What the trail says ---------------------------------------------------------------------------------------------


class _Entry(NamedTuple):
    at: datetime
    user_id: int
    action: str
    subject_type: str
    subject_id: int


def _entries(question: Question) -> Iterable[_Entry]:
    rows = AuditEntry.objects.filter(
        created__gte=question.since - VIEW_EVERY, created__lte=question.until, subject_id__isnull=False
    )
    if question.user_ids:
        rows = rows.filter(actor_user_id__in=question.user_ids)
    if question.ip:
        rows = rows.filter(ip=question.ip)
    if question.ticket_ids:
        rows = rows.filter(_about(question.ticket_ids))
    columns = ("created", "actor_user_id", "action", "subject_type", "subject_id")
    for at, user_id, *rest in rows.exclude(result="refused").values_list(*columns).order_by("created"):
        if at >= question.since or question.since - at < VIEW_EVERY:
            yield _Entry(max(at, question.since), user_id or 0, *rest)


def _about(ticket_ids: Collection[int]) -> Q:
    attachments = Attachment.objects.filter(ticket__in=ticket_ids).values("pk")
    customers = Ticket.objects.filter(pk__in=ticket_ids, customer__isnull=False).values("customer")
    return reduce(
        or_,
        (
            Q(subject_type="tickets.ticket", subject_id__in=ticket_ids),
            Q(subject_type="tickets.attachment", subject_id__in=attachments),
            Q(subject_type="customers.customer", subject_id__in=customers),
        ),
    )


def _people_of(entries: Iterable[_Entry]) -> tuple[list[_Met], Counter[tuple[str, str]]]:
    by_type: dict[str, set[int]] = defaultdict(set)
    entries = list(entries)
    for entry in entries:
        by_type[entry.subject_type].add(entry.subject_id)
    leads = {kind: find(by_type[kind]) for kind, find in LEADS.items() if by_type[kind]}
    met: list[_Met] = []
    others: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        customers = leads.get(entry.subject_type, {}).get(entry.subject_id, ())
        met += [_Met(pk, entry.at, entry.user_id, entry.action) for pk in customers]
        if not customers:
            others[entry.action, entry.subject_type] += 1
    return met, others


# --- From a record to people -----------------------------------------------------------------------------------------

Found = dict[int, set[int]]


def _of_tickets(ids: Collection[int]) -> Found:
    """Its customer, and whoever wrote into it."""
    found: Found = defaultdict(set)
    for pk, customer_id in Ticket.objects.filter(pk__in=ids, customer__isnull=False).values_list("pk", "customer_id"):
        found[pk].add(customer_id or 0)
    wrote = Message.objects.filter(ticket__in=ids, customer__isnull=False)
    for pk, customer_id in wrote.order_by().values_list("ticket_id", "customer_id").distinct():
        found[pk].add(customer_id or 0)
    return found


def _through(rows: Iterable[tuple[int, int]]) -> Found:
    pairs = list(rows)
    tickets = _of_tickets({ticket_id for _pk, ticket_id in pairs})
    return {pk: tickets[ticket_id] for pk, ticket_id in pairs if ticket_id in tickets}


def _of_attachments(ids: Collection[int]) -> Found:
    return _through(Attachment.objects.filter(pk__in=ids).values_list("pk", "ticket_id"))


def _of_interactions(ids: Collection[int]) -> Found:
    return _through(Interaction.objects.filter(pk__in=ids).values_list("pk", "ticket_id"))


def _of_messages(ids: Collection[int]) -> Found:
    return _through(Message.objects.filter(pk__in=ids).values_list("pk", "ticket_id"))


def _of_identities(ids: Collection[int]) -> Found:
    return {pk: {customer} for pk, customer in Identity.objects.filter(pk__in=ids).values_list("pk", "customer_id")}


def _of_customers(ids: Collection[int]) -> Found:
    return {pk: {pk} for pk in ids}


LEADS: Final = {
    "tickets.ticket": _of_tickets,
    "tickets.attachment": _of_attachments,
    "tickets.interaction": _of_interactions,
    "tickets.message": _of_messages,
    "customers.identity": _of_identities,
    "customers.customer": _of_customers,
}


# --- What the trail does not say -------------------------------------------------------------------------------------


def _sent_by(question: Question) -> list[_Met]:
    """To whom, or about whom, something was written in that time."""
    rows = Message.objects.filter(
        author__in=question.user_ids, created__gte=question.since, created__lte=question.until
    ).values_list("ticket_id", "created", "author_id")
    if question.ticket_ids:
        rows = rows.filter(ticket__in=question.ticket_ids)
    sent = list(rows)
    people = _of_tickets({ticket_id for ticket_id, _at, _author in sent})
    return [_Met(pk, at, author or 0, SENT) for ticket_id, at, author in sent for pk in people.get(ticket_id, ())]


def _in_lists(question: Question, actors: Mapping[int, Actor]) -> list[_Met]:
    """Lists and searches write no entry: whoever has a ticket of that time within the grants of today."""
    was_there = Q(opened_at__lte=question.until) & (Q(closed_at__isnull=True) | Q(closed_at__gte=question.since))
    met = []
    for user_id, actor in actors.items():
        tickets = Ticket.objects.visible_to(actor).filter(was_there, customer__isnull=False)
        met += [
            _Met(pk, None, user_id, LIST)
            for pk in tickets.order_by().values_list("customer_id", flat=True).distinct()
            if pk
        ]
    return met


def _actors(user_ids: Collection[int]) -> dict[int, Actor]:
    """As they were while they could come in: an account that was shut since had seen what it had seen."""
    actors = {}
    for user in User.objects.filter(pk__in=user_ids).select_related("role", "vendor"):
        user.is_active = True
        if user.vendor is not None:
            user.vendor.is_active = True
        actors[user.pk] = person(user)
    return actors


def _is_lens_changed(question: Question, user_ids: Collection[int]) -> bool:
    changes = AuditEntry.objects.filter(created__gte=question.since)
    of_roles = Q(subject_type__in=LENS_CHANGES) & ~Q(action__endswith=".viewed")
    of_people = Q(action="user.changed", subject_type="accounts.user", subject_id__in=list(user_ids))
    return changes.filter(of_roles | of_people).exists()


# --- Put together ----------------------------------------------------------------------------------------------------


def _gathered(met: Iterable[_Met], lenses: Mapping[int, Lens]) -> list[Affected]:
    met = list(met)
    ids = {each.customer_id for each in met}
    customers = Customer.objects.select_related("merged_into").in_bulk(ids)
    found: dict[int, Affected] = {}
    has = _classes_of(ids)
    for each in met:
        customer = customers.get(each.customer_id)
        if customer is None:
            continue
        living = customer.merged_into or customer
        row = found.setdefault(living.pk, Affected(living))
        row.met(each.at, each.user_id, each.way)
        _note_classes(row, each, has[each.customer_id], _lens_over(customer, lenses.get(each.user_id)))
    return sorted(found.values(), key=_order)


def _lens_over(customer: Customer, lens: Lens | None) -> Lens | None:
    return None if lens is None else lens.of(customer.is_minor)


def _order(row: Affected) -> tuple[bool, float, int]:
    """Whom the trail names first, and of these whom it names first."""
    return row.first is None, row.first.timestamp() if row.first else 0, row.customer.pk


def _classes_of(ids: Collection[int]) -> dict[int, set[FieldClass]]:
    """What there is of each of them."""
    has: dict[int, set[FieldClass]] = defaultdict(lambda: {FieldClass.NAME})
    for pk, kind in Identity.objects.filter(customer__in=ids).values_list("customer_id", "kind").distinct():
        has[pk].add(field_class_of(kind))
    return has


def _note_classes(row: Affected, each: _Met, has: set[FieldClass], lens: Lens | None) -> None:
    """Lists show names and texts; a ticket or a record also how somebody is reached."""
    classes = {FieldClass.NAME, FieldClass.FREE_TEXT} if each.way == LIST else {*has, FieldClass.FREE_TEXT}
    if each.way in OPENED:
        classes.add(FieldClass.FILE)
    for field_class in classes:
        mode = Mode.RAW if lens is None else lens.mode(field_class)
        if mode is Mode.RAW:
            row.clear.add(field_class)
        elif mode is not Mode.HIDDEN:
            row.masked.add(field_class)
