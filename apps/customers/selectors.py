"""What the faces show of customers. Every string has passed the viewer's lens; no model leaves this module."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import phonenumbers
from django.db import connection
from django.db.models import Prefetch, Q, QuerySet

from apps.accounts.access import access_of
from apps.core import audit, throttle
from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.core.fields import encrypted_fields
from apps.core.ids import public_id_for
from apps.core.permissions import may
from apps.core.words import in_order
from apps.customers.enums import CustomerLevel, IdentityKind, SuggestionReason, SuggestionState
from apps.customers.identities import alias_of, all_kinds, kind_of, normalize
from apps.customers.minors import guardian_of
from apps.customers.models import Customer, CustomerNote, Guardian, Identity, MergeSuggestion
from apps.customers.restrictions import with_restriction
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.lens import Known, Lens, lens_for
from apps.privacy.masks import HIDDEN
from apps.privacy.services.consenting import choices_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from apps.customers.querysets import MergeSuggestionQuerySet

SEARCHES = (60, timedelta(minutes=1))
TAIL_SEARCHES = (20, timedelta(minutes=1))
MAX_RESULTS = 50
# A tail that more customers share finds only the latest of them.
MAX_CANDIDATES = 500
TAIL_DIGITS = 4
READABLE_HANDLE = 16
HANDLE_TAIL = 4


@dataclass(frozen=True)
class IdentityRow:
    public_id: str
    kind: str
    label: StrOrPromise
    icon: str
    value: str
    is_masked: bool
    is_verified: bool
    is_primary: bool
    is_claimed: bool
    is_opted_out: bool
    scope: str


@dataclass(frozen=True)
class NoteRow:
    public_id: str
    body: str
    author_name: str
    created: datetime
    is_pinned: bool
    is_own: bool


@dataclass(frozen=True)
class TagRow:
    key: str
    label: str


@dataclass(frozen=True)
class OrganizationRow:
    public_id: str
    name: str
    level: str
    level_label: StrOrPromise


@dataclass(frozen=True)
class ChoiceRow:
    """One use of their data, and whether the customer allows it."""

    purpose: str
    label: str
    is_allowed: bool
    since: datetime | None
    notice: str


@dataclass(frozen=True)
class GuardianRow:
    """Who decides for a minor."""

    name: str
    handle: str
    is_masked: bool
    consented_on: date | None


@dataclass(frozen=True)
class CustomerRow:
    """One line of a list or of search results."""

    id: int
    public_id: str
    name: str
    level: str
    level_label: StrOrPromise
    organization: str
    identities: tuple[IdentityRow, ...]
    is_minor: bool


@dataclass(frozen=True)
class CustomerPanel:
    """What stands beside a ticket and at the top of the customer's page."""

    id: int
    public_id: str
    version: int
    name: str
    is_named: bool
    """Otherwise a handle stands for the name, and must not be taken for one."""
    is_masked: bool
    level: str
    level_label: StrOrPromise
    language: str
    time_zone: str
    prefers: str
    organization: OrganizationRow | None
    tags: tuple[TagRow, ...]
    identities: tuple[IdentityRow, ...]
    notes: tuple[NoteRow, ...]
    choices: tuple[ChoiceRow, ...]
    is_restricted: bool
    """They asked that their data be kept and nothing else be done with them."""
    is_minor: bool
    guardian: GuardianRow | None
    lacks_guardian: bool
    """A minor for whom no guardian is known to have consented."""
    created: datetime
    can_edit: bool
    can_merge: bool


def family_identities(customer: Customer) -> list[Identity]:
    """The handles of the living record and of all that were merged into it, the preferred ones first."""
    root_id = customer.merged_into_id or customer.pk
    # Members first: an OR over the join reads every identity there is.
    members = Customer.objects.filter(Q(pk=root_id) | Q(merged_into=root_id)).values("pk")
    return list(Identity.objects.filter(customer__in=members).order_by("-is_primary", "id"))


