"""Hybrid rules, overflow, declined offers and the rules that managers write."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.routing.engine.conditions import unmet
from apps.routing.engine.types import (
    Condition,
    Hybrid,
    Outcome,
    OverflowChange,
    OverflowStep,
    PassedOver,
    QueueRule,
    Reason,
    RoutingRule,
    Share,
    Side,
    Strategy,
    WorkKind,
    vendor,
)
from tests.routing.engine.floors import NOON, SALES, SUPPORT, VENDOR, agent, busy, codes, floor, pairs, work

pytestmark = pytest.mark.unit

HYBRID = QueueRule(SUPPORT, hybrid=Hybrid(senior_from=80, senior_seconds=60, overload_percent=90, overload_wait=120))
OURS, SENIOR, THEIRS = agent(1), agent(2, is_senior=True), agent(3, vendor=VENDOR)


@pytest.mark.parametrize(
    ("about", "gets", "because"),
    [
        ({}, 3, "standard"),
        ({"customer_value": 80}, 2, "high_value"),
        ({"failed_vendor_attempts": 3, "held_by": Side.VENDOR}, 1, "failed_attempts"),
        ({"failed_vendor_attempts": 2, "held_by": Side.VENDOR}, 3, "standard"),
        ({"held_by": Side.IN_HOUSE}, 1, "stays_in_house"),
    ],
    ids=["standard", "high value", "third failure", "second failure", "held in-house"],
)
def test_hybrid_rules_choose_the_side(about: dict[str, Any], gets: int, because: str) -> None:
    (decision,) = floor(HYBRID, OURS, SENIOR, THEIRS, work(10, **about)).decide(NOON)

    assert decision.agent == gets
    assert codes(decision)[0] == because


def test_a_dear_customer_waits_for_a_senior_and_then_for_anybody_in_house() -> None:
    it = floor(HYBRID, OURS, busy(2, is_senior=True), THEIRS, work(10, customer_value=90))

    assert it.decide(NOON) == []
    assert it.decide(NOON + 59) == []
    assert pairs(it.decide(NOON + 60)) == [(10, 1)]


def test_the_house_helps_while_the_vendors_are_overloaded_and_no_longer() -> None:
    it = floor(HYBRID, OURS, busy(3, vendor=VENDOR), work(10))

    (helped,) = it.decide(NOON)
    it.put_agent(OURS)
    it.put_agent(agent(3, vendor=VENDOR, load={WorkKind.CHAT: 1}))
    it.put_work(work(11, kind=WorkKind.CALL))
    while_a_third_full = it.decide(NOON)
    it.put_agent(agent(3, vendor=VENDOR, load={WorkKind.CHAT: 3}))

    assert (helped.agent, codes(helped)) == (1, ["standard", "vendor_overload", "only_one"])
    assert while_a_third_full == []
    assert pairs(it.decide(NOON)) == [(11, 1)]


def test_the_house_helps_when_no_vendor_is_there_or_work_waited_too_long() -> None:
    assert pairs(floor(HYBRID, OURS, work(10)).decide(NOON)) == [(10, 1)]
    (decision,) = floor(HYBRID, agent(1, languages=frozenset(["en"])), THEIRS, work(10, language="en")).decide(NOON)
    assert (decision.agent, codes(decision)) == (1, ["standard", "no_vendor_suited", "only_one"])

    slow = QueueRule(SUPPORT, hybrid=Hybrid(overload_wait=120))
    it = floor(slow, OURS, busy(3, vendor=VENDOR), work(10))
    assert it.decide(NOON + 119) == []
    (decision,) = it.decide(NOON + 120)
    assert (decision.agent, codes(decision)[:2]) == (1, ["standard", "vendor_slow"])


@pytest.mark.parametrize(
    ("step", "only"),
    [
        (OverflowStep(30, OverflowChange.LOWER_SKILL, "billing"), agent(1, skills={"billing": 2})),
        (OverflowStep(30, OverflowChange.DROP_SKILL), agent(1)),
        (OverflowStep(30, OverflowChange.DROP_LANGUAGE), agent(1, skills={"billing": 3}, languages=frozenset(["en"]))),
        (
            OverflowStep(30, OverflowChange.ADD_QUEUE, target=SALES),
            agent(1, skills={"billing": 3}, queues=frozenset([SALES])),
        ),
        (
            OverflowStep(30, OverflowChange.ADD_TEAM, target=8),
            agent(1, skills={"billing": 3}, queues=frozenset(), teams=frozenset([8])),
        ),
    ],
    ids=["a level less", "without the skill", "any language", "another queue", "another team"],
)
def test_overflow_opens_the_work_to_more_people_at_its_second(step: OverflowStep, only: Any) -> None:
    it = floor(QueueRule(SUPPORT, overflow=(step,)), only, work(10, needs={"billing": 3}))

    assert it.decide(NOON) == []
    assert it.next_due() == NOON + 30
    (decision,) = it.decide(NOON + 30)
    assert (decision.agent, codes(decision)[0]) == (1, f"overflow_{step.change}")


def test_overflow_asks_nobody_to_whom_the_queues_work_is_not_open() -> None:
    rule = QueueRule(SUPPORT, overflow=(OverflowStep(30, OverflowChange.ADD_QUEUE, target=SALES),))
    theirs = agent(1, queues=frozenset([SALES]), sees=frozenset([SALES]))
    it = floor(rule, theirs, work(10))

    assert it.decide(NOON + 30) == []
    (other,) = it.explain(work(10), NOON + 30).others
    assert (other.agent, other.reason.code) == (1, "queue_not_open")
    it.put_agent(replace(theirs, sees=None))
    assert pairs(it.decide(NOON + 31)) == [(10, 1)]


def test_steps_add_up_until_any_side_may_take_it() -> None:
    steps = OverflowStep(10, OverflowChange.LOWER_SKILL), OverflowStep(20, OverflowChange.LOWER_SKILL)
    rule = QueueRule(
        SUPPORT, overflow=(*steps, OverflowStep(40, OverflowChange.ANY_SIDE)), hybrid=Hybrid(senior_from=50)
    )
    needy = work(10, needs={"billing": 3}, customer_value=60)
    it = floor(rule, agent(1, vendor=VENDOR, skills={"billing": 1}), needy)

    assert [it.decide(NOON + seconds) for seconds in (0, 10, 20, 39)] == [[], [], [], []]
    assert pairs(it.decide(NOON + 40)) == [(10, 1)]


@pytest.mark.parametrize("about", [{"failed_vendor_attempts": 3}, {"held_by": Side.IN_HOUSE}], ids=["failed", "held"])
def test_what_came_in_house_stays_however_long_it_waits(about: dict[str, Any]) -> None:
    rule = QueueRule(SUPPORT, overflow=(OverflowStep(40, OverflowChange.ANY_SIDE),), hybrid=Hybrid())
    it = floor(rule, THEIRS, work(10, **about), work(11, customer_value=99))

    assert pairs(it.decide(NOON + 3_600)) == [(11, 3)]


def test_a_declined_offer_goes_to_others_and_comes_back_only_when_nobody_else_is_there() -> None:
    declined = work(10, declined_by=frozenset([1]), declined_at=NOON)
    it = floor(agent(1), busy(2), declined)

    assert it.decide(NOON + 600) == []  # the other is busy, but there
    it.remove_agent(2)
    assert pairs(it.decide(NOON + 601)) == [(10, 1)]


def test_who_declined_as_the_only_one_is_asked_again_after_five_minutes() -> None:
    it = floor(agent(1), work(10, declined_by=frozenset([1]), declined_at=NOON))

    assert it.decide(NOON + 299) == []
    assert it.next_due() == NOON + 300
    assert pairs(it.decide(NOON + 300)) == [(10, 1)]


def test_an_expired_offer_goes_on_to_the_next_and_may_return() -> None:
    missed = {1: NOON - 300}
    asleep = agent(1, idle_since=NOON - 900)

    (decision,) = floor(asleep, agent(2), work(10, missed_by=missed)).decide(NOON)

    assert (decision.agent, decision.passed_over[0].reason.code) == (2, "missed_it")
    assert pairs(floor(asleep, work(10, missed_by=missed)).decide(NOON)) == [(10, 1)]


def test_who_let_an_offer_expire_is_asked_again_after_a_pause_that_is_short_where_somebody_waits_live() -> None:
    chat = floor(agent(1), work(10, missed_by={1: NOON}))
    mail = floor(agent(1), work(10, kind=WorkKind.MAIL, missed_by={1: NOON}))

    for it, pause in ((chat, 30), (mail, 300)):
        assert it.decide(NOON + pause - 1) == []
        assert it.next_due() == NOON + pause
        (decision,) = it.decide(NOON + pause)
        assert (decision.agent, codes(decision)) == (1, ["waited", "missed_before", "only_one"])


def test_others_are_asked_at_once_and_who_came_back_is_asked_before_the_pause_is_over() -> None:
    (decision,) = floor(agent(1), agent(2), work(10, missed_by={1: NOON})).decide(NOON)
    assert (decision.agent, decision.passed_over) == (2, (PassedOver(1, Reason("missed_lately")),))

    it = floor(agent(1), work(10, missed_by={1: NOON}))
    assert it.decide(NOON) == []
    dry = it.explain(it.waiting()[0], NOON)
    assert (dry.agent, dry.others) == (None, (PassedOver(1, Reason("missed_lately")),))
    it.put_agent(agent(1, came_at=NOON + 1))
    assert pairs(it.decide(NOON + 1)) == [(10, 1)]


def test_the_first_rule_that_matches_changes_queue_priority_and_needs() -> None:
    night = Condition(from_minute=22 * 60, to_minute=6 * 60, time_zone="Asia/Shanghai")
    angry = Condition(sentiments=frozenset(["angry"]), keywords=frozenset(["退款", "refund"]))
    rules = [
        RoutingRule(1, angry, Outcome(queue=SALES, add_priority=10, needs={"refund": 2})),
        RoutingRule(2, night, Outcome(queue=SALES)),
    ]
    evening = datetime(2026, 11, 22, 14, 30, tzinfo=UTC).timestamp()  # 22:30 in Shanghai
    upset = work(10, sentiment="angry", keywords=frozenset(["退款"]), entered=evening)
    people = agent(1, queues=frozenset([SALES])), agent(2, queues=frozenset([SALES]), skills={"refund": 2}), agent(3)
    it = floor(*rules, *people, upset, work(11, entered=evening), work(12, entered=evening - 3_600))

    decisions = it.decide(evening)

    assert {decision.work: (decision.agent, decision.queue) for decision in decisions} == {
        10: (2, SALES),
        11: (1, SALES),
        12: (3, SUPPORT),
    }
    assert decisions[0].work == 12  # an hour of waiting is worth more than ten points


@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        (Condition(kinds=frozenset([WorkKind.CHAT]), value_from=50, channels=frozenset([3])), True),
        (Condition(value_from=51), False),
        (Condition(weekdays=frozenset([6]), from_minute=9 * 60, to_minute=18 * 60), True),
        (Condition(weekdays=frozenset([0])), False),
        (Condition(from_minute=14 * 60), False),
        (Condition(intents=frozenset(["refund"])), False),
        (Condition(languages=frozenset(["zh"]), categories=frozenset([5])), True),
    ],
    ids=["kind, value, channel", "value", "Sunday in hours", "Monday", "from two", "intent", "language, category"],
)
def test_all_that_a_condition_names_must_hold(condition: Condition, matches: bool) -> None:
    sunday_noon = datetime(2026, 11, 22, 4, 0, tzinfo=UTC).timestamp()
    it = floor(RoutingRule(1, condition, Outcome(queue=SALES)), agent(1), agent(2, queues=frozenset([SALES])))
    it.put_work(work(10, entered=sunday_noon, customer_value=50, channel=3, category=5))

    (decision,) = it.decide(sunday_noon)

    assert (decision.queue == SALES) is matches


def test_a_rule_sends_to_seniors_a_team_or_a_vendor_and_later_to_others_of_their_side() -> None:
    dear = Condition(priorities=frozenset([30]))
    seniors = RoutingRule(1, dear, Outcome(side=Side.IN_HOUSE, senior=True, widens_after=60))
    one_vendor = RoutingRule(2, Condition(), Outcome(side=Side.VENDOR, party=vendor(VENDOR), widens_after=60))
    split = QueueRule(SUPPORT, Strategy.PERCENTAGE_SPLIT, shares=(Share(vendor(VENDOR + 1), 100),))
    people = agent(1), agent(2, vendor=VENDOR + 1), busy(3, is_senior=True), busy(4, vendor=VENDOR)
    it = floor(split, seniors, one_vendor, *people, work(10, priority=30), work(11))

    assert it.decide(NOON + 59) == []  # seniors and the vendor are busy, and a share does not overrule a rule
    assert it.next_due() == NOON + 60
    decisions = it.decide(NOON + 60)

    assert pairs(decisions) == [(10, 1), (11, 2)]
    assert codes(decisions[0])[:2] == ["rule", "rule_widened"]


def test_the_dry_run_names_everybody_and_changes_nothing() -> None:
    people = [
        agent(1, idle_since=NOON - 60),
        agent(2, idle_since=NOON - 30),
        busy(3),
        agent(4, is_available=False),
        agent(5, languages=frozenset(["en"])),
        agent(6, queues=frozenset([SALES])),
        agent(7, weights={WorkKind.MAIL: 20}),
        agent(8, channels=frozenset([9])),
    ]
    it = floor(*people)
    asked = work(10, channel=3, declined_by=frozenset([2]))

    forecast = it.explain(asked, NOON)

    assert forecast.agent == 1
    assert [reason.code for reason in forecast.explanation] == ["only_one"]
    assert {other.agent: other.reason.code for other in forecast.others} == {
        2: "declined",
        3: "full",
        4: "not_available",
        5: "lacks_language",
        6: "not_in_queue",
        7: "not_this_kind",
        8: "out_of_scope",
    }
    assert (it.decide(NOON), it.waiting()) == ([], [])


def test_the_dry_run_of_waiting_work_tells_what_it_waits_for() -> None:
    it = floor(busy(1), work(10), work(11, entered=NOON + 1), agent(2, skills={"x": 1}, queues=frozenset([SALES])))
    assert it.decide(NOON + 1) == []

    waiting = it.explain(work(11, entered=NOON + 1), NOON + 1)
    nobody = it.explain(work(12, needs={"x": 2}), NOON + 1)

    assert waiting.agent is None
    assert [(r.code, dict(r.params)) for r in waiting.explanation] == [
        ("nobody_free", {"suited": 1}),
        ("ahead", {"works": 1}),
    ]
    assert nobody.explanation[0].code == "nobody_suited"


@pytest.mark.parametrize(
    ("used", "gets"),
    [(0, 3), (79, 3), (80, 1), (100, 1)],
    ids=["no warning", "just below", "as much as asked for", "broken"],
)
def test_what_is_in_danger_goes_where_the_rule_says(used: int, gets: int) -> None:
    rescue = RoutingRule(1, Condition(time_used_from=80), Outcome(side=Side.IN_HOUSE, add_priority=10))
    (decision,) = floor(HYBRID, rescue, OURS, THEIRS, work(10, time_used=used)).decide(NOON)
    assert decision.agent == gets


def test_work_that_waits_is_judged_anew_when_it_is_told_again() -> None:
    rescue = RoutingRule(1, Condition(time_used_from=80), Outcome(add_priority=20))
    it = floor(QueueRule(SUPPORT), rescue, work(10, entered=NOON - 300), work(11))
    it.put_work(work(11, time_used=80))
    it.put_agent(agent(1, weights={WorkKind.CHAT: 100}))
    assert pairs(it.decide(NOON)) == [(11, 1)]
    assert unmet(rescue.condition, work(10, time_used=79)) == "time_used_from"
