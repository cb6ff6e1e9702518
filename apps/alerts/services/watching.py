"""Compares the floor with the limits that managers set. One watcher at a time; whoever else comes finds nothing to do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Max

from apps.alerts.crossing import Course, Move, next_move
from apps.alerts.enums import MATTERS, AlertState, Cause, Step
from apps.alerts.matters import Place
from apps.alerts.measuring import readings
from apps.alerts.models import Alert, AlertRule
from apps.alerts.models.rule import LONGEST_QUIET
from apps.alerts.selectors import with_names
from apps.alerts.services.telling import Told, tell
from apps.core import clock
from apps.sla.selectors import timetable_of

Watched = tuple[int, Place]
"""Which rule, and what of."""

WRITTEN: Final = ("state", "figure", "since", "fired_at", "back_since", "cleared_at", "cause")
"""Acknowledging writes other columns, so that neither takes the other's back."""


@transaction.atomic
def watch() -> int:
    """One look; returns how many alerts were fired or are over. A crash before the commit leaves the look undone, and the
    next one finds the same.
    """
    rules = list(AlertRule.objects.active().select_related("calendar", "sender", "vendor"))
    if not (rules or Alert.objects.live().exists()) or not _is_only_watcher():
        return 0
    moment = clock.now()
    live = {_watched(row): row for row in with_names(Alert.objects.live()).select_related("rule__sender")}
    before, awake = _last_told(moment), _in_their_hours(rules, moment)
    told: list[Told] = []
    for rule, reading in readings(awake):
        watched = (rule.pk, reading.place)
        alert = live.pop(watched, None) or Alert(rule=rule, **reading.place._asdict())
        told += _follow(alert, reading.figure, before.get(watched), moment)
    causes = {rule.pk: Cause.CLOSED for rule in rules} | {rule.pk: _why_gone(rule) for rule in awake}
    for alert in live.values():
        told += _let_go(alert, causes.get(alert.rule_id, Cause.UNWATCHED), moment)
    tell(told, at=moment)
    return len(told)


def _is_only_watcher() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('alerts.watch'))")
        return bool(cursor.fetchone()[0])


def _watched(alert: Alert) -> Watched:
    return alert.rule_id, Place(*(getattr(alert, name) for name in Place._fields))


def _last_told(moment: datetime) -> dict[Watched, datetime]:
    """When each place was last told of, as far back as any rule is quiet."""
    since = moment - timedelta(minutes=LONGEST_QUIET)
    rows = Alert.objects.filter(fired_at__gte=since).order_by().values_list("rule_id", *Place._fields)
    return {(rule, Place(*place)): last for rule, *place, last in rows.annotate(last=Max("fired_at"))}


def _in_their_hours(rules: Iterable[AlertRule], moment: datetime) -> list[AlertRule]:
    calendars = {rule.calendar for rule in rules if rule.calendar is not None}
    is_open = {calendar.pk: timetable_of(calendar).is_open(moment) for calendar in calendars}
    return [rule for rule in rules if rule.calendar_id is None or is_open[rule.calendar_id]]


# --- One alert --------------------------------------------------------------------------------------------------------


def _follow(alert: Alert, figure: int | None, last_told: datetime | None, moment: datetime) -> list[Told]:
    """Moves it as far as this figure brings it: without a hold it rises and fires in one look."""
    told: list[Told] = []
    is_moved = False
    while move := next_move(alert.rule.limits, _course(alert, last_told), figure, moment):
        if move is Move.FALL:
            alert.delete()
            return []
        is_moved = True
        step = _apply(alert, move, moment)
        told += [Told(alert, step, figure)] if step else []
        if alert.state == AlertState.CLEARED:
            break
    if is_moved or (alert.pk and alert.figure != figure):
        alert.figure = figure
        alert.save(update_fields=WRITTEN if alert.pk else None)
    return told


def _course(alert: Alert, last_told: datetime | None) -> Course:
    is_told = alert.state == AlertState.OPEN
    return Course(alert.since, is_told, alert.back_since, None if is_told else last_told)


def _apply(alert: Alert, move: Move, moment: datetime) -> Step | None:
    match move:
        case Move.RISE:
            alert.since = moment
        case Move.FIRE:
            alert.state, alert.fired_at = AlertState.OPEN, moment
            return Step.FIRED
        case Move.TURN_BACK:
            alert.back_since = moment
        case Move.CROSS_AGAIN:
            alert.back_since = None
        case _:
            return _clear(alert, Cause.BACK, moment)
    return None


def _clear(alert: Alert, cause: Cause, moment: datetime) -> Step:
    alert.state, alert.cause, alert.cleared_at = AlertState.CLEARED, cause, moment
    return Step.CLEARED


def _why_gone(rule: AlertRule) -> Cause:
    """A matter that is not there any more is over; a queue or channel is always there, unless nobody watches it."""
    return Cause.BACK if rule.measure in MATTERS else Cause.UNWATCHED


def _let_go(alert: Alert, cause: Cause, moment: datetime) -> list[Told]:
    """Nobody watches it, or there is nothing to watch: its rule is off or at rest, its queue or channel is, or its matter is
    over.
    """
    if alert.state == AlertState.RISING:
        alert.delete()
        return []
    step = _clear(alert, cause, moment)
    alert.save(update_fields=WRITTEN)
    return [Told(alert, step, alert.figure)]
