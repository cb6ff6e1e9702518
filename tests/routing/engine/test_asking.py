"""Where a decision is an offer, somebody who has one to answer is asked nothing else."""

from __future__ import annotations

import pytest

from apps.routing.engine.types import QueueRule, Share, Strategy, WorkKind, team
from tests.routing.engine.floors import NOON, SUPPORT, agent, floor, pairs, work

pytestmark = pytest.mark.unit


def test_one_offer_at_a_time_and_the_next_after_the_answer() -> None:
    made = floor(agent(1), work(1), work(2), asks_one_at_a_time=True)
    assert pairs(made.decide(NOON)) == [(1, 1)]
    assert made.decide(NOON) == []
    made.put_agent(agent(1, load={WorkKind.CHAT: 1}))  # has accepted

    assert pairs(made.decide(NOON + 1)) == [(2, 1)]


def test_what_the_best_is_not_asked_goes_to_the_next_best() -> None:
    rule = QueueRule(SUPPORT, Strategy.BEST_SKILL)
    best, good = agent(1, skills={"tech": 5}), agent(2, skills={"tech": 3})
    made = floor(rule, best, good, *(work(pk, needs={"tech": 2}) for pk in (1, 2, 3)), asks_one_at_a_time=True)

    assert pairs(made.decide(NOON)) == [(1, 1), (2, 2)]


def test_work_waits_for_its_last_agent_who_is_being_asked() -> None:
    rule = QueueRule(SUPPORT, Strategy.LAST_AGENT, last_agent_hold=30)
    made = floor(rule, agent(1, is_asked=True), agent(2), work(7, last_agent=1, last_agent_at=NOON - 60))

    assert made.decide(NOON) == []
    assert pairs(made.decide(NOON + 30)) == [(7, 2)]


def test_the_dry_run_says_who_is_being_asked() -> None:
    made = floor(agent(1, is_asked=True), agent(2, load={WorkKind.CALL: 1}))
    others = made.explain(work(1), NOON).others

    assert [(other.agent, other.reason.code) for other in others] == [(1, "asked"), (2, "full")]


def test_whoever_names_no_language_serves_in_each() -> None:
    made = floor(agent(1, languages=None), agent(2), work(1, language="fr"))
    assert pairs(made.decide(NOON)) == [(1, 1)]


def test_shares_that_are_counted_anew_keep_the_turns_of_what_waits() -> None:
    rule = QueueRule(SUPPORT, Strategy.PERCENTAGE_SPLIT, shares=(Share(team(1), 50), Share(team(2), 50)))
    made = floor(rule, work(1))
    made.decide(NOON)
    assert made.turn_of(1) == team(1)
    made.set_rule(rule, {})  # nobody was offered anything yet
    made.put_work(work(2, entered=NOON + 1))
    made.decide(NOON + 1)

    assert made.turn_of(2) == team(2)
