"""Which policy holds for a ticket, why, and what it promises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, OuterRef
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from apps.customers.models import Customer
from apps.sla.counting import WHOLE, Count
from apps.sla.enums import Measure, Target
from apps.sla.models import Calendar, Policy, PolicyTarget
from apps.sla.selectors.timetables import default_calendar, timetable_of
from apps.sla.timetable import Timetable
from apps.tickets.models import Ticket
from apps.tickets.selectors.vocabulary import vocabulary


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a ticket the conditions ask about."""

    channel_id: int | None
    priority: int
    category_id: int | None
    customer_level: str
    customer_tags: frozenset[int]
    vendor_id: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a policy fits, and which condition was not met; empty where it fits."""

    policy: Policy
    unmet: str

    @property
    def fits(self) -> bool:
        return not self.unmet


@dataclass(frozen=True, slots=True)
class Promise:
    """What a policy promises for one target, from a moment on."""

    target: Target
    minutes: int
    measure: Measure
    due_at: datetime | None
    warnings: tuple[tuple[int, datetime | None], ...]


class Book:
    """Policies and calendars, each read once for as long as this lives."""

    def __init__(self) -> None:
        self._timetables: dict[int, Timetable] = {}

    @cached_property
    def policies(self) -> list[Policy]:
        """In the order in which they are tried, with the ids that their conditions name."""
        rows = Policy.objects.select_related("calendar").prefetch_related("targets")
        return list(
            rows.annotate(
                channel_ids=_ids(Policy.channels.through, "channel_id"),
                category_ids=_ids(Policy.categories.through, "category_id"),
                tag_ids=_ids(Policy.customer_tags.through, "tag_id"),
                vendor_ids=_ids(Policy.vendors.through, "vendor_id"),
            ).order_by("is_default", "position", "key")
        )

    @cached_property
    def default_calendar(self) -> Calendar:
        return default_calendar()

    def policy(self, pk: int | None) -> Policy | None:
        return next((policy for policy in self.policies if policy.pk == pk), None)

    def policy_for(self, ticket: Ticket) -> Policy | None:
        return next((verdict.policy for verdict in self.verdicts(facts_of(ticket)) if verdict.fits), None)

    def verdicts(self, facts: Facts) -> list[Verdict]:
        """Every active policy in order, and what keeps it from holding."""
        active = (policy for policy in self.policies if policy.is_active)
        return [Verdict(policy, "" if policy.is_default else _unmet(policy, facts)) for policy in active]

    def calendar_of(self, policy: Policy) -> Calendar:
        return policy.calendar or self.default_calendar

    def timetable(self, calendar: Calendar) -> Timetable:
        if calendar.pk not in self._timetables:
            self._timetables[calendar.pk] = timetable_of(calendar)
        return self._timetables[calendar.pk]


def facts_of(ticket: Ticket) -> Facts:
    customer = ticket.customer
    return Facts(
        channel_id=ticket.channel_id,
        priority=ticket.priority,
        category_id=ticket.category_id,
        customer_level=customer.level if customer else "",
        customer_tags=_tags_of(customer),
        vendor_id=ticket.team.vendor_id if ticket.team else None,
    )


def _tags_of(customer: Customer | None) -> frozenset[int]:
    return frozenset(customer.tags.values_list("pk", flat=True)) if customer else frozenset()


def _ids(through: type[Model], column: str) -> ArraySubquery:
    return ArraySubquery(through._default_manager.filter(policy_id=OuterRef("pk")).values(column))


def _unmet(policy: Policy, facts: Facts) -> str:
    categories = {below for pk in policy.category_ids for below in vocabulary().descendants(pk)}  # type: ignore[attr-defined]
    asked: tuple[tuple[str, bool, bool], ...] = (
        (_("channel"), bool(policy.channel_ids), facts.channel_id in policy.channel_ids),  # type: ignore[attr-defined]
        (_("priority"), bool(policy.priorities), facts.priority in policy.priorities),
        (_("category"), bool(categories), facts.category_id in categories),
        (_("customer level"), bool(policy.customer_levels), facts.customer_level in policy.customer_levels),
        (_("tags of the customer"), bool(policy.tag_ids), bool(facts.customer_tags & set(policy.tag_ids))),  # type: ignore[attr-defined]
        (_("vendor"), bool(policy.vendor_ids), facts.vendor_id in policy.vendor_ids),  # type: ignore[attr-defined]
    )
    return next((name for name, is_asked, is_met in asked if is_asked and not is_met), "")


def targets_of(policy: Policy | None, priority: int) -> dict[Target, PolicyTarget]:
    """The row of the priority itself, else the one for all."""
    if policy is None:
        return {}
    rows = sorted(policy.targets.all(), key=lambda row: row.priority is not None)
    return {Target(row.target): row for row in rows if row.priority in (None, priority)}


def promises(policy: Policy, *, priority: int, at: datetime, book: Book) -> list[Promise]:
    """What would be due if everything that the policy promises began then."""
    timetable = book.timetable(book.calendar_of(policy))
    targets = targets_of(policy, priority)
    return [_promise(target, targets[target], policy, timetable, at) for target in Target if target in targets]


def _promise(target: Target, row: PolicyTarget, policy: Policy, timetable: Timetable, at: datetime) -> Promise:
    measure = Measure(row.measure)
    count = Count(timedelta(minutes=row.minutes), timetable if measure is Measure.WORKING else None, [at])
    shares = tuple((share, count.reaches(share)) for share in sorted(policy.warn_at))
    return Promise(target, row.minutes, measure, count.reaches(WHOLE), shares)
