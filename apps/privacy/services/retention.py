"""Carrying retention rules out: in small batches, once a day for each rule, resumable, beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q, QuerySet

from apps.core import audit
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.errors import AppError
from apps.core.sweeps import sweep
from apps.privacy import holds
from apps.privacy.models import RetentionRule, RetentionRun
from apps.privacy.retention import DataClass, class_of

logger = structlog.get_logger(__name__)

BATCH: Final = 200
EVERY: Final = timedelta(hours=20)
"""So that each rule has its turn on every day, also when one day's began late."""


# What is due


def due_rows(rule: RetentionRule, found: DataClass, *, before: datetime) -> QuerySet[Any]:
    """What the rule covers and no narrower one does, from before that moment. Holds are not looked at."""
    clock = found.clock(rule.clock)
    rows = found.rows().filter(**{f"{clock.path}__lt": before}).filter(_in_scope(rule, found))
    for other in narrower(rule):
        rows = rows.exclude(_in_scope(other, found))
    return rows


def _in_scope(rule: RetentionRule, found: DataClass) -> Q:
    paths = {found.paths[name]: pk for name, pk in rule.scope.items() if name in found.paths}
    return Q(**paths)


def narrower(rule: RetentionRule) -> list[RetentionRule]:
    """Active rules of the same class that say more than this one about where they hold."""
    others = RetentionRule.objects.filter(data_class=rule.data_class, is_active=True).exclude(pk=rule.pk)
    return [other for other in others if len(other.scope) > len(rule.scope)]


def due_before(rule: RetentionRule) -> datetime:
    return now() - timedelta(days=rule.days)


def held_among(found: DataClass, ids: Sequence[int]) -> set[int]:
    """Those of the class's rows that a legal hold keeps, itself or by what they hang on."""
    label, path = found.kept_with
    rows = found.rows()
    if not label:
        return holds.held(rows.model._meta.label_lower, ids)
    owners = dict(rows.filter(pk__in=ids).values_list("pk", path))
    kept = holds.held(label, {owner for owner in owners.values() if owner is not None})
    return {pk for pk, owner in owners.items() if owner in kept}


# Carrying out


@sweep("privacy.retention", queue="bulk", every=600.0)
def carry_out() -> int:
    """One batch of one rule; returns how many rows it looked at, or 1 for a run that came to its end."""
    _begin_runs()
    with transaction.atomic():
        run = _claim()
        return 0 if run is None else _batch(run)


def _begin_runs() -> None:
    """Of any number of workers one begins the day's run of a rule."""
    lately = RetentionRun.objects.filter(started__gt=now() - EVERY).values("rule")
    rules = RetentionRule.objects.filter(is_active=True).exclude(pk__in=lately.exclude(rule=None))
    for rule in rules.order_by("pk"):
        if class_of(rule.data_class) is not None and not rule.runs.filter(finished=None).exists():
            _begin(rule)


def _begin(rule: RetentionRule) -> None:
    try:
        with transaction.atomic():
            RetentionRun.objects.create(
                rule=rule, data_class=rule.data_class, days=rule.days, started=now(), before=due_before(rule)
            )
    except IntegrityError:
        logger.info("retention.begun_elsewhere", rule_id=rule.pk)


def _claim() -> RetentionRun | None:
    """An unfinished run that nobody works on; one of a rule that was switched off ends where it is."""
    runs = RetentionRun.objects.filter(finished=None, rule__is_active=True).order_by("id")
    run = runs.select_for_update(of=("self",), skip_locked=True).first()
    RetentionRun.objects.filter(finished=None).exclude(rule__is_active=True).update(finished=now())
    return run


def _batch(run: RetentionRun) -> int:
    found = class_of(run.data_class)
    if found is None or run.rule is None:
        return _finish(run)
    rows = due_rows(run.rule, found, before=run.before).filter(pk__gt=run.after).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:BATCH])
    if not ids:
        return _finish(run)
    kept = held_among(found, ids)
    _dispose(run, found, [pk for pk in ids if pk not in kept])
    run.held += len(kept)
    run.after = ids[-1]
    run.save(update_fields=["disposed", "held", "failed", "last_error", "after"])
    return len(ids)


def _dispose(run: RetentionRun, found: DataClass, ids: list[int]) -> None:
    """All at once; where one of them resists, one by one, so that it holds up no other."""
    if not ids or _try(run, found, ids):
        return
    for pk in ids:
        if not _try(run, found, [pk]):
            run.failed += 1


def _try(run: RetentionRun, found: DataClass, ids: list[int]) -> bool:
    try:
        with transaction.atomic():
            found.dispose(ids)
    except (DatabaseError, AppError) as error:
        run.last_error = f"{type(error).__name__} at {found.key} {ids[0]}"
        logger.warning("retention.failed", data_class=found.key, first=ids[0], error=type(error).__name__)
        return False
    run.disposed += len(ids)
    return True


def _finish(run: RetentionRun) -> int:
    """The trail has the sums: the rows themselves are gone."""
    run.finished = now()
    run.save(update_fields=["finished"])
    if run.disposed or run.held or run.failed:
        details = {"data": run.data_class, "days": run.days, "before": run.before.isoformat()}
        counts = {"disposed": run.disposed, "held": run.held, "failed": run.failed}
        audit.record("privacy.retention.done", by=SYSTEM, subject=run, details={**details, **counts})
    return 1
