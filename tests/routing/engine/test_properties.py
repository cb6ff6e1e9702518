"""What holds on every floor, whatever happens on it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.routing.engine.conditions import route
from apps.routing.engine.eligibility import mismatch
from apps.routing.engine.floor import Floor
from apps.routing.engine.placement import limits_of, place
from apps.routing.engine.shares import whose_turn
from apps.routing.engine.types import (
    Agent,
    Decision,
    Hybrid,
    OverflowChange,
    OverflowStep,
    Party,
    QueueRule,
    Share,
    Strategy,
    Work,
    WorkKind,
    team,
    vendor,
)
from tests.routing.engine.floors import NOON

pytestmark = pytest.mark.unit

SKILLS, LANGUAGES = st.sampled_from(["billing", "tech"]), st.sampled_from(["zh", "en"])
KINDS = st.sampled_from([WorkKind.CHAT, WorkKind.CALL])
NEEDS = st.dictionaries(SKILLS, st.integers(1, 4), max_size=2)
SECONDS = st.integers(0, 100).map(float)

AGENTS = st.builds(
    Agent,
    id=st.integers(1, 6),
    queues=st.frozensets(st.integers(1, 2), min_size=1),
    sees=st.sampled_from([None, None, frozenset([1]), frozenset([2])]),
    teams=st.frozensets(st.integers(1, 2)),
    vendor=st.sampled_from([None, None, 70, 71]),
    is_senior=st.booleans(),
    is_available=st.sampled_from([True, True, True, False]),
    skills=NEEDS,
    languages=st.frozensets(LANGUAGES, min_size=1),
    channels=st.sampled_from([None, None, frozenset([1])]),
    weights=st.fixed_dictionaries({WorkKind.CHAT: st.sampled_from([33, 50])}, optional={WorkKind.CALL: st.just(100)}),
    load=st.dictionaries(KINDS, st.integers(0, 1), max_size=1),
    idle_since=SECONDS.map(lambda seconds: NOON - seconds),
    is_asked=st.sampled_from([False, False, False, True]),
    came_at=st.sampled_from([0.0, NOON - 20]),
)
WORKS = st.builds(
    Work,
    id=st.integers(1, 12),
    kind=KINDS,
    queue=st.integers(1, 2),
    entered=SECONDS.map(lambda seconds: NOON - seconds),
    priority=st.sampled_from([10, 20, 40]),
    customer_value=st.sampled_from([0, 90]),
    language=st.sampled_from(["", "zh", "en"]),
    channel=st.sampled_from([1, 2]),
    needs=NEEDS,
    last_agent=st.sampled_from([None, 1, 2]),
    last_agent_at=st.just(NOON - 500),
    declined_by=st.frozensets(st.integers(1, 4), max_size=2),
    declined_at=SECONDS.map(lambda seconds: NOON - seconds),
    missed_by=st.dictionaries(st.integers(1, 4), SECONDS.map(lambda seconds: NOON - seconds), max_size=2),
    failed_vendor_attempts=st.sampled_from([0, 0, 3]),
)
SHARES = (Share(vendor(70), 30), Share(vendor(71), 30), Share(team(1), 40))
RULES = st.builds(
    QueueRule,
    queue=st.integers(1, 2),
    strategy=st.sampled_from([s for s in Strategy if s is not Strategy.PERCENTAGE_SPLIT]),
    growth_per_minute=st.sampled_from([0.0, 1.0, 10.0]),
    overflow=st.sampled_from(
        [
            (),
            (OverflowStep(20, OverflowChange.LOWER_SKILL), OverflowStep(60, OverflowChange.DROP_SKILL)),
            (OverflowStep(30, OverflowChange.ADD_QUEUE, target=2), OverflowStep(110, OverflowChange.ANY_SIDE)),
        ]
    ),
    hybrid=st.sampled_from([None, Hybrid(senior_from=80, overload_percent=60, overload_wait=90)]),
)
STEPS = st.lists(
    st.one_of(
        AGENTS,
        AGENTS,
        WORKS,
        WORKS,
        RULES,
        st.tuples(st.sampled_from(["leaves", "gives up"]), st.integers(1, 12)),
        st.integers(1, 60),  # seconds pass
    ),
    min_size=1,
    max_size=15,
)
OFTEN = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Story:
    """Plays the steps on one floor, and keeps what is needed to build another from nothing."""

    def __init__(self) -> None:
        self.floor, self.now = Floor(), NOON
        self.rules: dict[int, QueueRule] = {}
        self.agents: dict[int, Agent] = {}

    def take(self, step: Any) -> None:
        match step:
            case Agent():
                self.agents[step.id] = step
                self.floor.put_agent(step)
            case Work():
                self.floor.put_work(step)
            case QueueRule():
                self.rules[step.queue] = step
                self.floor.set_rule(step)
            case ("leaves", int(pk)):
                self.agents.pop(pk, None)
                self.floor.remove_agent(pk)
            case (_, int(pk)):
                self.floor.remove_work(pk)
            case seconds:
                self.now += seconds

    def anew(self) -> Floor:
        """A floor that knows nothing of what was looked at before."""
        made = Floor(self.rules.values())
        for work in reversed(self.floor.waiting()):
            made.put_work(work)
        for pk in self.agents:
            made.put_agent(self.floor.agent(pk))
        return made

    def decide(self) -> list[Decision]:
        decisions = self.floor.decide(self.now)
        for decision in decisions:
            self.agents[decision.agent] = self.floor.agent(decision.agent)
        return decisions


@OFTEN
@given(STEPS)
def test_a_floor_that_lived_decides_like_one_built_anew(steps: list[Any]) -> None:
    story = Story()
    for step in steps:
        story.take(step)
        expected = story.anew().decide(story.now)
        assert story.decide() == expected
        assert story.floor.decide(story.now) == []


@OFTEN
@given(STEPS)
def test_nobody_is_given_what_they_cannot_take_and_nothing_is_given_twice(steps: list[Any]) -> None:
    story = Story()
    for step in steps:
        story.take(step)
        works = {work.id: work for work in story.floor.waiting()}
        before = dict(story.agents)
        given_now = Counter[int]()
        for decision in story.decide():
            work, agent = works.pop(decision.work), before[decision.agent]
            _assert_allowed(story, work, agent)
            assert not agent.is_asked
            given_now[agent.id] += agent.weights[work.kind]
            assert agent.used + given_now[agent.id] <= agent.capacity
            assert story.floor.agent(agent.id).used <= agent.capacity
        assert works == {work.id: work for work in story.floor.waiting()}


def _assert_allowed(story: Story, work: Work, agent: Agent) -> None:
    """Only what an overflow step or overloaded vendors allow differs from what the work needs."""
    rule = story.rules.get(work.queue, QueueRule(work.queue))
    profile = place(route(work, ()), rule, None, [limits_of(agent)], story.now).profile
    assert agent.is_available
    assert mismatch(agent, profile) is None or (profile.spills and mismatch(agent, profile.spilled()) is None)
    if not rule.overflow:
        assert all(agent.skills.get(skill, 0) >= level for skill, level in work.needs.items())
        assert work.language in ("", *agent.languages)
    if not work.declined_by.isdisjoint([agent.id]):
        assert story.now - work.declined_at >= rule.declined_again_seconds
    if agent.came_at <= (missed_at := work.missed_by.get(agent.id, 0.0)):
        assert story.now - missed_at >= rule.asks_again_after(work.kind)


@OFTEN
@given(STEPS)
def test_the_dry_run_of_work_that_waits_finds_nobody_and_names_everybody(steps: list[Any]) -> None:
    story = Story()
    for step in steps:
        story.take(step)
    story.decide()
    for work in story.floor.waiting():
        forecast = story.floor.explain(work, story.now)
        assert forecast.agent is None
        assert [other.agent for other in forecast.others] == sorted(story.agents)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=5).filter(any), st.integers(1, 200))
def test_no_party_is_a_whole_piece_ahead_of_its_share(percents: list[int], pieces: int) -> None:
    shares = [Share(vendor(number), percent) for number, percent in enumerate(percents)]
    given_to: dict[Party, int] = {}
    for total in range(1, pieces + 1):
        turn = whose_turn(shares, given_to)
        assert turn is not None
        given_to[turn] = given_to.get(turn, 0) + 1
        for share in shares:
            assert given_to.get(share.party, 0) * sum(percents) < share.percent * total + sum(percents)
    assert sum(given_to.values()) == pieces


@OFTEN
@given(st.lists(AGENTS, max_size=6, unique_by=lambda agent: agent.id), st.lists(WORKS, max_size=8))
def test_a_split_never_leaves_shares_unless_it_says_so(people: list[Agent], works: list[Work]) -> None:
    """Also: a floor told of each turn decides like the one that dealt them."""
    rules = [QueueRule(queue, Strategy.PERCENTAGE_SPLIT, shares=SHARES) for queue in (1, 2)]
    first, again = Floor(rules), Floor(rules)
    for agent in people:
        first.put_agent(agent)
        again.put_agent(agent)
    for work in works:
        first.put_work(replace(work, entered=NOON))
    decisions = first.decide(NOON)
    left = first.waiting()
    for work in left:
        again.put_work(replace(work, turn=first.turn_of(work.id)))
    for agent in people:
        again.put_agent(first.agent(agent.id))

    assert all(decision.explanation[0].code == "turn" for decision in decisions)
    assert again.decide(NOON) == []
