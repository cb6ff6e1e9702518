"""What is owed for a month, as arithmetic. No database, no clock. Money is rounded to cents, halves up, once where it arises:
the amount, and each deduction; the total is their difference and is not rounded again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

CENT: Final = Decimal("0.01")
FINE: Final = Decimal("0.0001")
"""Of quantities: parts of a month, of an hour."""
WHOLE: Final = Decimal(100)
NOTHING: Final = Decimal("0.00")
HOUR: Final = 3600


def money(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def quantity_of(count: float | None) -> Decimal:
    return Decimal(str(count or 0)).quantize(FINE, ROUND_HALF_UP)


def hours_of(seconds: float | None) -> Decimal:
    """Hours to the hundredth: what can be checked against a list of times."""
    return (Decimal(str(seconds or 0)) / HOUR).quantize(CENT, ROUND_HALF_UP)


def part_of_month(days_in_force: int, days_of_month: int) -> Decimal:
    return (Decimal(days_in_force) / days_of_month).quantize(FINE, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Step:
    """Worse than `limit`, so much of the amount is taken off, or a fixed sum."""

    limit: float
    percent: Decimal | None = None
    fixed: Decimal | None = None

    def is_crossed_by(self, figure: float, *, is_at_least: bool) -> bool:
        return figure < self.limit if is_at_least else figure > self.limit

    def takes_off(self, amount: Decimal) -> Decimal:
        return money(amount * (self.percent or Decimal(0)) / WHOLE) + money(self.fixed or Decimal(0))


@dataclass(frozen=True, slots=True)
class Attained:
    """A term's figure of the month, and what it costs to miss it."""

    figure: float | None
    is_at_least: bool
    steps: Sequence[Step]

    def deduction(self, amount: Decimal) -> tuple[Step | None, Decimal]:
        """Of the steps that were crossed the dearest one holds; they are not added up. Without a figure there is none."""
        if self.figure is None:
            return None, NOTHING
        crossed = [step for step in self.steps if step.is_crossed_by(self.figure, is_at_least=self.is_at_least)]
        if not crossed:
            return None, NOTHING
        dearest = max(crossed, key=lambda step: step.takes_off(amount))
        return dearest, dearest.takes_off(amount)


@dataclass(frozen=True, slots=True)
class Sum:
    amount: Decimal
    deducted: Decimal
    is_capped: bool

    @property
    def total(self) -> Decimal:
        return self.amount - self.deducted


def settle_up(quantity: Decimal, price: Decimal, deductions: Iterable[Decimal], cap_percent: int | None = None) -> Sum:
    """Never more is taken off than the cap says, nor than there is."""
    amount = money(quantity * price)
    wanted = sum(deductions, NOTHING)
    most = amount if cap_percent is None else min(amount, money(amount * cap_percent / WHOLE))
    return Sum(amount=amount, deducted=min(wanted, most), is_capped=wanted > most)
