"""Who sits ready for a line: the same people in the same order as if all had been ranked anew for each piece of work."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.routing.engine.bench import Bench
from apps.routing.engine.choosing import RUNNERS_UP, Case, ranked
from apps.routing.engine.conditions import route
from apps.routing.engine.learned import Experience
from apps.routing.engine.placement import place
from apps.routing.engine.types import Agent, QueueRule, Strategy, Work, WorkKind
from tests.routing.engine.floors import NOON, SUPPORT, agent, work

pytestmark = pytest.mark.unit

PEOPLE = st.lists(
    st.builds(
        lambda skills, calls, idle: (skills, calls, idle),
        st.dictionaries(st.sampled_from(["billing", "tech"]), st.integers(1, 4)),
        st.integers(0, 1),
        st.integers(0, 9),
    ),
    max_size=6,
)
NEEDS = st.dictionaries(st.sampled_from(["billing", "tech"]), st.integers(1, 2))


def case_of(piece: Work, rule: QueueRule) -> Case:
    routed = route(piece, ())
    return Case(routed, rule, place(routed, rule, None, (), NOON), Experience({}), NOON)


@settings(max_examples=60, deadline=None)
@given(PEOPLE, st.lists(NEEDS, max_size=12), st.sampled_from(list(Strategy)))
def test_a_bench_gives_who_would_rank_first_however_full_they_grow(people, needs, strategy) -> None:
    crew: dict[int, Agent] = {
        pk: agent(pk, skills=skills, load={WorkKind.CALL: calls}, idle_since=NOON - idle, capacity=100)
        for pk, (skills, calls, idle) in enumerate(people)
    }

    def ready(pk: int) -> Agent | None:
        return crew[pk] if crew[pk].has_room(WorkKind.CHAT) else None

    bench = Bench(crew, ready)
    for number, each in enumerate(needs):
        case = case_of(work(number, needs=each), QueueRule(SUPPORT, strategy))
        expected = ranked(case, [one for pk in crew if (one := ready(pk))], 1 + RUNNERS_UP)

        assert bench.is_empty() == (not expected)
        assert bench.best(case, 1 + RUNNERS_UP) == expected
        if expected:
            winner = expected[0]
            load = {**winner.load, WorkKind.CHAT: winner.load.get(WorkKind.CHAT, 0) + 1}
            crew[winner.id] = replace(winner, load=load, idle_since=NOON, last_given_at=NOON)
