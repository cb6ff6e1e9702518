"""The floor: the people and the waiting work of a moment, indexed so that a change costs what it touches.

A piece of work and a person need to be looked at together only when one of them changed. So work stands in lines of
equal profile, people in groups of equal likeness, the two are connected once, and a decision walks through the lines
that something woke: work that is new or was placed anew wakes its line for everybody, a person who became freer wakes
the lines of their group for themselves alone. On a floor where nothing changed no line is awake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from heapq import heapify, heappop, heappush
from typing import Final

from apps.routing.engine.bench import Bench
from apps.routing.engine.choosing import DECLINED, MISSED, RUNNERS_UP, Case, behind, explanation, ranked
from apps.routing.engine.conditions import route
from apps.routing.engine.eligibility import likeness, mismatch
from apps.routing.engine.forecast import forecast
from apps.routing.engine.learned import Experience
from apps.routing.engine.lines import Group, Line, VendorLoad, Waiting, connect, disconnect, free_people
from apps.routing.engine.placement import NO_LIMITS, Limits, Placement, Profile, limits_of, place
from apps.routing.engine.shares import open_to, party_of, whose_turn
from apps.routing.engine.strategies import sticky_agent
from apps.routing.engine.types import (
    Agent,
    Decision,
    Forecast,
    Party,
    PassedOver,
    QueueRule,
    Reason,
    RoutingRule,
    Strategy,
    Work,
    WorkKind,
)

LINES_KEPT: Final = 4_096
"""Beyond this, lines in which nobody waits are forgotten."""

WHO_THEY_ARE: Final = (
    *("queues", "sees", "teams", "vendor", "is_senior", "skills", "languages"),
    *("channels", "categories", "held_back", "weights", "capacity"),
)

Entry = tuple[bool, float, float, int, int, Line]


class Floor:
    def __init__(
        self,
        rules: Iterable[QueueRule] = (),
        routing: Sequence[RoutingRule] = (),
        experience: Experience | None = None,
        *,
        asks_one_at_a_time: bool = False,
    ) -> None:
        """With `asks_one_at_a_time` a decision is an offer that has to be answered first; else it is work given."""
        self.looked_at = 0
        """How many pairs of work and person were looked at since the floor began: the measure of its effort."""
        self._routing = routing
        self._asks_one_at_a_time = asks_one_at_a_time
        self._experience = experience or Experience({})
        self._rules: dict[int, QueueRule] = {}
        self._given: dict[int, dict[Party, int]] = {}
        self._agents: dict[int, Agent] = {}
        self._group_of: dict[int, Group] = {}
        self._groups: dict[object, Group] = {}
        self._lines: dict[Profile, Line] = {}
        self._limits: set[Limits] = {NO_LIMITS}
        self._waiting: dict[int, Waiting] = {}
        self._unplaced: dict[int, Waiting] = {}
        self._particular: dict[int, Waiting] = {}
        self._awake: dict[Line, set[int] | None] = {}
        self._timers: list[tuple[float, int]] = []
        self._vendor_loads: dict[int, VendorLoad] = {}
        self._overloaded: set[int] = set()
        for rule in rules:
            self.set_rule(rule)

    # --- What the shell tells ---------------------------------------------------------------------------------------

    def set_rule(self, rule: QueueRule, given: Mapping[Party, int] | None = None) -> None:
        """`given` is what each party of a percentage split got before in the period that the shares are counted over."""
        if given is not None:
            self._count_anew(rule.queue, given)
        if self._rules.get(rule.queue) == rule:
            return
        self._rules[rule.queue] = rule
        self._overloaded.discard(rule.queue)
        self._vendor_loads.pop(rule.queue, None)
        if rule.hybrid is not None and rule.hybrid.overload_percent is not None:
            load = self._vendor_loads[rule.queue] = VendorLoad()
            for agent in self._agents.values():
                if rule.queue in agent.queues:
                    load.add(agent, 1)
        self._place_anew([waiting for waiting in self._waiting.values() if waiting.routed.queue == rule.queue])

    def put_agent(self, agent: Agent) -> None:
        """A new person, or one of whom anything changed."""
        before = self._agents.get(agent.id)
        if before == agent:
            return
        group_before = self._group_of.get(agent.id)
        self._replace_agent(before, agent)
        if group_before is not None and (group_before is not self._group_of[agent.id] or not agent.is_available):
            self._wake_left(group_before)
        if _became_freer(before, agent) or group_before is not self._group_of[agent.id]:
            self._wake_for(agent)

    def remove_agent(self, agent: int) -> None:
        before = self._agents.pop(agent, None)
        if before is not None:
            group = self._group_of.pop(agent)
            group.leave(agent)
            self._count_vendor(before, -1)
            self._wake_left(group)

    def put_work(self, work: Work) -> None:
        """New work, or work of which anything changed."""
        known = self._waiting.get(work.id)
        if known is not None and known.work == work:
            return
        routed = route(work, self._routing)
        turn = work.turn
        if known is not None:
            turn = turn or (known.turn if known.routed.queue == routed.queue else None)
            self._forget(known, keeps_turn=turn == known.turn)
        waiting = Waiting(work, routed, self._rule(routed.queue), turn)
        self._waiting[work.id] = self._unplaced[work.id] = waiting
        if work.declined_by or sticky_agent(work, waiting.rule) is not None:
            self._particular[work.id] = waiting

    def remove_work(self, work: int) -> None:
        if (waiting := self._waiting.get(work)) is not None:
            self._forget(waiting, keeps_turn=False)

    # --- What the floor answers -------------------------------------------------------------------------------------

    def decide(self, now: float) -> list[Decision]:
        """Gives away all that can be given, the most urgent first, and counts it as given."""
        self._wake_due(now)
        decisions: list[Decision] = []
        while True:
            self._place_unplaced(now)
            self._turn_gates()
            if not self._awake:
                return decisions
            decisions += self._round(now)

    def next_due(self) -> float | None:
        """When waiting alone changes something next."""
        while self._timers and not self._is_current(*self._timers[0]):
            heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def explain(self, work: Work, now: float) -> Forecast:
        """Where it would go now, on the floor or not, and why not to each other agent."""
        routed = route(work, self._routing)
        waiting = Waiting(work, routed, self._rule(routed.queue), work.turn or self.turn_of(work.id))
        turn = waiting.turn or self._next_turn(waiting, now)
        placement = place(routed, waiting.rule, turn, self._limits, now)
        case = Case(routed, waiting.rule, placement, self._experience, now)
        helped = self._why_helped(placement.profile, self._groups_for(placement.profile))
        return forecast(case, self._agents.values(), helped, self._ahead_of(waiting))

    def turn_of(self, work: int) -> Party | None:
        """Whose share waiting work counts for, to be handed in again as `Work.turn` by a floor that is built anew."""
        return self._waiting[work].turn if work in self._waiting else None

    def agent(self, agent: int) -> Agent:
        return self._agents[agent]

    @property
    def waiting_count(self) -> int:
        return len(self._waiting)

    def waiting(self) -> list[Work]:
        return [waiting.work for waiting in self._waiting.values()]

    # --- People -----------------------------------------------------------------------------------------------------

    def _replace_agent(self, before: Agent | None, agent: Agent) -> None:
        if before is not None:
            self._group_of[agent.id].leave(agent.id)
            self._count_vendor(before, -1)
            group = self._group_of[agent.id] if _is_alike(before, agent) else self._group(agent)
        else:
            group = self._group(agent)
        self._agents[agent.id], self._group_of[agent.id] = agent, group
        group.take_in(agent)
        self._count_vendor(agent, 1)

    def _group(self, agent: Agent) -> Group:
        key = likeness(agent)
        if (group := self._groups.get(key)) is None:
            self._know_limits(limits_of(agent))
            group = self._groups[key] = Group(agent)
            for line in self._lines.values():
                connect(line, group)
        return group

    def _know_limits(self, limits: Limits) -> None:
        """Lines tell apart only what somebody's limits tell apart, so new limits part them anew."""
        if limits not in self._limits:
            self._limits.add(limits)
            self._place_anew(list(self._waiting.values()))

    def _count_vendor(self, agent: Agent, sign: int) -> None:
        for queue in agent.queues & self._vendor_loads.keys():
            self._vendor_loads[queue].add(agent, sign)

    # --- Waking -----------------------------------------------------------------------------------------------------

    def _wake_for(self, agent: Agent) -> None:
        group = self._group_of[agent.id]
        helped = [line for line in group.helped if self._is_helped(line)]
        for line in [*group.lines, *helped]:
            if line.places:
                people = self._awake.setdefault(line, set())
                if people is not None:
                    people.add(agent.id)

    def _wake_left(self, group: Group) -> None:
        """Somebody left whom work was held for, who could have taken what others declined, or who was the last vendor."""
        if not group.present:
            for line in group.lines:
                if line.places and self._is_helped(line):
                    self._awake[line] = None
        for waiting in self._particular.values():
            stands_in = waiting.line
            if stands_in is not None and (group in stands_in.groups or group in stands_in.helpers):
                self._awake[stands_in] = None

    def _wake_due(self, now: float) -> None:
        while self._timers and self._timers[0][0] <= now:
            due, work = heappop(self._timers)
            if self._is_current(due, work):
                self._unplaced[work] = self._waiting[work]

    def _is_current(self, due: float, work: int) -> bool:
        waiting = self._waiting.get(work)
        return waiting is not None and waiting.placement is not None and waiting.placement.changes_at == due

    def _turn_gates(self) -> None:
        """Lets the house help with a queue whose vendors are overloaded, and ends it."""
        for queue, load in self._vendor_loads.items():
            if (queue in self._overloaded) != (load.percent >= self._overload_limit(queue)):
                self._overloaded ^= {queue}
                for line in self._lines.values():
                    if line.profile.queue == queue and line.profile.spills and line.places:
                        self._awake[line] = None

    def _overload_limit(self, queue: int) -> int:
        hybrid = self._rules[queue].hybrid
        return 100 if hybrid is None or hybrid.overload_percent is None else hybrid.overload_percent

    # --- Lines ------------------------------------------------------------------------------------------------------

    def _rule(self, queue: int) -> QueueRule:
        return self._rules.get(queue) or QueueRule(queue)

    def _place_anew(self, several: list[Waiting]) -> None:
        for waiting in several:
            if waiting.line is not None:
                waiting.line.drop(waiting)
            waiting.rule = self._rule(waiting.routed.queue)
            self._unplaced[waiting.work.id] = waiting
            if sticky_agent(waiting.work, waiting.rule) is not None:
                self._particular[waiting.work.id] = waiting
        self._forget_empty_lines()

    def _place_unplaced(self, now: float) -> None:
        for waiting in sorted(self._unplaced.values(), key=lambda waiting: (waiting.work.entered, waiting.work.id)):
            if waiting.turn is None:
                waiting.turn = self._next_turn(waiting, now)
                self._count_turn(waiting, 1)
            placement = place(waiting.routed, waiting.rule, waiting.turn, self._limits, now)
            if placement.changes_at is not None:
                heappush(self._timers, (placement.changes_at, waiting.work.id))
            if waiting.line is not None:
                waiting.line.drop(waiting)
            waiting.placement = placement
            line = self._line(placement.profile, waiting.rule)
            line.add(waiting)
            self._awake[line] = None
        self._unplaced.clear()

    def _line(self, profile: Profile, rule: QueueRule) -> Line:
        line = self._lines.get(profile)
        if line is None:
            if len(self._lines) >= LINES_KEPT:
                self._forget_empty_lines()
            line = self._lines[profile] = Line(profile, rule.growth_per_minute / 60)
            for group in self._groups.values():
                connect(line, group)
        return line

    def _forget_empty_lines(self) -> None:
        for profile, line in list(self._lines.items()):
            if not line.places:
                disconnect(line)
                del self._lines[profile]
                self._awake.pop(line, None)

    def _forget(self, waiting: Waiting, *, keeps_turn: bool) -> None:
        work = waiting.work.id
        if waiting.line is not None:
            waiting.line.drop(waiting)
        if not keeps_turn:
            self._count_turn(waiting, -1)
        del self._waiting[work]
        self._unplaced.pop(work, None)
        self._particular.pop(work, None)

    # --- Turns of a percentage split --------------------------------------------------------------------------------

    def _next_turn(self, waiting: Waiting, now: float) -> Party | None:
        if waiting.rule.strategy is not Strategy.PERCENTAGE_SPLIT or waiting.routed.outcome.party is not None:
            return None
        profile = place(waiting.routed, waiting.rule, None, (), now).profile
        shares = open_to(waiting.rule.shares, profile.side)
        return whose_turn(shares, self._given.get(waiting.routed.queue, {}))

    def _count_anew(self, queue: int, given: Mapping[Party, int]) -> None:
        """What waits counts for the party whose turn it is."""
        self._given[queue] = dict(given)
        for waiting in self._waiting.values():
            if waiting.routed.queue == queue:
                self._count_turn(waiting, 1)

    def _count_turn(self, waiting: Waiting, by: int) -> None:
        if waiting.turn is not None:
            self._count_given(waiting.routed.queue, waiting.turn, by)

    def _count_given(self, queue: int, party: Party, by: int) -> None:
        given = self._given.setdefault(queue, {})
        given[party] = given.get(party, 0) + by

    # --- Deciding ---------------------------------------------------------------------------------------------------

    def _round(self, now: float) -> list[Decision]:
        """Goes through the lines that are awake, the most urgent work first, whichever line it stands in."""
        awake, self._awake = self._awake, {}
        heap = [_entry(line, 0, now) for line in awake if line.places]
        heapify(heap)
        benches: dict[Line, Bench] = {}
        decisions = []
        while heap:
            *_order, index, line = heappop(heap)
            if (bench := benches.get(line)) is None:
                bench = benches[line] = self._bench(line, awake[line])
            self.looked_at += 1
            if bench.is_empty():
                continue
            decision = self._try(self._waiting[line.places[index].work], line, bench, now)
            if decision is not None:
                decisions.append(decision)
            following = index if decision is not None else index + 1
            if following < len(line.places):
                heappush(heap, _entry(line, following, now))
        return decisions

    def _bench(self, line: Line, people: set[int] | None) -> Bench:
        """Of those with room who match the line; of `people` only, if they are given."""
        groups, ready = self._groups_of(line), partial(self._with_room, line.profile.kind)
        if people is None:
            people = {agent.id for agent in free_people(groups)}
        bench = Bench([pk for pk in people if ready(pk) and self._group_of[pk] in groups], ready)
        self.looked_at += len(bench)
        return bench

    def _with_room(self, kind: WorkKind, agent: int) -> Agent | None:
        known = self._free(agent)
        return known if known is not None and known.has_room(kind) else None

    def _free(self, agent: int) -> Agent | None:
        known = self._agents.get(agent)
        return known if known is not None and known.is_available and not known.is_full else None

    def _groups_of(self, line: Line) -> set[Group]:
        """Whose people may take the line's work now."""
        return line.groups | line.helpers if self._is_helped(line) else line.groups

    def _is_helped(self, line: Line) -> bool:
        return bool(line.helpers) and self._why_helped(line.profile, line.groups) is not None

    def _why_helped(self, profile: Profile, vendors: Iterable[Group]) -> Reason | None:
        """Why the house may take what is the vendors', or None when it may not. `vendors` are the groups that match."""
        if not profile.spills:
            return None
        if profile.queue in self._overloaded:
            return Reason("vendor_overload", {"percent": round(self._vendor_loads[profile.queue].percent)})
        return None if any(group.present for group in vendors) else Reason("no_vendor_suited")

    def _groups_for(self, profile: Profile) -> list[Group]:
        return [group for group in self._groups.values() if mismatch(group.example, profile) is None]

    def _try(self, waiting: Waiting, line: Line, bench: Bench, now: float) -> Decision | None:
        case = Case(waiting.routed, waiting.rule, _placed(waiting), self._experience, now)
        best, unasked = self._best(case, line, bench)
        if not best:
            return None
        winner, *next_best = best
        passed_over = [behind(case, agent, winner) for agent in next_best]
        passed_over += unasked
        helped = self._why_helped(line.profile, line.groups) if self._group_of[winner.id] in line.helpers else None
        why = explanation(case, winner, len(best), helped)
        self._give(waiting, winner, now)
        expires = now + waiting.rule.offer_seconds
        return Decision(waiting.work.id, winner.id, line.profile.queue, now, expires, why, tuple(passed_over))

    def _best(self, case: Case, line: Line, bench: Bench) -> tuple[list[Agent], list[PassedOver]]:
        """Who gets it with the next best, and who is ready but declined or missed it."""
        work = case.routed.work
        if work.id not in self._particular and not work.missed_by:
            return bench.best(case, 1 + RUNNERS_UP), []
        if case.is_held_for(self._present(line, sticky_agent(work, case.rule))):
            return [], []
        ready = bench.everybody()
        self.looked_at += len(ready)
        willing = self._willing(case, line, ready)
        declined = self._declined(work, line, willing)
        unasked = [PassedOver(pk, DECLINED) for pk in declined]
        unasked += [PassedOver(pk, MISSED) for pk in self._resting(case, line) if pk not in declined]
        return ranked(case, willing, 1 + RUNNERS_UP), unasked

    def _declined(self, work: Work, line: Line, willing: list[Agent]) -> list[int]:
        """Who has room for it and declined it, also those whom nothing woke; nobody when they are asked again."""
        if any(agent.id in work.declined_by for agent in willing):
            return []
        return [agent.id for agent in self._ready_among(work.declined_by, work.kind, line)]

    def _resting(self, case: Case, line: Line) -> list[int]:
        """Who has room for it and let an offer of it expire lately."""
        work = case.routed.work
        return [agent.id for agent in self._ready_among(work.missed_by, work.kind, line) if case.rests(agent)]

    def _ready_among(self, agents: Iterable[int], kind: WorkKind, line: Line) -> list[Agent]:
        with_room = [known for pk in sorted(agents) if (known := self._with_room(kind, pk)) is not None]
        return [known for known in with_room if self._group_of[known.id] in self._groups_of(line)]

    def _present(self, line: Line, agent: int | None) -> Agent | None:
        """The agent, if they are there and match the line."""
        if agent is None or agent not in self._agents:
            return None
        group = self._group_of[agent]
        return self._agents[agent] if group in self._groups_of(line) else None

    def _willing(self, case: Case, line: Line, ready: list[Agent]) -> list[Agent]:
        """Without those who missed it lately, and without those who declined, unless nobody else is there and it is time
        to ask again.
        """
        declined = case.routed.work.declined_by
        ready = [agent for agent in ready if not case.rests(agent)]
        willing = [agent for agent in ready if agent.id not in declined]
        if willing or not declined or not case.may_ask_again():
            return willing
        return [] if any(group.present.keys() - declined for group in self._groups_of(line)) else ready

    def _give(self, waiting: Waiting, winner: Agent, now: float) -> None:
        party = party_of(winner, waiting.rule.shares)
        if waiting.turn is not None and party is not None and party != waiting.turn:
            self._count_turn(waiting, -1)
            self._count_given(waiting.routed.queue, party, 1)
        self._forget(waiting, keeps_turn=True)
        load = {**winner.load, waiting.work.kind: winner.load.get(waiting.work.kind, 0) + 1}
        asked = self._asks_one_at_a_time
        self._replace_agent(winner, replace(winner, load=load, idle_since=now, last_given_at=now, is_asked=asked))

    def _ahead_of(self, waiting: Waiting) -> int:
        mine = waiting.place
        queue = waiting.routed.queue
        return sum(1 for other in self._waiting.values() if other.routed.queue == queue and other.place < mine)


def _entry(line: Line, index: int, now: float) -> Entry:
    place = line.places[index]
    return not line.is_live, line.urgency(index, now), place.entered, place.work, index, line


def _placed(waiting: Waiting) -> Placement:
    assert waiting.placement is not None, "work stands in a line only once it was placed"  # noqa: S101 (for the types)
    return waiting.placement


def _is_alike(before: Agent, agent: Agent) -> bool:
    """Whether plainly nothing changed but what they do: `replace` keeps the rest as it is."""
    return all(getattr(before, name) is getattr(agent, name) for name in WHO_THEY_ARE)


def _became_freer(before: Agent | None, agent: Agent) -> bool:
    if not agent.is_available:
        return False
    if before is None or not before.is_available or before.weights != agent.weights:
        return True
    if before.is_asked and not agent.is_asked:
        return True
    if agent.came_at > before.came_at:
        return True
    return agent.capacity - agent.used > before.capacity - before.used