def customer_panel(customer: Customer, actor: Actor, identities: Sequence[Identity] | None = None) -> CustomerPanel:
    """For a customer that the caller reached through `visible_to`, or through a ticket that the actor sees.

    Shows the living record of a merged one, with the identities and notes of all records that point to it.
    `identities` are those of `family_identities`, for a caller who has read them.
    """
    root_id = customer.merged_into_id or customer.pk
    of_family = Customer.objects.filter(Q(pk=root_id) | Q(merged_into=root_id)).select_related("organization")
    family = {member.pk: member for member in with_restriction(of_family)}
    root = family[root_id]
    ids = [root_id, *(pk for pk in family if pk != root_id)]
    lens = lens_for(actor).of(root.is_minor)
    guardian = guardian_of(ids) if root.is_minor else None
    lacks_guardian = root.is_minor and (guardian is None or guardian.consented_on is None)
    identities = family_identities(customer) if identities is None else identities
    notes = CustomerNote.objects.select_related("author").filter(customer__in=ids).order_by("-is_pinned", "-created")
    known = (*_known(family.values(), identities), *_known_of_guardian(guardian))
    return CustomerPanel(
        id=root.pk,
        public_id=root.public_id,
        version=root.version,
        name=display_name(root, identities, lens),
        is_named=bool(root.name),
        is_masked=lens.mode(FieldClass.NAME) is not Mode.RAW,
        level=root.level,
        level_label=CustomerLevel(root.level).label,
        language=root.language,
        time_zone=root.time_zone,
        prefers=root.prefers,
        organization=_organization_row(root, lens, known),
        tags=tuple(
            TagRow(tag.key, str(tag.name)) for tag in sorted(root.tags.all(), key=lambda tag: in_order(tag.name))
        ),
        identities=tuple(identity_row(identity, lens) for identity in identities),
        notes=tuple(_note_row(note, lens, known, actor) for note in notes),
        choices=() if root.erased_at is not None else choice_rows(ids, lacks_guardian=lacks_guardian),
        is_restricted=any(member.restricted for member in family.values()),
        is_minor=root.is_minor,
        guardian=None if guardian is None else guardian_row(guardian, lens),
        lacks_guardian=lacks_guardian,
        created=root.created,
        can_edit=may(actor, "customers.edit", root),
        can_merge=may(actor, "customers.merge", root),
    )


def guardian_row(guardian: Guardian, lens: Lens) -> GuardianRow:
    """`lens` is the one for what is of the minor."""
    return GuardianRow(
        name=lens.name(guardian.name),
        handle=lens.value(guardian_kind(guardian), guardian.handle),
        is_masked=lens.mode(FieldClass.NAME) is not Mode.RAW,
        consented_on=guardian.consented_on,
    )


def guardian_kind(guardian: Guardian) -> str:
    return str(IdentityKind.EMAIL if "@" in guardian.handle else IdentityKind.PHONE)


def choice_rows(customer_ids: Sequence[int], *, lacks_guardian: bool = False) -> tuple[ChoiceRow, ...]:
    return tuple(
        ChoiceRow(
            purpose=str(choice.purpose),
            label=choice.label,
            is_allowed=choice.is_allowed,
            since=None if choice.said is None else choice.said.withdrawn_at or choice.said.given_at,
            notice=str(choice.said.notice) if choice.said is not None and choice.said.notice is not None else "",
        )
        for choice in choices_of(customer_ids, lacks_guardian=lacks_guardian)
    )


def family_ids(customer: Customer) -> list[int]:
    """The living record's id first, then those of all records merged into it."""
    root_id = customer.merged_into_id or customer.pk
    return [root_id, *Customer.objects.filter(merged_into=root_id).order_by("pk").values_list("pk", flat=True)]


