"""Whom each strategy chooses, on floors small enough to check in one's head."""

import pytest

from apps.routing.engine.learned import Experience, Record
from apps.routing.engine.types import QueueRule, Reason, Share, Strategy, WorkKind, vendor
from tests.routing.engine.floors import NOON, SALES, SUPPORT, VENDOR, agent, busy, codes, floor, pairs, work

pytestmark = pytest.mark.unit


def test_the_longest_idle_gets_the_work_and_the_next_is_named() -> None:
    it = floor(agent(1, idle_since=NOON - 20), agent(2, idle_since=NOON - 90), agent(3, idle_since=NOON - 50), work(10))

    (decision,) = it.decide(NOON)

    assert decision.agent == 2
    assert decision.explanation == (Reason("by_longest_idle", {"idle": 90, "percent": 0, "points": 0}),)
    assert [(other.agent, other.reason.code) for other in decision.passed_over] == [
        (3, "behind_longest_idle"),
        (1, "behind_longest_idle"),
    ]


def test_nobody_gets_a_second_chat_while_somebody_has_none() -> None:
    it = floor(agent(1, idle_since=NOON - 500, load={WorkKind.CHAT: 1}), agent(2, idle_since=NOON - 5), work(10))

    assert pairs(it.decide(NOON)) == [(10, 2)]


def test_the_least_loaded_gets_the_work() -> None:
    two, one = {WorkKind.CHAT: 2}, {WorkKind.CHAT: 1}
    it = floor(QueueRule(SUPPORT, Strategy.LEAST_LOADED), agent(1, load=two), agent(2, load=one), work(10))

    assert pairs(it.decide(NOON)) == [(10, 2)]


def test_the_best_skill_gets_the_work_though_idle_for_a_shorter_time() -> None:
    good = agent(1, skills={"billing": 5}, idle_since=NOON - 1)
    fair = agent(2, skills={"billing": 3}, idle_since=NOON - 900)
    it = floor(QueueRule(SUPPORT, Strategy.BEST_SKILL), good, fair, work(10, needs={"billing": 2}))

    assert pairs(it.decide(NOON)) == [(10, 1)]


def test_round_robin_goes_round_and_round() -> None:
    it = floor(
        QueueRule(SUPPORT, Strategy.ROUND_ROBIN), agent(1), agent(2), agent(3), *(work(n) for n in range(10, 17))
    )

    assert [decision.agent for decision in it.decide(NOON)] == [1, 2, 3, 1, 2, 3, 1]


def test_the_last_agent_comes_first_is_waited_for_and_then_no_longer() -> None:
    rule = QueueRule(SUPPORT, Strategy.LAST_AGENT, last_agent_hold=30)
    it = floor(rule, busy(1), agent(2), work(10, last_agent=1, last_agent_at=NOON - 3_600))

    assert it.decide(NOON) == []
    assert it.next_due() == NOON + 30
    assert pairs(it.decide(NOON + 30)) == [(10, 2)]


@pytest.mark.parametrize(
    ("last_agent", "served", "gets"),
    [(1, NOON - 3_600, 1), (1, NOON - 8 * 86_400, 2), (9, NOON - 3_600, 2)],
    ids=["served lately", "served long ago", "not there today"],
)
def test_the_last_agent_counts_for_a_week(last_agent: int, served: float, gets: int) -> None:
    idle = agent(2, idle_since=NOON - 900)
    it = floor(
        QueueRule(SUPPORT, Strategy.LAST_AGENT), agent(1), idle, work(10, last_agent=last_agent, last_agent_at=served)
    )

    (decision,) = it.decide(NOON)

    assert decision.agent == gets
    assert codes(decision)[-1] == ("by_last_agent" if gets == 1 else "by_longest_idle")


def test_work_held_for_the_last_agent_goes_on_when_they_leave() -> None:
    it = floor(
        QueueRule(SUPPORT, Strategy.LAST_AGENT), busy(1), agent(2), work(10, last_agent=1, last_agent_at=NOON - 60)
    )
    assert it.decide(NOON) == []

    it.put_agent(busy(1, is_available=False))

    assert pairs(it.decide(NOON + 1)) == [(10, 2)]


