"""Statements of what is owed for a month: drafted by the clock, sent by the house, answered by the vendor, closed by the house."""

from __future__ import annotations

import calendar
import zoneinfo
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import translation

from apps.core import audit
from apps.core.actor import SYSTEM, Actor
from apps.core.clock import now
from apps.core.errors import NotVisible, PermissionRefused
from apps.core.permissions import require
from apps.metrics.measures import Measure, Period, all_measures
from apps.metrics.words import figure_words
from apps.outsourcing.enums import Bound, PricedBy, StatementState
from apps.outsourcing.errors import NotInThisState, ReasonMissing
from apps.outsourcing.models import Contract, SlaTerm, Statement, StatementComment
from apps.outsourcing.querysets import MANAGE, sees_contracts, settles_for
from apps.outsourcing.selectors.periods import month_of
from apps.outsourcing.selectors.scorecards import values_of_terms, volumes_of
from apps.outsourcing.settling import Attained, Step, hours_of, part_of_month, quantity_of, settle_up

PAID: Final = {PricedBy.CONTACT: "contacts", PricedBy.RESOLVED: "resolved", PricedBy.HOUR: "signed_in_time"}
OPEN: Final = (StatementState.DRAFT, StatementState.SENT, StatementState.DISPUTED)


# --- Drafting ---------------------------------------------------------------------------------------------------------


def draft_last_month() -> int:
    """Of every contract that has a price and was in force in the month that is over, once."""
    made = 0
    for contract in Contract.objects.binding().filter(price__isnull=False).whole().order_by("pk"):
        month = last_month(contract)
        known = Statement.objects.filter(contract=contract, month=month).exists()
        if not known and month_of(contract, month) is not None:
            made += draft_statement(contract=contract, month=month, by=SYSTEM) is not None
    return made


def last_month(contract: Contract) -> date:
    """Its first day; the month ends by the contract's own clock."""
    today = now().astimezone(zoneinfo.ZoneInfo(contract.time_zone)).date()
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


@transaction.atomic
def draft_statement(*, contract: Contract, month: date, by: Actor, reason: str = "") -> Statement | None:
    """The first version, or another one in place of the one that is there, which needs a reason. None for a month in which
    the contract was not in force, or that is not over.
    """
    require(by, MANAGE)
    contract = Contract.objects.whole().select_for_update(of=("self",), no_key=True).get(pk=contract.pk)
    period = month_of(contract, month)
    if period is None or period.until > now() or contract.price is None:
        return None
    before = (
        Statement.objects.locked().filter(contract=contract, month=month.replace(day=1)).order_by("-version").first()
    )
    if before is not None:
        _replace(before, by, reason)
    row = _computed(contract, month.replace(day=1), period)
    row.version, row.reason, row.made_by = (before.version + 1 if before else 1), reason.strip(), by.user
    row.save(force_insert=True)
    audit.record("statement.drafted", by=by, subject=row, reason=row.reason, details=_key(row))
    return row


def _replace(row: Statement, by: Actor, reason: str) -> None:
    if row.state not in OPEN:
        raise NotInThisState(state=row.get_state_display())
    if not reason.strip():
        raise ReasonMissing
    row.state = StatementState.REPLACED
    row.save(update_fields=["state", "updated"])


def _computed(contract: Contract, month: date, period: Period) -> Statement:
    volumes = volumes_of(contract, period)
    quantity = _quantity(contract, month, period, volumes["total"])
    price = contract.price or Decimal(0)
    amount = settle_up(quantity, price, []).amount
    terms, taken = _terms(contract, period, amount)
    owed = settle_up(quantity, price, taken, contract.deduction_cap)
    return Statement(
        contract=contract,
        month=month,
        since=period.since,
        until=period.until,
        priced_by=contract.priced_by,
        price=price,
        currency=contract.currency,
        quantity=quantity,
        amount=owed.amount,
        deducted=owed.deducted,
        is_capped=owed.is_capped,
        total=owed.total,
        terms=terms,
        volumes=volumes["lines"],
    )


def _quantity(contract: Contract, month: date, period: Period, counted: dict[str, float | None]) -> Decimal:
    match contract.priced_by:
        case PricedBy.MONTH:
            zone = zoneinfo.ZoneInfo(contract.time_zone)
            days = (period.until.astimezone(zone).date() - period.since.astimezone(zone).date()).days
            return part_of_month(days, calendar.monthrange(month.year, month.month)[1])
        case PricedBy.HOUR:
            return hours_of(counted[PAID[PricedBy.HOUR]])
        case _:
            return quantity_of(counted[PAID[PricedBy(contract.priced_by)]])


def _terms(contract: Contract, period: Period, amount: Decimal) -> tuple[list[dict[str, Any]], list[Decimal]]:
    terms = [term for term in contract.terms.all() if term.measure in all_measures()]
    values = values_of_terms(contract, terms, period)
    found, taken = [], []
    for term in terms:
        steps = [Step(row.limit, row.percent, row.fixed) for row in contract.deductions.all() if row.term_id == term.pk]
        attained = Attained(values[term.pk], term.bound == Bound.AT_LEAST, steps)
        step, off = attained.deduction(amount)
        found.append(_frozen(term, attained, step, off))
        taken.append(off)
    return found, taken


