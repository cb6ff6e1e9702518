"""Simulated days: the same seed is the same day, nothing is lost, and the engine spares transfers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.routing.engine.types import QueueRule, WorkKind
from apps.routing.simulation.chance import contacts_of, workers_of
from apps.routing.simulation.comparison import compare, engine, fewest, naive, reached
from apps.routing.simulation.day import play
from apps.routing.simulation.measures import gini, measure, pooled
from apps.routing.simulation.plan import HYBRID, People, Plan, Stream, UnreadablePlan, read_plan
from apps.routing.simulation.routers import EngineRouter, NaiveRouter

pytestmark = pytest.mark.unit

CALLS = Stream("calls", WorkKind.CALL, 1, {9: 60.0}, handle=120, handle_spread=1.0, patience=60, needs={"orders": 1})
ENGLISH = replace(CALLS, name="English", per_hour={9: 12.0}, language="en")
CLERKS = People("clerks", 3, frozenset([1]), {WorkKind.CALL: 100}, (9.0, 10.0), skills={"orders": 1})
ENGLISH_CLERK = replace(CLERKS, name="bilingual", count=1, languages=frozenset(["en"]))
SMALL = Plan("small", (CALLS, ENGLISH), (CLERKS, ENGLISH_CLERK), (QueueRule(1),))


def test_the_same_seed_is_the_same_day_and_another_is_another() -> None:
    assert measure(SMALL, play(SMALL, EngineRouter(SMALL), 1)) == measure(SMALL, play(SMALL, EngineRouter(SMALL), 1))
    assert contacts_of(SMALL, 1) != contacts_of(SMALL, 2)


def test_each_way_of_routing_meets_the_same_customers_and_loses_none() -> None:
    for router in (EngineRouter(SMALL), NaiveRouter(1)):
        day = play(SMALL, router, 1)

        assert [outcome.contact for outcome in day.outcomes] == contacts_of(SMALL, 1)
        assert all((outcome.left_at is None) == outcome.helped for outcome in day.outcomes)
        assert all(hours.holds == 0 and 0 <= hours.busy <= hours.available for hours in day.hours.values())


def test_the_engine_transfers_nobody_where_naive_routing_guesses() -> None:
    skilled, guessed = reached(SMALL, engine, [1, 2]), reached(SMALL, naive, [1, 2])

    assert skilled.transfer_rate == 0 < guessed.transfer_rate
    assert skilled.help_rate == skilled.answer_rate
    assert guessed.help_rate < guessed.answer_rate  # whom the wrong person answered, and who then left


def test_a_floor_of_one_kind_comes_near_to_erlang_a() -> None:
    """Exponential times and one skill are what the formula assumes; eight hours, so that the first hour weighs little."""
    hours = dict.fromkeys(range(9, 17), 100.0)
    plan = Plan(
        "pool",
        (replace(CALLS, per_hour=hours),),
        (replace(CLERKS, count=4, shift=(9.0, 17.0)),),
        (QueueRule(1),),
        accept=0.0,
        short_abandon=0.0,
    )

    played, expected = reached(plan, engine, [1, 2, 3]), pooled(plan)

    assert played.answer_rate == pytest.approx(expected.answer_rate, abs=0.03)
    assert played.mean_wait == pytest.approx(expected.mean_wait, rel=0.25)
    assert played.occupancy == pytest.approx(expected.occupancy, abs=0.03)


def test_shifts_pauses_and_absences_are_kept() -> None:
    resting = replace(CLERKS, shift=(9.0, 18.0), pause=(12.0, 13.0), count=1)
    plan = replace(SMALL, people=(resting,), streams=(replace(CALLS, per_hour={12: 30.0}),))

    day = play(plan, EngineRouter(plan), 1)

    assert workers_of(plan, 1)[0].spans == ((9 * 3600, 12 * 3600), (13 * 3600, 18 * 3600))
    assert day.hours[1].available == 8 * 3600
    assert all(outcome.left_at is not None or outcome.accepted_at >= 13 * 3600 for outcome in day.outcomes)
    assert workers_of(replace(plan, people=(replace(resting, absence=1.0),)), 1) == []


def test_who_works_over_is_counted_as_there() -> None:
    late = Plan("late", (replace(CALLS, per_hour={9: 200.0}, handle=1_800),), (CLERKS,), (QueueRule(1),))

    hours = play(late, EngineRouter(late), 1).hours

    assert all(one.busy <= one.available for one in hours.values())
    assert any(one.available > 3_600 for one in hours.values())


def test_the_measures_are_worked_by_hand() -> None:
    assert gini([0.5, 0.5, 0.5]) == pytest.approx(0)
    assert gini([0, 0, 1]) == pytest.approx(2 / 3)
    assert gini([]) == 0


def test_headcounts_keep_the_floors_proportions() -> None:
    plan = read_plan(HYBRID)
    halved = plan.with_headcount(plan.headcount // 2)

    assert halved.headcount == plan.headcount // 2
    assert all(abs(small.count - group.count / 2) <= 1 for small, group in zip(halved.people, plan.people, strict=True))
    assert Counter(group.vendor for group in plan.people)[1] > 0


def test_the_fewest_people_are_found() -> None:
    plan = replace(SMALL, streams=(CALLS,), people=(replace(CLERKS, count=2),))
    enough = fewest(plan, engine, [1])

    assert compare(plan.with_headcount(enough), [1]).engine.help_rate >= 0.92
    assert compare(plan.with_headcount(enough - 1), [1]).engine.help_rate < 0.92


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = ", "Invalid value"),
        ("[[streams]]\nname = 'x'", "per_hour"),
        ("name = 'x'\n[[rules]]\nqueue = 1\nmanner = 'x'", "manner"),
        ("name = 'x'\n[[rules]]\nqueue = 1\nstrategy = 'by dice'", "by dice"),
        ("name = 'x'\ncolour = 'red'", "colour"),
        ("name = 'x'\n[[people]]\nshift = ['nine', 'ten']\nweights = {}", "'ni'"),
    ],
    ids=["no TOML", "missing", "misspelt", "unknown strategy", "unknown", "no time"],
)
def test_a_file_that_is_no_floor_is_refused_by_its_place(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "floor.toml"
    path.write_text(text, "utf-8")

    with pytest.raises(UnreadablePlan, match=says):
        read_plan(path)


SMALL_FILE = """
name = "small"
[[streams]]
name = "calls"
kind = "call"
queue = 1
handle = 120
patience = 60
per_hour = { 9 = 30 }
[[people]]
name = "clerks"
count = 3
queues = [1]
weights = { call = 100 }
shift = ["09:00", "10:00"]
[[rules]]
queue = 1
strategy = "percentage_split"
shares = [{ party = "in_house", percent = 100 }]
overflow = [{ after = 20, change = "drop_skill" }]
"""


def test_the_command_prints_a_table_and_draws_a_picture(tmp_path: Path) -> None:
    plan, chart, out = tmp_path / "floor.toml", tmp_path / "chart.svg", StringIO()
    plan.write_text(SMALL_FILE, "utf-8")

    call_command("simulate-floor", plan, days=1, fewest=True, chart=chart, language="en", stdout=out)

    assert "3 people, " in out.getvalue()
    assert "Answer rate" in out.getvalue()
    assert "Needed for the targets: " in out.getvalue()
    assert chart.read_text("utf-8").startswith("<svg ")
    assert chart.read_text("utf-8").count("<polyline") == 2 * 3 + 3  # lines of both panels, and the legend's


def test_the_command_refuses_what_it_cannot_play(tmp_path: Path) -> None:
    for given in ({"plan": tmp_path / "none.toml"}, {"plan": HYBRID, "days": 0}, {"plan": HYBRID, "people": 0}):
        with pytest.raises(CommandError):
            call_command("simulate-floor", *[given.pop("plan")], **given)
