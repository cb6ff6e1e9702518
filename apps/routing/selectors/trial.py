"""The dry run: where would a ticket have gone, step by step, by the rules in force or by a draft of them. It reads and
works out, and writes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.clock import now
from apps.customers.enums import CustomerLevel
from apps.routing import words
from apps.routing.engine import types
from apps.routing.engine.conditions import unmet
from apps.routing.engine.floor import Floor
from apps.routing.models import RoutingQueue
from apps.routing.selectors.crew import available_agents, everybody, teams_of
from apps.routing.selectors.explaining import named
from apps.routing.selectors.keywords import words_in
from apps.routing.selectors.learned import experience_of
from apps.routing.selectors.rules import VALUES, engine_rule, engine_rules, given_of, needs_of
from apps.routing.selectors.sentences import UNMET
from apps.routing.selectors.waiting import NO_CHANNEL, waiting_work
from apps.tickets.enums import Priority, Status, WorkKind
from apps.tickets.models import Ticket
from apps.tickets.selectors.vocabulary import vocabulary
from apps.tickets.selectors.work import kind_of_channel

NAMES_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Book:
    """All that managers say, at one moment."""

    queues: tuple[RoutingQueue, ...]
    rules: tuple[types.RoutingRule, ...]

    def queue(self, pk: int) -> RoutingQueue | None:
        return next((row for row in self.queues if row.queue_id == pk), None)


@dataclass(frozen=True, slots=True)
class RuleStep:
    """One rule that was looked at."""

    name: str
    holds: bool
    unmet: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Those who did not get it for the same reason; of many the first by name."""

    reason: str
    names: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Verdict:
    steps: tuple[RuleStep, ...]
    agent: int | None
    who: str
    why: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A ticket that a draft sends to somebody else."""

    number: int
    live: str
    draft: str


def rulebook(*, also: Collection[int] = (), instead: Collection[int] = ()) -> Book:
    """The rules in force; with `also` these rules too, with `instead` only these of the queues whose they are."""
    rows = tuple(RoutingQueue.objects.whole())
    rules = [rule for row in rows for rule in row.rules.all()]
    redone = {rule.routing_id for rule in rules if rule.pk in instead}
    chosen = {
        rule.pk
        for rule in rules
        if (rule.pk in instead if rule.routing_id in redone else rule.is_active or rule.pk in also)
    }
    return Book(rows, engine_rules(rows, chosen))


class Trial:
    """A book with its people, asked for one piece of work after another."""

    def __init__(self, book: Book, *, as_if_free: bool) -> None:
        self.book = book
        crew = everybody(book.queues) if as_if_free else available_agents(book.queues)
        self._people = {row.pk: str(row) for row in User.objects.filter(pk__in=crew)}
        self._rules = {rule.pk: str(rule) for row in book.queues for rule in row.rules.all()}
        self._floor = Floor(routing=book.rules, experience=experience_of(book.queues))
        teams = teams_of(list(crew))
        for row in book.queues:
            rule = engine_rule(row)
            self._floor.set_rule(rule, given_of(rule, teams))
        for agent in crew.values():
            self._floor.put_agent(agent)

    def goes_to(self, work: types.Work, waited: int = 0) -> tuple[int | None, str]:
        """Whom it would go to, without the reasons."""
        agent = self._floor.explain(work, work.entered + waited).agent
        return agent, self._who(agent)

    def _who(self, agent: int | None) -> str:
        return _("nobody; it would wait") if agent is None else self._name("agent", agent)

    def verdict(self, work: types.Work, waited: int = 0) -> Verdict:
        forecast = self._floor.explain(work, work.entered + waited)
        return Verdict(
            steps=tuple(self._steps(work)),
            agent=forecast.agent,
            who=self._who(forecast.agent),
            why=tuple(words.say_all(forecast.explanation, self._name)),
            left_out=tuple(self._left_out(forecast.others)),
        )

    def _steps(self, work: types.Work) -> Iterable[RuleStep]:
        """Up to the first that holds: the others are not asked any more."""
        for rule in self.book.rules:
            if work.queue not in rule.condition.queues:
                continue
            missing = unmet(rule.condition, work)
            yield RuleStep(self._rules[rule.id], missing is None, UNMET[missing]() if missing else "")
            if missing is None:
                return

    def _left_out(self, others: Iterable[types.PassedOver]) -> Iterable[LeftOut]:
        by_reason: dict[str, list[str]] = defaultdict(list)
        for passed in others:
            by_reason[words.say(passed.reason, self._name)].append(self._name("agent", passed.agent))
        for reason, names in sorted(by_reason.items(), key=lambda item: len(item[1])):
            names.sort()
            yield LeftOut(reason, tuple(names[:NAMES_SHOWN]), max(0, len(names) - NAMES_SHOWN))

    def _name(self, kind: str, key: types.Param) -> str:
        known: Mapping[int, str] = {"agent": self._people, "rule": self._rules}.get(kind, {})
        return known.get(int(key)) or named(kind, key) if known else named(kind, key)


def works_of(book: Book, tickets: Sequence[Ticket]) -> dict[int, types.Work]:
    """Visible tickets as work, by id. What waits now stands as it is; what does not, as it was when it came in."""
    waiting = {ticket.pk for ticket in tickets if _waits(ticket)}
    found = waiting_work(book.queues, [ticket.pk for ticket in tickets])
    return {work.id: work if work.id in waiting else _as_it_came(work) for work in found}


def _waits(ticket: Ticket) -> bool:
    return ticket.assignee_id is None and ticket.status in (Status.NEW, Status.OPEN)


def _as_it_came(work: types.Work) -> types.Work:
    nobody: frozenset[int] = frozenset()
    return replace(
        work,
        declined_by=nobody,
        missed_by={},
        failed_vendor_attempts=0,
        held_by=None,
        is_kept_in_house=False,
        time_used=0,
    )


def latest_tickets(actor: Actor, *, queues: Collection[int], count: int) -> list[Ticket]:
    """The newest that the actor sees."""
    return list(Ticket.objects.visible_to(actor).listed().filter(queue__in=queues).order_by("-id")[:count])


def elsewhere(tickets: Sequence[Ticket], live: Trial, draft: Trial, waited: int = 0) -> list[Elsewhere]:
    before, after = works_of(live.book, tickets), works_of(draft.book, tickets)
    found = []
    for ticket in tickets:
        one, who = live.goes_to(before[ticket.pk], waited)
        other, other_who = draft.goes_to(after[ticket.pk], waited)
        if one != other:
            found.append(Elsewhere(ticket.number, who, other_who))
    return found


@dataclass(frozen=True, slots=True)
class Example:
    """Work that nobody wrote."""

    queue: int
    channel: Channel | None = None
    category: int | None = None
    priority: int = Priority.NORMAL
    level: str = CustomerLevel.STANDARD
    language: str = ""
    text: str = ""
    time_used: int = 0


def example_work(book: Book, example: Example) -> types.Work:
    row = book.queue(example.queue)
    kind = kind_of_channel(example.channel.kind) if example.channel is not None else types.WorkKind.TICKET
    asked = {word for rule in (row.rules.all() if row else ()) for word in rule.keywords}
    return types.Work(
        id=0,
        kind=types.WorkKind(kind),
        queue=example.queue,
        entered=now().timestamp(),
        priority=example.priority,
        customer_value=VALUES[CustomerLevel(example.level)],
        language=example.language.lower(),
        channel=example.channel.pk if example.channel is not None else NO_CHANNEL,
        category=example.category,
        keywords=words_in(example.text, asked),
        time_used=example.time_used,
        needs=needs_of(row) if row is not None else {},
    )


def facts_of(work: types.Work, ticket: Ticket | None, waited: int) -> list[tuple[str, str]]:
    """What rules look at, as label and words. Nothing of it is personal data."""
    kept = vocabulary()
    level = next((str(level.label) for level, value in VALUES.items() if value == work.customer_value), "")
    facts = [
        (_("Ticket"), f"#{ticket.number}" if ticket is not None else _("an example")),
        (_("Queue"), kept.queue_label(work.queue)),
        (_("Channel"), kept.channel_label(work.channel)),
        (_("Kind of work"), str(WorkKind(work.kind).label)),
        (_("Category"), kept.category_label(work.category)),
        (_("Priority"), str(Priority(work.priority).label)),
        (_("Level of the customer"), level),
        (_("Language"), work.language),
        (_("Words"), ", ".join(sorted(work.keywords))),
        (_("Promised time used up"), f"{work.time_used} %" if work.time_used else ""),
        (_("Waited"), words.span(waited)),
    ]
    return [(label, said) for label, said in facts if said]
