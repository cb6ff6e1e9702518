"""What somebody gave back to the house is the house's, whatever rules, shares and waiting say."""

import pytest

from apps.routing.engine.types import Hybrid, OverflowChange, OverflowStep, Party, QueueRule, Share, Strategy
from tests.routing.engine.floors import NOON, SUPPORT, VENDOR, agent, codes, floor, pairs, work

pytestmark = pytest.mark.unit

ANY_SIDE = (OverflowStep(40, OverflowChange.ANY_SIDE),)
SPLIT = QueueRule(
    SUPPORT, strategy=Strategy.PERCENTAGE_SPLIT, shares=(Share(Party("vendor", VENDOR), 100),), overflow=ANY_SIDE
)


@pytest.mark.parametrize(
    "rule",
    [QueueRule(SUPPORT, overflow=ANY_SIDE), QueueRule(SUPPORT, hybrid=Hybrid(), overflow=ANY_SIDE), SPLIT],
    ids=["no rule", "hybrid", "shares"],
)
def test_it_is_never_the_vendors(rule: QueueRule) -> None:
    theirs = agent(3, vendor=VENDOR)
    it = floor(rule, theirs, work(10, is_kept_in_house=True))
    assert it.decide(NOON + 3_600) == []

    it.put_agent(agent(1))
    (decision,) = it.decide(NOON + 3_601)
    assert pairs([decision]) == [(10, 1)]
    assert codes(decision)[0] == "kept_in_house"
