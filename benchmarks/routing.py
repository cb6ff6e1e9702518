"""How fast the routing engine gives work away, and how little it does when little changed.

1,000 agents of 40 kinds, 10,000 pieces of work of many kinds waiting. Measured: the first pass over all of it; then one
agent after another ending a piece of work, each followed by a decision; then passes over the unchanged floor. Besides
time it prints how many pairs of work and person were looked at, which does not depend on the machine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random

from apps.routing.engine.floor import Floor
from apps.routing.engine.types import Agent, Hybrid, OverflowChange, OverflowStep, QueueRule, Strategy, Work, WorkKind

SKILLS = [f"skill-{number}" for number in range(8)]
QUEUES = range(1, 11)
STRATEGIES = [s for s in Strategy if s is not Strategy.PERCENTAGE_SPLIT]
BEGIN = 1_790_000_000.0


def rules() -> list[QueueRule]:
    steps = OverflowStep(120, OverflowChange.LOWER_SKILL), OverflowStep(600, OverflowChange.DROP_SKILL)
    hybrid = Hybrid(senior_from=90, overload_percent=95, overload_wait=300)
    return [
        QueueRule(queue, STRATEGIES[queue % len(STRATEGIES)], overflow=steps, hybrid=hybrid if queue % 2 else None)
        for queue in QUEUES
    ]


def agents(count: int, chance: Random) -> list[Agent]:
    kinds = [
        Agent(
            0,
            queues=frozenset(chance.sample(QUEUES, 3)),
            vendor=chance.choice([None, 1, 2]),
            is_senior=chance.random() < 0.2,
            skills={skill: chance.randint(1, 5) for skill in chance.sample(SKILLS, 4)},
            languages=frozenset(chance.choice([["zh"], ["zh", "en"]])),
            weights={WorkKind.CHAT: 33, WorkKind.CALL: 100, WorkKind.MAIL: 20},
        )
        for _number in range(40)
    ]
    return [
        replace(kinds[pk % len(kinds)], id=pk, idle_since=BEGIN - chance.random() * 900) for pk in range(1, count + 1)
    ]


def works(count: int, chance: Random) -> Iterator[Work]:
    for pk in range(1, count + 1):
        yield Work(
            pk,
            chance.choice([WorkKind.CHAT, WorkKind.CALL]),
            chance.choice(QUEUES),
            BEGIN - chance.random() * 100,
            priority=chance.choice([10, 20, 20, 20, 30, 40]),
            customer_value=chance.choice([0, 0, 0, 95]),
            language=chance.choice(["zh", "zh", "en"]),
            needs={chance.choice(SKILLS): chance.randint(1, 3)},
        )


@dataclass
class Measured:
    seconds: float = 0.0
    """Of this process on the processor: what the machine does beside does not count."""
    looked_at: int = 0


@contextmanager
def measured(floor: Floor) -> Iterator[Measured]:
    result, before, began = Measured(), floor.looked_at, time.process_time()
    yield result
    result.seconds = time.process_time() - began
    result.looked_at = floor.looked_at - before


def say(what: str, count: int, result: Measured) -> None:
    rate = count / result.seconds if result.seconds else 0.0
    print(f"{what:<42} {count:>7} in {result.seconds:7.3f} s = {rate:>9,.0f}/s; looked at {result.looked_at:>9,} pairs")


def ends_one(floor: Floor, pk: int, moment: float) -> None:
    agent = floor.agent(pk)
    kind = next(kind for kind, held in agent.load.items() if held)
    floor.put_agent(replace(agent, load={**agent.load, kind: agent.load[kind] - 1}, idle_since=moment))


def repeatedly(floor: Floor, times: int, change: Callable[[int], None]) -> tuple[int, Measured]:
    """Each change is followed by a decision; counts the decisions."""
    given = 0
    with measured(floor) as result:
        for number in range(times):
            change(number)
            given += len(floor.decide(BEGIN))
    return given, result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--agents", type=int, default=1_000)
    parser.add_argument("--waiting", type=int, default=10_000)
    parser.add_argument("--changes", type=int, default=5_000)
    options = parser.parse_args()
    chance = Random(1)
    floor = Floor(rules())
    with measured(floor) as result:
        for agent in agents(options.agents, chance):
            floor.put_agent(agent)
        for work in works(options.waiting, chance):
            floor.put_work(work)
    say("put on the floor", options.agents + options.waiting, result)
    with measured(floor) as result:
        first = floor.decide(BEGIN)
    say("first pass: assignments", len(first), result)
    print(f"{'still waiting':<42} {len(floor.waiting()):>7}")
    busy = sorted({decision.agent for decision in first})
    holders = [pk for pk in busy if sum(floor.agent(pk).load.values())]

    given, result = repeatedly(floor, options.changes, lambda n: ends_one(floor, holders[n % len(holders)], BEGIN))
    say("work ends, one by one: assignments", given, result)
    fresh = list(works(options.waiting + options.changes, chance))[-options.changes :]
    given, result = repeatedly(floor, options.changes, lambda n: floor.put_work(fresh[n]))
    say("work enters, one by one", options.changes, result)
    _given, result = repeatedly(floor, options.changes, lambda _n: None)
    say("passes over the unchanged floor", options.changes, result)


if __name__ == "__main__":
    main()
