"""What faces show of reveals: asks that wait, and what was shown of whom. No row holds the value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Count

from apps.accounts.models import Role, User
from apps.core import clock
from apps.core.actor import Actor
from apps.core.permissions import may
from apps.privacy import people
from apps.privacy.enums import FieldClass, RevealReason, RevealState
from apps.privacy.lens import Lens, lens_for
from apps.privacy.models import Reveal, RevealPolicy
from apps.privacy.naming import Named, names_of
from apps.privacy.permits import SEE_MINORS, may_approve
from apps.privacy.revealing import Part, Record, record_label

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from apps.privacy.reveal_querysets import RevealQuerySet

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(hours=24)
USUAL_DAYS: Final = 28
SHOWN_ROWS: Final = 20


@dataclass(frozen=True)
class RevealRow:
    public_id: str
    viewer: str
    company: str
    record: str
    field_label: StrOrPromise
    reason_label: StrOrPromise
    reason: str
    decided_by: str
    decision: str
    created: datetime
    shown_at: datetime | None
    valid_until: datetime | None
    is_unusual: bool
    is_own: bool
    ticket_id: int | None
    customer: str
    customer_address: str
    ticket: str
    ticket_address: str
    hides_customer: bool
    """It is somebody's, and the reader may not see who they are."""


@dataclass(frozen=True)
class PolicyWords:
    seconds: int
    needs_approval: bool


@dataclass(frozen=True)
class News:
    """Since a moment: asks of others, somebody's unusual day, and what became of one's own asks."""

    after: int
    waiting: int = 0
    unusual: bool = False
    approved: bool = False
    declined: str = ""


def reveal_policy(user: User) -> RevealPolicy:
    """The role's, or the defaults of one that has none."""
    role = user.role or Role()
    return RevealPolicy.objects.filter(role=user.role_id).first() or RevealPolicy(role=role)


def usable_approval(actor: Actor, *, kind: str, record_id: int, field: str) -> Reveal | None:
    """For this viewer and this field, not used yet."""
    rows = Reveal.objects.filter(user=actor.user, kind=kind, record_id=record_id, field=field)
    return rows.filter(state=RevealState.APPROVED, valid_until__gt=clock.now()).order_by("-id").first()


def open_ask(actor: Actor, *, kind: str, record_id: int, field: str) -> Reveal | None:
    rows = Reveal.objects.filter(user=actor.user, kind=kind, record_id=record_id, field=field)
    return rows.waiting(clock.now()).order_by("-id").first()


def usual_per_day(user_id: int, moment: datetime) -> float:
    """Of the days on which the person looked at anything, in the four weeks before the last 24 hours."""
    rows = Reveal.objects.shown().filter(
        user=user_id, created__gt=moment - timedelta(days=USUAL_DAYS) - DAY, created__lte=moment - DAY
    )
    days = [(moment - created).days for created in rows.values_list("created", flat=True)]
    return len(days) / len(set(days)) if days else 0.0


def unusual_people() -> list[tuple[User, int]]:
    """Whose last 24 hours were told as unusual, and how many values they were shown in them."""
    shown = Reveal.objects.shown().filter(shown_at__gt=clock.now() - DAY)
    counts = dict(
        shown.filter(user__in=shown.filter(is_unusual=True).values("user"))
        .order_by()
        .values_list("user")
        .annotate(count=Count("pk"))
    )
    return [(user, counts[user.pk]) for user in User.objects.filter(pk__in=counts).order_by("pk")]


def waiting_rows(actor: Actor) -> list[RevealRow]:
    found = _named(Reveal.objects.visible_to(actor)).waiting(clock.now()).exclude(user=actor.user_id or 0)
    return _told_of_whom(found.order_by("id")[:100], actor)


def unusual_rows(actor: Actor) -> list[RevealRow]:
    since = clock.now() - timedelta(days=7)
    found = _named(Reveal.objects.visible_to(actor)).filter(is_unusual=True, created__gt=since)
    return _told_of_whom(found.order_by("-id")[:SHOWN_ROWS], actor)


def recent_rows(actor: Actor) -> list[RevealRow]:
    return _told_of_whom(_named(Reveal.objects.visible_to(actor)).shown().order_by("-id")[:SHOWN_ROWS], actor)


def customer_rows(actor: Actor, customer_ids: Iterable[int]) -> list[RevealRow]:
    """What was shown of one customer, for whoever looks after them."""
    found = _named(Reveal.objects.visible_to(actor)).shown().filter(customer_id__in=list(customer_ids))
    return reveal_rows(found.order_by("-id")[:SHOWN_ROWS], actor)


