"""Erlang A against published figures."""

import pytest

from apps.routing.simulation.erlang import erlang_a

pytestmark = pytest.mark.unit


def test_the_example_of_garnett_mandelbaum_and_reiman() -> None:
    """48 calls a minute of a minute each, 50 agents, two minutes of patience.

    Source: Designing a call center with impatient customers, Manufacturing & Service Operations Management 4, 2002, table 1.
    """
    found = erlang_a(per_second=48 / 60, service=60, patience=120, people=50)

    assert round(100 * found.abandoned, 1) == 3.1
    assert round(found.mean_wait, 1) == 3.7
    assert round(found.queue_length) == 3
    assert round(100 * found.occupancy) == 93


def test_with_endless_patience_it_is_erlang_c() -> None:
    found = erlang_a(per_second=48 / 60, service=60, patience=1e9, people=50)

    assert round(found.mean_wait, 1) == 20.8  # the same table, M/M/N
    assert found.mean_wait_of_served == pytest.approx(found.mean_wait, rel=1e-3)


@pytest.mark.parametrize(("people", "load"), [(1, 0.5), (3, 9.0), (40, 38.0), (400, 500.0)])
def test_who_arrives_is_served_or_leaves(people: int, load: float) -> None:
    found = erlang_a(per_second=load / 300, service=300, patience=90, people=people)

    assert found.occupancy * people == pytest.approx(load * (1 - found.abandoned))
    assert found.mean_wait == pytest.approx(found.abandoned * 90)


def test_a_floor_without_people_loses_everybody_and_one_without_customers_nobody() -> None:
    assert erlang_a(per_second=1, service=60, patience=30, people=0).abandoned == 1
    assert erlang_a(per_second=0, service=60, patience=30, people=3).abandoned == 0
