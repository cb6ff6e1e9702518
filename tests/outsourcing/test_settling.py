"""What is owed for a month, worked out by hand."""

from decimal import Decimal

import pytest

from apps.outsourcing.settling import (
    Attained,
    Step,
    hours_of,
    money,
    part_of_month,
    quantity_of,
    settle_up,
)

pytestmark = pytest.mark.unit

STEPS = (Step(90, percent=Decimal(2)), Step(85, percent=Decimal(5)), Step(80, fixed=Decimal(1000)))


@pytest.mark.parametrize(
    ("value", "rounded"),
    [("0.005", "0.01"), ("0.0049", "0.00"), ("2.675", "2.68"), ("1.005", "1.01"), ("1.015", "1.02")],
)
def test_halves_go_up(value: str, rounded: str):
    """As people round; by binary fractions 2.675 would have become 2.67."""
    assert money(Decimal(value)) == Decimal(rounded)


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [
        ("0", "6.50", "0.00"),  # nothing was done
        ("1", "0", "0.00"),
        ("120", "6.5000", "780.00"),
        ("3", "0.3350", "1.01"),  # 1.005
        ("7", "1.4350", "10.05"),  # 10.045
        ("160.25", "38.0000", "6089.50"),  # hours
        ("0.7097", "100000.0000", "70970.00"),  # 22 of 31 days
        ("99999.0000", "9999.9999", "999989990.00"),  # 99999 × 9999.9999 = 999,989,990.0001
    ],
)
def test_amount_is_quantity_by_price_to_the_cent(quantity: str, price: str, amount: str):
    owed = settle_up(Decimal(quantity), Decimal(price), [])
    assert (owed.amount, owed.deducted, owed.total) == (Decimal(amount), Decimal("0.00"), Decimal(amount))


@pytest.mark.parametrize(
    ("figure", "off"),
    [
        (None, "0.00"),  # nothing was measured, nothing is missed
        (95.0, "0.00"),
        (90.0, "0.00"),  # exactly at the limit
        (89.99, "20.00"),  # 2 %
        (85.0, "20.00"),
        (84.9, "50.00"),  # 5 %, and not 7
        (80.0, "50.00"),
        (79.9, "1000.00"),  # the fixed sum is the dearest
    ],
)
def test_of_steps_the_dearest_one_holds(figure: float | None, off: str):
    assert Attained(figure, True, STEPS).deduction(Decimal("1000.00"))[1] == Decimal(off)


def test_a_percentage_may_be_dearer_than_a_later_sum():
    step, off = Attained(70.0, True, STEPS).deduction(Decimal("100000.00"))
    assert (step, off) == (STEPS[1], Decimal("5000.00"))


@pytest.mark.parametrize(("figure", "off"), [(14_400.0, "0.00"), (14_400.5, "3.34")])
def test_at_most_is_missed_from_above(figure: float, off: str):
    """One per cent of 333.50 is 3.335."""
    steps = [Step(14_400, percent=Decimal(1))]
    assert Attained(figure, False, steps).deduction(Decimal("333.50"))[1] == Decimal(off)


@pytest.mark.parametrize(
    ("taken", "cap", "deducted", "is_capped"),
    [
        (["20.00", "30.00"], None, "50.00", False),
        (["20.00", "30.00"], 5, "50.00", False),  # exactly the cap
        (["20.00", "30.01"], 5, "50.00", True),
        (["900.00", "900.00"], None, "1000.00", True),  # never more than there is
        (["0.01"], 0, "0.00", True),
    ],
)
def test_deductions_end_at_the_cap(taken: list[str], cap: int | None, deducted: str, is_capped: bool):
    owed = settle_up(Decimal(100), Decimal(10), map(Decimal, taken), cap)
    assert (owed.amount, owed.deducted, owed.is_capped) == (Decimal("1000.00"), Decimal(deducted), is_capped)
    assert owed.total == owed.amount - owed.deducted


def test_quantities():
    assert quantity_of(None) == Decimal("0.0000")
    assert quantity_of(37) == Decimal("37.0000")
    assert hours_of(16_218) == Decimal("4.51")  # 4.505
    assert hours_of(None) == Decimal("0.00")
    assert part_of_month(22, 31) == Decimal("0.7097")
    assert part_of_month(28, 28) == Decimal("1.0000")
