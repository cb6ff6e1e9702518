"""Rules of alerts as configuration. Every change stands in the audit trail, as those by the administration do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import models, transaction

from apps.alerts.checking import problems_of, settled
from apps.alerts.errors import RuleHasHistory
from apps.alerts.models import AlertRule
from apps.alerts.querysets import CONFIGURE
from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible
from apps.core.permissions import require

PLAIN: Final = (
    "key", "name", "is_active", "measure", "queue", "channel", "vendor", "comparison", "limit", "margin", "hold_seconds",
    "quiet_minutes", "calendar", "ways", "sender",
)  # fmt: skip
CHANGEABLE: Final = frozenset({*PLAIN, "people"})


@transaction.atomic
def create_rule(*, by: Actor, **values: Any) -> AlertRule:
    require(by, CONFIGURE)
    rule = AlertRule()
    _write(rule, {**_values(rule), **values})
    audit.record("alerts.alertrule.created", by=by, subject=rule, details=_told(_values(rule)))
    return rule


@transaction.atomic
def change_rule(*, rule: AlertRule, by: Actor, **changes: Any) -> AlertRule:
    """What the rule says as a whole must hold, so it is looked at whole, whichever part of it changes."""
    row = _locked(rule, by)
    before = _values(row)
    _write(row, {**before, **changes})
    old, new = _told(before), _told(_values(row))
    if changed := {name: [old[name], new[name]] for name in new if old[name] != new[name]}:
        audit.record("alerts.alertrule.changed", by=by, subject=row, details=changed)
    return row


@transaction.atomic
def delete_rule(*, rule: AlertRule, by: Actor) -> None:
    """Only one that never alerted: the history of alerts keeps the names of its rules. What only rises was never told."""
    row = _locked(rule, by)
    if row.alerts.fired().exists():
        raise RuleHasHistory
    row.alerts.all().delete()
    audit.record("alerts.alertrule.deleted", by=by, subject=row, details=_told(_values(row)))
    row.delete()


def _locked(rule: AlertRule, by: Actor) -> AlertRule:
    """While it is locked no watcher can store an alert of it."""
    require(by, CONFIGURE)
    row = AlertRule.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=rule.pk).first()
    if row is None:
        raise NotVisible
    return row


def _values(rule: AlertRule) -> dict[str, Any]:
    people = list(rule.people.order_by("pk")) if rule.pk else []
    return {**{name: getattr(rule, name) for name in PLAIN}, "people": people}


def _write(rule: AlertRule, values: Mapping[str, Any]) -> None:
    if unknown := set(values) - CHANGEABLE:
        raise TypeError(f"A rule has no {sorted(unknown)}")
    values = settled(values)
    problems = problems_of(values)
    for name in PLAIN:
        setattr(rule, name, values[name])
    try:
        rule.full_clean(validate_constraints=False)
    except ValidationError as error:
        problems = {**error.message_dict, **problems}
    if problems:
        raise InvalidInput(fields=problems)
    rule.save()
    rule.people.set(values["people"])


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return dict(value) if isinstance(value, Mapping) else value