def known_values(customer: Customer | None) -> tuple[Known, ...]:
    """What the lens masks wherever it occurs in texts about this customer: names and handles, in all their forms."""
    if customer is None:
        return ()
    family = list(Customer.objects.filter(pk__in=family_ids(customer)).prefetch_related("identities"))
    guardians = Guardian.objects.filter(customer__in=family) if any(member.is_minor for member in family) else ()
    known = _known(family, [identity for member in family for identity in member.identities.all()])
    return (*known, *(value for guardian in guardians for value in _known_of_guardian(guardian)))


# By hand: compiled by the ORM and read into models, it took ten times as long, for each list that a masked viewer opens.
# Members first; an OR over the join would read every handle.
_FAMILY = """
    SELECT identity.id, identity.kind, identity.value, member.id, member.name, member.merged_into_id
    FROM customers_identity identity JOIN customers_customer member ON member.id = identity.customer_id
    WHERE identity.customer_id IN (SELECT id FROM customers_customer WHERE id = ANY(%s) OR merged_into_id = ANY(%s))
    ORDER BY identity.id
"""


def known_by_customer(customers: Iterable[Customer]) -> dict[int, tuple[Known, ...]]:
    """`known_values` for many customers in one query, by customer; names and handles of merged records included. One
    more where there are minors among them, for their guardians.
    """
    customers = list(customers)
    names: dict[int, dict[Known, None]] = {
        customer.pk: {(FieldClass.NAME, customer.name): None} if customer.name else {} for customer in customers
    }
    if not names:
        return {}
    forms: dict[int, dict[Known, None]] = {pk: {} for pk in names}
    with connection.cursor() as cursor:
        cursor.execute(_FAMILY, [list(names), list(names)])
        for identity_id, kind, value, member_id, name, merged_into_id in cursor.fetchall():
            for pk in {member_id, merged_into_id} & names.keys():
                forms[pk] |= dict.fromkeys(_forms(kind, _opened("value", Identity, identity_id, value)))
                if pk != member_id and (shown := _opened("name", Customer, member_id, name)):
                    names[pk][FieldClass.NAME, shown] = None
    guardians = _known_guardians([customer.pk for customer in customers if customer.is_minor])
    return {pk: tuple(names[pk] | forms[pk] | guardians.get(pk, {})) for pk in names}


def _known_guardians(minors: Sequence[int]) -> dict[int, dict[Known, None]]:
    """Of each, also of those that are noted with a record that was merged into theirs."""
    found: dict[int, dict[Known, None]] = {pk: {} for pk in minors}
    of_family = Q(customer__in=minors) | Q(customer__merged_into__in=minors)
    for row in Guardian.objects.filter(of_family).select_related("customer") if minors else ():
        for pk in {row.customer_id, row.customer.merged_into_id} & found.keys():
            found[pk] |= dict.fromkeys(_known_of_guardian(row))
    return found


def _known_of_guardian(guardian: Guardian | None) -> tuple[Known, ...]:
    if guardian is None:
        return ()
    forms = _forms(guardian_kind(guardian), guardian.handle) if guardian.handle else ()
    return (FieldClass.NAME, guardian.name), *forms


# A list shows the same people again and again, and opening a value or reading a number takes long.
@lru_cache(maxsize=8192)
def _opened(field: str, model: type[Identity | Customer], pk: int, sealed: bytes) -> str:
    opened: str = encrypted_fields(model)[field].opened(sealed, pk)
    return opened


def _known(customers: Iterable[Customer], identities: Iterable[Identity]) -> tuple[Known, ...]:
    names = [(FieldClass.NAME, customer.name) for customer in customers if customer.name]
    forms = [known for identity in identities for known in _forms(identity.kind, identity.value)]
    return tuple(dict.fromkeys([*names, *forms]))


