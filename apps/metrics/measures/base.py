"""What a measure is, and the tables that measures are computed over.

A measure has one definition: which facts it counts, by which of their times a fact falls into a period, and what is
made of the counts. Screens, exports, contracts and alerts all ask here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Aggregate, F, Model, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils.functional import Promise

from apps.accounts.models import Team
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.models.expressions import any_of
from apps.metrics.enums import Unit
from apps.routing.querysets import of_people_known_to
from apps.sla.selectors import default_calendar

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

WHOLE: Final = ""
"""By nothing: one figure for all."""
DAY: Final = "day"
COLUMNS: Final[Mapping[str, str]] = {
    "queue": "queue_id",
    "channel": "channel_id",
    "kind": "kind",
    "category": "category_id",
    "brand": "channel__brand_id",
    "team": "team_id",
    "vendor": "vendor_id",
    "agent": "user_id",
    "target": "target",
}
WORK: Final = ("queue", "channel", "kind", "category", "brand", DAY)
"""What figures about work can be parted by."""
PEOPLE: Final = (*WORK, "vendor", "agent")
OF_PEOPLE: Final = frozenset({"vendor", "agent"})

Parts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` until just before `until`; a fact falls into exactly one of two that follow each other."""

    since: datetime
    until: datetime

    def holds(self, column: str) -> Q:
        return Q(**{f"{column}__gte": self.since, f"{column}__lt": self.until})

    def overlaps(self, start: str, end: str) -> Q:
        """What was going on at some moment of it; what has not ended goes on."""
        return Q(**{f"{start}__lt": self.until}) & (Q(**{f"{end}__gt": self.since}) | Q(**{f"{end}__isnull": True}))


@dataclass(frozen=True, slots=True)
class Among:
    """Which facts count beside those that the asker may see. What is empty narrows nothing. Work that nobody stands
    behind, such as waiting in a line, is not narrowed by people, but by what the line holds.
    """

    queue_ids: tuple[int, ...] | None = None
    channel_ids: tuple[int, ...] | None = None
    category_ids: tuple[int, ...] | None = None
    """Of work that nobody stands behind: what somebody did counts whatever it was filed under later."""
    vendor_id: int | None = None
    is_house: bool = False
    """Of the house's own people only."""
    user_id: int | None = None

    def condition(self, columns: Mapping[str, str], dimensions: Collection[str]) -> Q:
        wanted = {"queue": self.queue_ids, "channel": self.channel_ids}
        if "vendor" not in dimensions:
            wanted["category"] = self.category_ids
        found = Q()
        for name, ids in wanted.items():
            if ids is not None and name in dimensions:
                found &= any_of(columns[name], ids)
        return found & self._people(columns) if "vendor" in dimensions else found

    def _people(self, columns: Mapping[str, str]) -> Q:
        found = Q()
        if self.vendor_id is not None:
            found &= Q(**{columns["vendor"]: self.vendor_id})
        if self.is_house:
            found &= Q(**{f"{columns['vendor']}__isnull": True})
            if "agent" in columns:
                found &= Q(**{f"{columns['agent']}__isnull": False})
        if self.user_id is not None:
            found &= Q(**{columns["agent"]: self.user_id}) if "agent" in columns else Q(pk__in=[])
        return found


EVERYTHING: Final = Among()


class Table(Protocol):
    """Reads the parts that measures are made of: by queue, agent … or as a whole under ``None``."""

    @property
    def dimensions(self) -> tuple[str, ...]: ...

    def read(self, actor: Actor, period: Period, by: str, among: Among = EVERYTHING) -> Mapping[Any, Parts]: ...


@dataclass(frozen=True, kw_only=True)
class FactTable:
    """Counts facts in one statement. `column`: the time by which they fall into a period, and into days."""

    facts: type[Model]
    column: str
    parts: Callable[[Period], Mapping[str, Aggregate]]
    within: Callable[[Period], Q] | None = None
    """Where it takes more than one time to say what falls into the period."""
    prepared: Callable[[QuerySet[Any]], QuerySet[Any]] = lambda rows: rows
    dimensions: tuple[str, ...] = PEOPLE
    columns: Mapping[str, str] = field(default_factory=lambda: COLUMNS)
    person: str = "user"
    """The column of who did it: told by people or their companies, figures are of those only whom one may know. Empty
    where rows are of no person, and what one sees of them says it all.
    """
    scope: Callable[[Actor], Q] | None = None
    """What of the rows somebody counts, where it is other than what they see."""

    def read(self, actor: Actor, period: Period, by: str, among: Among = EVERYTHING) -> Mapping[Any, Parts]:
        rows = self.prepared(self._counted_by(actor)).filter(among.condition(self.columns, self.dimensions))
        rows = rows.filter(self.within(period) if self.within else period.holds(self.column))
        if by in OF_PEOPLE and self.person:
            rows = rows.filter(of_people_known_to(actor, self.person))
        if by == "team":
            rows = rows.filter(Q(team=None) | Q(team__in=Team.objects.visible_to(actor)))
        if by == WHOLE:
            return {None: rows.aggregate(**self.parts(period))}
        grouped = rows.annotate(by=self._by(by)).order_by().values("by").annotate(**self.parts(period))
        return {row.pop("by"): row for row in grouped}

    def _counted_by(self, actor: Actor) -> QuerySet[Any]:
        manager: Any = self.facts._default_manager
        rows: QuerySet[Any] = manager.filter(self.scope(actor)) if self.scope else manager.visible_to(actor)
        return rows

    def _by(self, by: str) -> Any:
        return TruncDate(self.column, tzinfo=business_zone()) if by == DAY else F(self.columns[by])


@dataclass(frozen=True, kw_only=True)
class Measure:
    """`section`: where the definition stands in docs/metrics.md. `value` is None where there is nothing to divide by."""

    key: str
    name: StrOrPromise
    meaning: StrOrPromise
    formula: StrOrPromise
    unit: Unit
    section: str
    table: Table
    value: Callable[[Parts], float | None]


_measures: dict[str, Measure] = {}


def register(*measures: Measure) -> None:
    for measure in measures:
        known = _measures.get(measure.key)
        if known is not None and known is not measure:
            raise ImproperlyConfigured(f"Two measures are named {measure.key!r}.")
        if not isinstance(measure.name, Promise):
            raise ImproperlyConfigured(f"The name of {measure.key!r} is not translated.")
        _measures[measure.key] = measure


def all_measures() -> Mapping[str, Measure]:
    return dict(_measures)


# --- What values are made with ------------------------------------------------------------------------------------------


def share(part: float | None, whole: float | None) -> float | None:
    return 100 * (part or 0) / whole if whole else None


def seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def number(name: str) -> Callable[[Parts], float | None]:
    return lambda parts: parts[name] or 0


# --- Periods ------------------------------------------------------------------------------------------------------------


def business_zone() -> ZoneInfo:
    """Days begin at midnight of the default calendar."""
    return ZoneInfo(default_calendar().time_zone)


def today() -> Period:
    """Since midnight, until a moment from now that nothing has reached yet."""
    moment = now()
    midnight = moment.astimezone(business_zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    return Period(midnight, moment + timedelta(minutes=1))


def last(duration: timedelta) -> Period:
    moment = now()
    return Period(moment - duration, moment + timedelta(minutes=1))
