"""People and work of small floors, with all that a test does not care about left out."""

from __future__ import annotations

from typing import Any

from apps.routing.engine.floor import Floor
from apps.routing.engine.types import Agent, Decision, QueueRule, RoutingRule, Work, WorkKind

SUPPORT, SALES = 1, 2
VENDOR = 70
NOON = 1_790_000_000.0
CHATS = {WorkKind.CHAT: 33, WorkKind.CALL: 100, WorkKind.MAIL: 20}


def agent(pk: int, **given: Any) -> Agent:
    given.setdefault("queues", frozenset([SUPPORT]))
    given.setdefault("languages", frozenset(["zh"]))
    given.setdefault("weights", CHATS)
    given.setdefault("idle_since", NOON)
    return Agent(pk, **given)


def busy(pk: int, **given: Any) -> Agent:
    return agent(pk, load={WorkKind.CALL: 1}, **given)


def work(pk: int, **given: Any) -> Work:
    given.setdefault("kind", WorkKind.CHAT)
    given.setdefault("queue", SUPPORT)
    given.setdefault("entered", NOON)
    given.setdefault("language", "zh")
    return Work(pk, **given)


def floor(*things: Agent | Work | QueueRule | RoutingRule, **given: Any) -> Floor:
    made = Floor(
        [thing for thing in things if isinstance(thing, QueueRule)],
        [thing for thing in things if isinstance(thing, RoutingRule)],
        **given,
    )
    for thing in things:
        if isinstance(thing, Agent):
            made.put_agent(thing)
        elif isinstance(thing, Work):
            made.put_work(thing)
    return made


def pairs(decisions: list[Decision]) -> list[tuple[int, int]]:
    """Work and agent, in the order of the decisions."""
    return [(decision.work, decision.agent) for decision in decisions]


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.explanation]
