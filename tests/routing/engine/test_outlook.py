"""How long those who wait will still wait: worked by hand."""

from typing import Any

import pytest

from apps.routing.engine.outlook import Outlook, outlooks
from apps.routing.engine.types import Agent, Hybrid, QueueRule, Work
from tests.routing.engine.floors import NOON, SALES, SUPPORT, VENDOR, agent, busy, work

pytestmark = pytest.mark.unit

FOUR_MINUTES = {SUPPORT: 240.0}


def told(works: list[Work], agents: list[Agent], *rules: QueueRule, **given: Any) -> dict[int, Outlook]:
    given.setdefault("handling", FOUR_MINUTES)
    return outlooks(works, agents, rules or [QueueRule(SUPPORT)], now=NOON, **given)


def test_the_place_is_routings_own_order() -> None:
    """Urgent first, then who entered first; each queue has a line of its own."""
    works = [
        work(1, entered=NOON - 10),
        work(2, entered=NOON - 60),
        work(3, priority=40),
        work(4, queue=SALES, entered=NOON - 5),
    ]

    found = told(works, [])

    assert {pk: row.place for pk, row in found.items()} == {3: 1, 2: 2, 1: 3, 4: 1}


def test_the_wait_grows_with_the_place_and_shrinks_with_who_is_there() -> None:
    """Three chats fill somebody: one busy person ends one every 80 s, two of them every 40 s."""
    works = [work(pk, entered=NOON + pk) for pk in (1, 2, 3)]

    alone, together = told(works, [busy(1)]), told(works, [busy(1), busy(2)])

    assert [alone[pk].seconds for pk in (1, 2, 3)] == [80, 160, 240]
    assert [together[pk].seconds for pk in (1, 2, 3)] == [40, 80, 120]


def test_who_is_free_takes_the_first_at_once() -> None:
    works = [work(pk, entered=NOON + pk) for pk in (1, 2, 3)]

    found = told(works, [busy(1), agent(2, load={"chat": 2})])

    assert [found[pk].seconds for pk in (1, 2, 3)] == [0, 40, 80]


@pytest.mark.parametrize(
    ("there", "given"),
    [
        ([], {}),
        ([busy(1, is_available=False)], {}),
        ([busy(1, queues=frozenset([SALES]))], {}),
        ([busy(1, languages=frozenset(["en"]))], {}),
        ([busy(1)], {"handling": {SALES: 240.0}}),
    ],
    ids=["nobody", "on a break", "of another queue", "of another language", "no experience"],
)
def test_nothing_is_told_that_nothing_tells(there: list[Agent], given: dict[str, Any]) -> None:
    assert told([work(1)], there, **given) == {1: Outlook(1, None)}


def test_the_house_counts_where_no_vendor_is_there() -> None:
    rule = QueueRule(SUPPORT, hybrid=Hybrid())

    assert told([work(1)], [busy(1)], rule)[1].seconds == 80
    assert told([work(1)], [busy(1), busy(2, vendor=VENDOR)], rule)[1].seconds == 80