@lru_cache(maxsize=4096)
def _forms(kind: str, value: str) -> tuple[Known, ...]:
    field_class = kind_of(kind).field_class
    if field_class is not FieldClass.PHONE or not value.startswith("+"):
        return ((field_class, value),)
    forms = [value, value[1:]]
    with suppress(phonenumbers.NumberParseException):
        forms.append(phonenumbers.national_significant_number(phonenumbers.parse(value, None)))
    return tuple((field_class, form) for form in forms)


def display_name(customer: Customer, identities: Iterable[Identity], lens: Lens) -> str:
    """The name, or in its place the preferred handle; empty for somebody of whom nothing is known."""
    if customer.name:
        return lens.name(customer.name)
    return next((handle_name(identity, lens) for identity in identities), "")


def handle_name(identity: Identity, lens: Lens) -> str:
    """What stands for a name. A number or an address says who it is; an id says so only together with its platform,
    and of a long one nobody reads more than the end.
    """
    if alias := alias_of(identity.value):
        return alias
    kind, shown = kind_of(identity.kind), lens.value(identity.kind, identity.value)
    if kind.field_class is not FieldClass.HANDLE:
        return shown
    is_long = len(shown) > READABLE_HANDLE
    return f"{kind.label} {f'…{shown[-HANDLE_TAIL:]}' if is_long else shown}"


def handle_names(customer_ids: Iterable[int], lens: Lens) -> dict[int, str]:
    """`handle_name` of each customer's preferred handle, in one query."""
    names: dict[int, str] = {}
    rows = Identity.objects.filter(customer__in=list(customer_ids)).select_related("customer")
    for identity in rows.order_by("-is_primary", "id"):
        if identity.customer_id not in names:
            names[identity.customer_id] = handle_name(identity, lens.of(identity.customer.is_minor))
    return names


def identity_row(identity: Identity, lens: Lens) -> IdentityRow:
    kind = kind_of(identity.kind)
    return IdentityRow(
        public_id=identity.public_id,
        kind=identity.kind,
        label=kind.label,
        icon=kind.icon,
        value=alias_of(identity.value) or lens.value(identity.kind, identity.value),
        is_masked=lens.mode(kind.field_class) is not Mode.RAW,
        is_verified=identity.verified_at is not None,
        is_primary=identity.is_primary,
        is_claimed=identity.is_claimed,
        is_opted_out=identity.opted_out_at is not None,
        scope=identity.scope,
    )


def _organization_row(customer: Customer, lens: Lens, known: tuple[Known, ...]) -> OrganizationRow | None:
    organization = customer.organization
    if organization is None:
        return None
    name = company_name(customer, lens, names_in_companies([organization.pk], lens))
    return OrganizationRow(
        public_id=organization.public_id,
        name=name,
        level=organization.level,
        level_label=CustomerLevel(organization.level).label,
    )


def _note_row(note: CustomerNote, lens: Lens, known: tuple[Known, ...], actor: Actor) -> NoteRow:
    return NoteRow(
        public_id=note.public_id,
        body=lens.for_staff_texts.text(note.body, known=() if note.is_blind else known),
        author_name=str(note.author),
        created=note.created,
        is_pinned=note.is_pinned,
        is_own=note.author_id == actor.user_id,
    )


# Search


_NAMES_SOMEBODY = re.compile(r"@|\d{5}")
"""What looks like a handle, also of somebody who is not there."""


def search_customers(text: str, actor: Actor, limit: int = 20) -> list[CustomerRow]:
    """Customers by a whole handle or, where names are seen, by a whole name; for in-house people also by the last four
    digits of a phone or the domain of an address. Only visible ones, at a bounded rate.
    """
    text = text.strip()
    if not text or "customers.view" not in actor.permissions:
        return []
    throttle.hit(f"customers.search:{actor.key}", limit=SEARCHES[0], per=SEARCHES[1])
    lens = lens_for(actor)
    ids = {*_by_handle(text), *_by_name(text, lens), *_by_tail(text, actor, lens)}
    found = Customer.objects.visible_to(actor).filter(pk__in=ids).order_by("-id")[: min(limit, MAX_RESULTS)]
    rows = customer_rows(_living_of(found), lens) if ids else []
    if ids or _NAMES_SOMEBODY.search(text):
        audit.record(
            "customer.searched", by=actor, details={"term": audit.mark_of(_as_stored(text)), "found": len(rows)}
        )
    return rows