def _frozen(term: SlaTerm, attained: Attained, step: Step | None, off: Decimal) -> dict[str, Any]:
    """With the words of that day, so that a definition that changes later changes nothing that was agreed."""
    measure = all_measures()[term.measure]
    return {
        "measure": term.measure,
        "name": _in_all(lambda: str(measure.name)),
        "formula": _in_all(lambda: str(measure.formula)),
        "unit": measure.unit.value,
        "channel": _channel(term),
        "bound": term.bound,
        "threshold": term.threshold,
        "figure": attained.figure,
        "is_met": term.is_met_by(attained.figure),
        "step": None if step is None else _step(step, measure),
        "deducted": str(off),
    }


def _channel(term: SlaTerm) -> dict[str, str] | None:
    channel = term.channel
    return None if channel is None else _in_all(lambda: str(channel.name))


def _step(step: Step, measure: Measure) -> dict[str, Any]:
    percent, fixed = step.percent, step.fixed
    return {
        "limit": step.limit,
        "words": figure_words(step.limit, measure.unit),
        "percent": None if percent is None else str(percent),
        "fixed": None if fixed is None else str(fixed),
    }


def _in_all(words: Any) -> dict[str, str]:
    found = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found[code] = words()
    return found


# --- What people decide -------------------------------------------------------------------------------------------------


@transaction.atomic
def send_statement(*, statement: Statement, by: Actor, text: str = "") -> Statement:
    """From here on the vendor sees it."""
    row = _of_house(statement, by, (StatementState.DRAFT, StatementState.DISPUTED))
    row.is_sent = True
    return _move(row, StatementState.SENT, "statement.sent", by, text)


@transaction.atomic
def close_statement(*, statement: Statement, by: Actor, text: str = "") -> Statement:
    """Nothing of it changes any more."""
    return _move(
        _of_house(statement, by, (StatementState.AGREED,)), StatementState.CLOSED, "statement.closed", by, text
    )


@transaction.atomic
def dispute_statement(*, statement: Statement, by: Actor, text: str) -> Statement:
    if not text.strip():
        raise ReasonMissing
    row = _of_vendor(statement, by, (StatementState.SENT,))
    return _move(row, StatementState.DISPUTED, "statement.disputed", by, text)


@transaction.atomic
def agree_to_statement(*, statement: Statement, by: Actor, text: str = "") -> Statement:
    row = _of_vendor(statement, by, (StatementState.SENT, StatementState.DISPUTED))
    return _move(row, StatementState.AGREED, "statement.agreed", by, text)


@transaction.atomic
def comment_on_statement(*, statement: Statement, by: Actor, text: str) -> Statement:
    """Either side, as long as it is not closed."""
    row = _locked(statement, by, (*OPEN, StatementState.AGREED))
    if not text.strip():
        raise ReasonMissing
    _say(row, by, text)
    return row


@transaction.atomic
def redraft_statement(*, statement: Statement, by: Actor, reason: str) -> Statement:
    """Computed anew by what is known today; the version before stays as it was."""
    row = _of_house(statement, by, OPEN)
    made = draft_statement(contract=row.contract, month=row.month, by=by, reason=reason)
    if made is None:
        raise NotInThisState(state=row.get_state_display())
    return made


def _of_house(statement: Statement, by: Actor, states: Collection[StatementState]) -> Statement:
    row = _locked(statement, by, states)
    if not sees_contracts(by):
        raise PermissionRefused
    return row


def _of_vendor(statement: Statement, by: Actor, states: Collection[StatementState]) -> Statement:
    """In the vendor's name only its own managers speak."""
    row = _locked(statement, by, states)
    if settles_for(by) != row.contract.vendor_id:
        raise PermissionRefused
    return row


def _locked(statement: Statement, by: Actor, states: Iterable[StatementState]) -> Statement:
    rows = Statement.objects.visible_to(by).locked().select_related("contract__vendor")
    row = rows.filter(pk=statement.pk).first()
    if row is None:
        raise NotVisible
    if row.state not in tuple(states):
        raise NotInThisState(state=row.get_state_display())
    return row


def _move(row: Statement, state: StatementState, action: str, by: Actor, text: str) -> Statement:
    row.state = state
    row.save(update_fields=["state", "is_sent", "updated"])
    if text.strip():
        _say(row, by, text)
    audit.record(action, by=by, subject=row, reason=text.strip()[:500], details=_key(row))
    return row


def _say(row: Statement, by: Actor, text: str) -> None:
    if by.user is None:
        raise PermissionRefused
    StatementComment.objects.create(statement=row, author=by.user, text=text.strip()[:2000], state=row.state)


def _key(row: Statement) -> dict[str, Any]:
    return {"contract": row.contract.number, "month": row.month.isoformat(), "version": row.version}