def test_a_split_keeps_its_shares_to_the_piece() -> None:
    rule = QueueRule(SUPPORT, Strategy.PERCENTAGE_SPLIT, shares=(Share(vendor(70), 30), Share(vendor(71), 70)))
    it = floor(rule, *(agent(n, vendor=70 + n % 2, weights={WorkKind.CHAT: 1}) for n in range(4)))
    for number in range(100):
        it.put_work(work(100 + number))

    given = [it.agent(decision.agent).vendor for decision in it.decide(NOON)]

    assert (given.count(70), given.count(71)) == (30, 70)


def test_a_share_is_waited_for_and_then_made_up_later() -> None:
    rule = QueueRule(SUPPORT, Strategy.PERCENTAGE_SPLIT, shares=(Share(vendor(70), 50), Share(vendor(71), 50)))
    it = floor(rule, busy(1, vendor=70), agent(2, vendor=71), work(10))
    assert it.decide(NOON) == []

    (decision,) = it.decide(NOON + 60)
    it.put_agent(agent(1, vendor=70))
    it.put_work(work(11, entered=NOON + 61))
    it.put_work(work(12, entered=NOON + 62))

    assert (decision.agent, codes(decision)[0]) == (2, "turn_passed")
    assert pairs(it.decide(NOON + 62)) == [(11, 1), (12, 1)]  # 10 counted for who took it


def test_learned_matching_prefers_who_succeeded_with_the_category_and_tells_the_counts() -> None:
    experience = Experience({(1, 5): Record(90, 100), (2, 5): Record(40, 100)})
    people = agent(1, idle_since=NOON - 1), agent(2, idle_since=NOON - 900)

    off = floor(*people, work(10, category=5), experience=experience).decide(NOON)
    (on,) = floor(QueueRule(SUPPORT, learned=True), *people, work(10, category=5), experience=experience).decide(NOON)

    assert pairs(off) == [(10, 2)]
    assert on.agent == 1
    assert on.explanation[0] == Reason("learned", {"percent": 86, "successes": 90, "trials": 100})
    assert on.passed_over[0].reason.code == "behind_learned"


def test_one_lucky_end_does_not_beat_a_long_record() -> None:
    experience = Experience({(1, 5): Record(1, 1), (2, 5): Record(95, 100), (3, 5): Record(100, 200)})

    assert experience.success(2, 5) > experience.success(1, 5) > experience.success(3, 5)
    assert experience.success(9, 5) == pytest.approx(197 / 303)  # nothing known: what is usual in the category


def test_the_most_urgent_comes_first_across_queues_and_waiting_makes_urgent() -> None:
    rules = QueueRule(SUPPORT, growth_per_minute=1), QueueRule(SALES, growth_per_minute=5)
    later = work(10, priority=30, entered=NOON)
    old = work(11, priority=20, entered=NOON - 11 * 60)
    growing = work(12, queue=SALES, priority=10, entered=NOON - 5 * 60)
    twin = work(13, queue=SALES, priority=10, entered=NOON - 5 * 60)
    it = floor(*rules, later, old, twin, growing)

    it.put_agent(agent(1, queues=frozenset([SUPPORT, SALES]), weights={WorkKind.CHAT: 25}))

    assert [decision.work for decision in it.decide(NOON)] == [12, 13, 11, 10]


def test_a_dear_customer_comes_first_where_the_queue_says_so() -> None:
    rule = QueueRule(SUPPORT, value_weight=0.2)
    it = floor(rule, work(10, entered=NOON - 60), work(11, customer_value=50), agent(1, weights={WorkKind.CHAT: 100}))

    assert pairs(it.decide(NOON)) == [(11, 1)]


def test_a_vendors_agent_is_given_only_what_their_contract_opens() -> None:
    limited = agent(1, vendor=VENDOR, channels=frozenset([4]), categories=frozenset([5, 6]))
    it = floor(
        limited, work(10, channel=3, category=5), work(11, channel=4, category=7), work(12, channel=4, category=6)
    )

    assert pairs(it.decide(NOON)) == [(12, 1)]