def _as_stored(text: str) -> str:
    """A number or address in the one form that it is kept in, however it was typed."""
    for kind in (IdentityKind.PHONE, IdentityKind.EMAIL):
        try:
            return normalize(kind, text)
        except InvalidInput:
            continue
    return text


def customer_rows(customers: Iterable[Customer], lens: Lens) -> list[CustomerRow]:
    """Lines for customers that the caller reached through `visible_to` and `with_rows`."""
    rows = list(customers)
    names = names_in_companies((row.organization_id for row in rows if row.organization_id), lens)
    return [_customer_row(customer, lens.of(customer.is_minor), names) for customer in rows]


def _customer_row(customer: Customer, lens: Lens, names: Mapping[int, tuple[Known, ...]]) -> CustomerRow:
    return CustomerRow(
        id=customer.pk,
        public_id=public_id_for(Customer, customer.pk),
        name=display_name(customer, customer.identities.all(), lens),
        level=customer.level,
        level_label=CustomerLevel(customer.level).label,
        organization=company_name(customer, lens, names),
        identities=tuple(identity_row(identity, lens) for identity in customer.identities.all()),
        is_minor=customer.is_minor,
    )


def company_name(customer: Customer, lens: Lens, names: Mapping[int, tuple[Known, ...]]) -> str:
    """`lens` is the one for what is of the customer, and `names` those of `names_in_companies`."""
    if customer.organization is None:
        return ""
    if lens.is_of_minor:
        return HIDDEN
    own: Known = (FieldClass.NAME, customer.name)
    known = names.get(customer.organization.pk, ())
    return lens.text(customer.organization.name, known=(*known, own) if customer.name else known)


def names_in_companies(organization_ids: Iterable[int], lens: Lens) -> Mapping[int, tuple[Known, ...]]:
    """Of the people of each company, which many a small one is called after. Empty for who sees names."""
    found: defaultdict[int, tuple[Known, ...]] = defaultdict(tuple)
    ids = set() if lens.mode(FieldClass.NAME) is Mode.RAW else set(organization_ids)
    if ids:
        people = Customer.objects.filter(organization__in=ids).order_by("-id").only("name", "organization_id")
        for person in people[: MAX_CANDIDATES * len(ids)]:
            if person.name and person.organization_id:
                found[person.organization_id] += ((FieldClass.NAME, person.name),)
    return found


@dataclass(frozen=True)
class SuggestionRow:
    """Two records that may be one person, and what speaks for it, as the viewer may see it."""

    public_id: str
    older: CustomerRow
    newer: CustomerRow
    evidence: tuple[str, ...]
    created: datetime
    state: str


def suggestion_rows(suggestions: Iterable[MergeSuggestion], lens: Lens) -> list[SuggestionRow]:
    """Lines for suggestions that the caller reached through `visible_to`."""
    found = list(suggestions)
    ids = {pk for row in found for pk in (row.customer_id, row.other_id)}
    customers = {row.id: row for row in customer_rows(with_rows(Customer.objects.filter(pk__in=ids)), lens)}
    handles = Identity.objects.in_bulk({entry["identity_id"] for row in found for entry in row.evidence})
    return [
        SuggestionRow(
            public_id=row.public_id,
            older=customers[row.customer_id],
            newer=customers[row.other_id],
            evidence=tuple(_evidence(entry, handles, lens.of(_is_of_minor(row, customers))) for entry in row.evidence),
            created=row.created,
            state=row.state,
        )
        for row in found
    ]


