"""Figures of measures for a period, as a whole or parted, of what the asker may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from apps.accounts.models import Brand, Team, User, Vendor
from apps.core.actor import Actor
from apps.metrics.errors import CannotPart, NoPeriod, NoSuchMeasure
from apps.metrics.measures import EVERYTHING, WHOLE, Among, Measure, Parts, Period, all_measures
from apps.sla.enums import Target
from apps.tickets.enums import WorkKind
from apps.tickets.selectors.vocabulary import vocabulary

LONGEST: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Figure:
    """`key` names what it is about: a queue's key, a user name, a day; empty for the whole, and for nobody."""

    key: str
    label: str
    value: float | None
    parts: Mapping[str, float | None]
    """What it is made of, so that figures can be put together again."""


@dataclass(frozen=True, slots=True)
class Told:
    measure: Measure
    figures: Sequence[Figure]


def figures(
    actor: Actor, keys: Iterable[str], period: Period, by: str = WHOLE, among: Among = EVERYTHING
) -> list[Told]:
    """In the order asked for. Measures made of the same facts are read once."""
    if not period.since < period.until <= period.since + LONGEST:
        raise NoPeriod(days=LONGEST.days)
    measures = [_measure(key, by) for key in keys]
    read: dict[int, Mapping[Any, Parts]] = {}
    for measure in measures:
        if id(measure.table) not in read:
            read[id(measure.table)] = measure.table.read(actor, period, by, among)
    names = _names(by, {value for rows in read.values() for value in rows})
    return [Told(measure, _figures(measure, read[id(measure.table)], names)) for measure in measures]


def _measure(key: str, by: str) -> Measure:
    measure = all_measures().get(key)
    if measure is None:
        raise NoSuchMeasure(key=key[:80])
    if by != WHOLE and by not in measure.table.dimensions:
        raise CannotPart(key=key, by=by[:80])
    return measure


def _figures(measure: Measure, rows: Mapping[Any, Parts], names: Mapping[Any, tuple[str, str]]) -> list[Figure]:
    found = [
        Figure(*names.get(value, ("", "")), measure.value(parts), {name: _plain(part) for name, part in parts.items()})
        for value, parts in rows.items()
    ]
    return sorted(found, key=lambda figure: (figure.label, figure.key))


def _plain(part: Any) -> float | None:
    return part.total_seconds() if isinstance(part, timedelta) else part


def _names(by: str, values: set[Any]) -> dict[Any, tuple[str, str]]:
    """Key and label of each. Only of what was counted, so nothing is named that the asker may not see."""
    words, found = vocabulary(), {value for value in values if value is not None}
    match by:
        case "queue":
            return {pk: (words.queues[pk].key, words.queue_label(pk)) for pk in found if pk in words.queues}
        case "channel":
            return {pk: (words.channels[pk].key, words.channel_label(pk)) for pk in found if pk in words.channels}
        case "category":
            known = words.categories
            return {pk: (known[pk].key, words.category_label(pk)) for pk in found if pk in known}
        case "brand":
            return {row.pk: (row.key, str(row.name)) for row in Brand.objects.filter(pk__in=found)}
        case "team":
            return {row.pk: (row.key, str(row.name)) for row in Team.objects.filter(pk__in=found)}
        case "vendor":
            return {row.pk: (row.key, str(row.name)) for row in Vendor.objects.filter(pk__in=found)}
        case "agent":
            return {row.pk: (row.username, str(row)) for row in User.objects.filter(pk__in=found)}
        case "kind":
            return {kind: (kind, str(WorkKind(kind).label)) for kind in found}
        case "target":
            return {target: (target, str(Target(target).label)) for target in found}
        case _:
            return {value: (value.isoformat(), value.isoformat()) for value in found}