def _told_of_whom(rows: Iterable[Reveal], actor: Actor) -> list[RevealRow]:
    """Where reveals of many people stand below each other."""
    found = list(rows)
    names = _Names(
        names_of(Named.CUSTOMER, actor, (row.customer_id for row in found)),
        names_of(Named.TICKET, actor, (row.ticket_id for row in found)),
    )
    return reveal_rows(found, actor, names)


@dataclass(frozen=True)
class _Names:
    customers: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    tickets: Mapping[int, tuple[str, str]] = field(default_factory=dict)


def reveal_rows(rows: Iterable[Reveal], actor: Actor, names: _Names | None = None) -> list[RevealRow]:
    found, lens = list(rows), lens_for(actor)
    minors = minors_among(found, lens)
    told = names or _Names()
    return [_row(row, lens.of(row.customer_id in minors).for_staff_texts, actor, told) for row in found]


def minors_among(rows: Iterable[Reveal], lens: Lens) -> set[int | None]:
    """Which of the customers are; not asked where it makes no difference."""
    ids = set() if lens.sees_minors else {row.customer_id for row in rows if row.customer_id}
    return {*people.directory().minors(ids)} if ids else set()


def _named(rows: RevealQuerySet) -> RevealQuerySet:
    return rows.select_related("user__vendor", "decided_by")


def _row(row: Reveal, lens: Lens, actor: Actor, names: _Names) -> RevealRow:
    customer, customer_address = names.customers.get(row.customer_id or 0, ("", ""))
    ticket, ticket_address = names.tickets.get(row.ticket_id or 0, ("", ""))
    return RevealRow(
        public_id=row.public_id,
        viewer=str(row.user),
        company=str(row.user.vendor.name) if row.user.vendor else "",
        record=record_label(row.kind),
        field_label=FieldClass(row.field_class).label,
        reason_label=RevealReason(row.reason_kind).label,
        reason=lens.text(row.reason),
        decided_by=str(row.decided_by) if row.decided_by else "",
        decision=lens.text(row.decision),
        created=row.created,
        shown_at=row.shown_at,
        valid_until=row.valid_until,
        is_unusual=row.is_unusual,
        is_own=row.user_id == actor.user_id,
        ticket_id=row.ticket_id,
        customer=customer,
        customer_address=customer_address,
        ticket=ticket,
        ticket_address=ticket_address,
        hides_customer=row.customer_id is not None and not customer,
    )


def policy_words(actor: Actor, record: Record) -> PolicyWords:
    """What happens when one of its values is asked for, told before anybody types a reason."""
    policy = reveal_policy(actor.user) if actor.user else RevealPolicy()
    return PolicyWords(policy.seconds, needs_approval=needs_approval(actor, policy, record, record.parts))


def needs_approval(actor: Actor, policy: RevealPolicy, record: Record, parts: Iterable[Part]) -> bool:
    """By the class of one of the parts; of a minor always, for who does not see them as others."""
    if record.is_minor and not may(actor, SEE_MINORS):
        return True
    return bool({part.field_class.value for part in parts} & set(policy.approval_classes))


# --- News ---------------------------------------------------------------------------------------------------------


def news_after(actor: Actor, after: int | None) -> News:
    """`after` is a moment in microseconds; None begins now.

    What comes back as the next `after` is the newest that was seen, never the present: what is being written at this moment
    carries an earlier time than its commit, and would be passed over for good.
    """
    moment = clock.now()
    if after is None:
        return News(_micro(moment))
    since = datetime.fromtimestamp(min(after, _micro(moment)) / 1_000_000, tz=moment.tzinfo)
    sees = may_approve(actor)
    watched = Reveal.objects.visible_to(actor).filter(created__gt=since).exclude(user=actor.user_id or 0)
    waiting = list(watched.waiting(moment).values_list("created", flat=True)) if sees else []
    unusual = (
        Reveal.objects.filter(is_unusual=True, shown_at__gt=since).values_list("shown_at", flat=True) if sees else []
    )
    own = list(Reveal.objects.filter(user=actor.user_id or 0, decided_at__gt=since).order_by("-decided_at"))
    declined = next((row for row in own if row.state == RevealState.DECLINED), None)
    seen = filter(None, [*waiting, *unusual, *(row.decided_at for row in own)])
    return News(
        after=max((_micro(at) for at in seen), default=after),
        waiting=len(waiting),
        unusual=bool(unusual),
        approved=any(row.state == RevealState.APPROVED for row in own),
        declined=_decision(declined, actor) if declined else "",
    )


def _decision(row: Reveal, actor: Actor) -> str:
    lens = lens_for(actor)
    return lens.of(row.customer_id in minors_among([row], lens)).for_staff_texts.text(row.decision)


def _micro(at: datetime) -> int:
    """Rounded up, so that the same moment does not come after itself."""
    return int(at.timestamp() * 1_000_000) + 1