def _is_of_minor(row: MergeSuggestion, customers: Mapping[int, CustomerRow]) -> bool:
    return customers[row.customer_id].is_minor or customers[row.other_id].is_minor


def _evidence(entry: Mapping[str, Any], handles: Mapping[int, Identity], lens: Lens) -> str:
    """The reason, with the handle it is about; one that was removed since is told by its kind."""
    identity = handles.get(entry["identity_id"])
    about = lens.value(identity.kind, identity.value) if identity is not None else kind_of(entry["kind"]).label
    return f"{about}: {SuggestionReason(entry['reason']).label}"


def open_suggestions(actor: Actor, customer: Customer | None = None) -> QuerySet[MergeSuggestion]:
    """What the actor could decide about; of one customer, or all."""
    rows = _decidable(actor).undecided()
    return rows if customer is None else rows.filter(Q(customer=customer) | Q(other=customer))


def decided_suggestions(actor: Actor) -> QuerySet[MergeSuggestion]:
    """What was decided, the last first: whoever was wrong takes it back from here."""
    return _decidable(actor).exclude(state=SuggestionState.OPEN).order_by("-decided_at", "-id")


def _decidable(actor: Actor) -> MergeSuggestionQuerySet:
    rows = MergeSuggestion.objects.visible_to(actor)
    return rows if "customers.merge" in actor.permissions else rows.none()


def with_rows(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Reads along what `customer_rows` shows."""
    identities = Prefetch("identities", Identity.objects.order_by("-is_primary", "id"))
    return customers.select_related("organization").prefetch_related(identities)


def _living_of(found: QuerySet[Customer]) -> list[Customer]:
    """Each living record once, in the order found."""
    ids = [pk if merged_into is None else merged_into for pk, merged_into in found.values_list("pk", "merged_into")]
    rows = {row.pk: row for row in with_rows(Customer.objects.filter(pk__in=ids))}
    return [rows[pk] for pk in dict.fromkeys(ids) if pk in rows]


# Each way is one look into an index; which of the found ones are shown is decided afterwards.


def _by_handle(text: str) -> Iterable[int]:
    condition = Q()
    for kind in all_kinds():
        try:
            condition |= Q(kind=kind, value=normalize(kind, text))
        except InvalidInput:
            continue
    return _owners(condition) if condition else ()


def _by_name(text: str, lens: Lens) -> Iterable[int]:
    """Who sees names masked must not find out by asking for them."""
    if lens.mode(FieldClass.NAME) is not Mode.RAW:
        return ()
    rows = Customer.objects.filter(name=text, is_minor__in=_asked(lens))
    return rows.order_by("-id").values_list("pk", flat=True)[:MAX_CANDIDATES]


def _asked(lens: Lens) -> list[bool]:
    """Whether minors are among those who may be asked for by what is masked of them."""
    return [False, True] if lens.sees_minors else [False]


def _by_tail(text: str, actor: Actor, lens: Lens) -> Iterable[int]:
    if access_of(actor).is_outsourced:
        return ()
    domain = text.removeprefix("@").lower()
    if len(text) == TAIL_DIGITS and text.isascii() and text.isdigit():
        tail = (FieldClass.PHONE, IdentityKind.PHONE, text)
    elif "." in domain and "@" not in domain and " " not in domain:
        tail = (FieldClass.EMAIL, IdentityKind.EMAIL, domain)
    else:
        return ()
    field_class, kind, value = tail
    if lens.mode(field_class) is not Mode.RAW:
        return ()
    throttle.hit(f"customers.search.tail:{actor.key}", limit=TAIL_SEARCHES[0], per=TAIL_SEARCHES[1])
    return _owners(Q(kind=kind, tail=value, customer__is_minor__in=_asked(lens)))


def _owners(condition: Q) -> Iterable[int]:
    found = Identity.objects.filter(condition).order_by("-id")
    return found.values_list("customer_id", flat=True)[:MAX_CANDIDATES]
