"""What rules would dispose of, and whether anything is overdue. Looks only; names rows by their number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext_lazy as _

from apps.core.clock import now
from apps.core.evidence import Exact, Period, Section, register_section
from apps.privacy.models import RetentionRule, RetentionRun
from apps.privacy.retention import DataClass, class_of
from apps.privacy.services.retention import due_before, due_rows, held_among

GRACE: Final = timedelta(days=2)
"""What became due since may wait for the next two days' runs without being overdue."""
SAMPLES: Final = 5
MONTHS: Final = 12
HOLD_LIMIT: Final = 10_000
"""Of so many overdue rows it is looked whether a hold keeps them."""


@dataclass(frozen=True, slots=True)
class Month:
    """`share` is of the tallest bar, in percent."""

    month: datetime
    count: int
    share: int


@dataclass(frozen=True, slots=True)
class Outlook:
    rule: RetentionRule
    data_class: DataClass
    due: int
    oldest: datetime | None
    samples: Sequence[int]
    held: int
    overdue: int
    months: Sequence[Month]
    last: RetentionRun | None

    @property
    def clock(self) -> object:
        return self.data_class.clock(self.rule.clock).label


def outlook(rule: RetentionRule) -> Outlook | None:
    """A dry run of one rule, whether it is active or not. None where its class is not there any more."""
    found = class_of(rule.data_class)
    if found is None:
        return None
    rows, path = due_rows(rule, found, before=due_before(rule)), found.clock(rule.clock).path
    ids = list(rows.order_by(path, "pk").values_list("pk", flat=True)[:HOLD_LIMIT])
    oldest = rows.order_by(path).values_list(path, flat=True).first()
    return Outlook(
        rule=rule,
        data_class=found,
        due=rows.count(),
        oldest=oldest,
        samples=ids[:SAMPLES],
        held=len(held_among(found, ids)),
        overdue=overdue(rule, found) if rule.is_active else 0,
        months=_months(rule, found),
        last=rule.runs.order_by("-id").first(),
    )


def overdue(rule: RetentionRule, found: DataClass) -> int:
    """How many rows should be gone and are not, without those that a hold keeps."""
    late = due_rows(rule, found, before=due_before(rule) - GRACE)
    ids = list(late.order_by("pk").values_list("pk", flat=True)[:HOLD_LIMIT])
    return late.count() - len(held_among(found, ids))


def overdue_everywhere() -> dict[int, int]:
    """By active rule; for reports: all of them are 0 where the sweep runs."""
    pairs = [(rule, class_of(rule.data_class)) for rule in RetentionRule.objects.filter(is_active=True)]
    return {rule.pk: overdue(rule, found) for rule, found in pairs if found is not None}


def _months(rule: RetentionRule, found: DataClass) -> list[Month]:
    """What falls due in each of the next months; the first has all that is due by its end."""
    path, days = found.clock(rule.clock).path, timedelta(days=rule.days)
    first = now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    edges = [_later(first, number) for number in range(MONTHS + 1)]
    rows = due_rows(rule, found, before=edges[-1] - days).order_by()
    counts: dict[datetime, int] = dict.fromkeys(edges[:-1], 0)
    for row in rows.annotate(due_month=TruncMonth(path, tzinfo=UTC)).values("due_month").annotate(number=Count("pk")):
        # By months of the clock, shifted by the rule's days: to the month, as a picture needs it.
        falls = max((row["due_month"] + days).replace(day=1, hour=0, minute=0, second=0, microsecond=0), first)
        counts[min(falls, edges[-2])] = counts.get(min(falls, edges[-2]), 0) + row["number"]
    tallest = max(counts.values(), default=0) or 1
    return [Month(month, count, round(100 * count / tallest)) for month, count in sorted(counts.items())]


def _later(month: datetime, by: int) -> datetime:
    index = month.year * 12 + month.month - 1 + by
    return month.replace(year=index // 12, month=index % 12 + 1)


def _rows(period: Period) -> Iterator[tuple[object, ...]]:
    """Each rule with what is overdue by it, then the runs of the period."""
    late = overdue_everywhere()
    for rule in RetentionRule.objects.order_by("data_class", "id"):
        scope = " ".join(f"{name} {pk}" for name, pk in rule.scope.items())
        yield Exact(rule.data_class), rule.days, Exact(scope), rule.is_active, None, None, None, late.get(rule.pk, 0)
    runs = RetentionRun.objects.filter(started__gte=period.since, started__lt=period.until).order_by("id")
    for run in runs:
        yield Exact(run.data_class), run.days, "", None, run.started, run.disposed, run.held, run.failed


register_section(
    Section(
        "retention",
        _("Retention"),
        (
            _("data"), _("days"), _("only for"), _("active"), _("started"), _("disposed of"), _("kept by a hold"),
            _("overdue or failed"),
        ),
        _rows,
    )
)  # fmt: skip
