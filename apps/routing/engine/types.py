"""The words of routing, shared by the engine, the shell that feeds it and the simulation.

Everything is an immutable value. What the shell hands in: `Agent`, `Work`, `QueueRule`, `RoutingRule`. What it gets
back: `Decision` and, for a dry run, `Forecast`. A `Reason` is a code with plain parameters, so that it can be stored as
JSON and put into words in any language (`apps.routing.words`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

Param = str | int | float


class WorkKind(StrEnum):
    """What a piece of work demands of a person while it runs."""

    CHAT = "chat"
    MESSENGER = "messenger"
    MAIL = "mail"
    CALL = "call"
    COUNTER = "counter"
    TICKET = "ticket"


LIVE = frozenset({WorkKind.CHAT, WorkKind.CALL, WorkKind.COUNTER})


class Side(StrEnum):
    IN_HOUSE = "in_house"
    VENDOR = "vendor"


class Strategy(StrEnum):
    """How a queue chooses among those who can take a piece of work."""

    LONGEST_IDLE = "longest_idle"
    LEAST_LOADED = "least_loaded"
    BEST_SKILL = "best_skill"
    ROUND_ROBIN = "round_robin"
    LAST_AGENT = "last_agent"
    PERCENTAGE_SPLIT = "percentage_split"


class Party(NamedTuple):
    """Who a share of the work belongs to: a team, a vendor, or the house (`id` 0)."""

    kind: str
    id: int = 0


IN_HOUSE: Final = Party("in_house")


def team(pk: int) -> Party:
    return Party("team", pk)


def vendor(pk: int) -> Party:
    return Party("vendor", pk)


FULL: Final = 100
"""The points of a whole person. A chat of 33 points can be held three times, a call of 100 fills somebody."""


@dataclass(frozen=True, slots=True)
class Agent:
    """One person as the floor sees them at one moment.

    `queues` are those whose work they may take; `languages`, `channels` and `categories` limit them further, None
    meaning all.
    `weights` tells how many points of `capacity` a piece of each kind takes; a kind that is missing is not theirs.
    `load` counts what they hold now, offers that are still open included.
    """

    id: int
    queues: frozenset[int]
    sees: frozenset[int] | None = None
    """The queues whose work is open to them, None meaning all: overflow asks nobody beyond."""
    teams: frozenset[int] = frozenset()
    vendor: int | None = None
    is_senior: bool = False
    is_available: bool = True
    skills: Mapping[str, int] = field(default_factory=dict)
    """Levels from 1 to 5."""
    languages: frozenset[str] | None = frozenset()
    channels: frozenset[int] | None = None
    categories: frozenset[int] | None = None
    held_back: Reason | None = None
    """Why they are given no new work at all for now, whatever it is."""
    capacity: int = FULL
    weights: Mapping[WorkKind, int] = field(default_factory=dict)
    load: Mapping[WorkKind, int] = field(default_factory=dict)
    idle_since: float = 0.0
    """When a piece of work was last given to or taken from them, or when they became available, if that is later."""
    last_given_at: float = 0.0
    """When work was last given to them; 0 for never."""
    came_at: float = 0.0
    """Since when they have been available: what they missed before is no reason to let them wait."""
    is_asked: bool = False
    """Has an offer to answer, and is asked nothing else meanwhile: of ten cards that come at once, nine run out unread."""
    used: int = field(init=False, compare=False)
    """Points taken. A kind that is not theirs, handed to them by a person, takes none."""

    is_full: bool = field(init=False, compare=False)
    """No room for anything that is theirs, for now."""

    def __post_init__(self) -> None:
        used = sum(self.weights.get(kind, 0) * count for kind, count in self.load.items())
        object.__setattr__(self, "used", used)
        object.__setattr__(
            self,
            "is_full",
            self.is_asked or used + min(self.weights.values(), default=self.capacity + 1) > self.capacity,
        )

    @property
    def side(self) -> Side:
        return Side.IN_HOUSE if self.vendor is None else Side.VENDOR

    @property
    def filled(self) -> float:
        """The share of them that is taken."""
        return self.used / max(1, self.capacity)

    def has_room(self, kind: WorkKind) -> bool:
        return not self.is_asked and kind in self.weights and self.used + self.weights[kind] <= self.capacity

    def belongs_to(self, party: Party) -> bool:
        if party.kind == "team":
            return party.id in self.teams
        return self.vendor == (party.id if party.kind == "vendor" else None)


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work that waits for a person. `entered` is when it came into its queue and never changes meanwhile."""

    id: int
    kind: WorkKind
    queue: int
    entered: float
    priority: int = 20
    """As `tickets.Priority`: 10 low, 20 normal, 30 high, 40 urgent."""
    customer_value: int = 0
    """From 0 to 100; the shell says what a customer's level is worth."""
    language: str = ""
    """Empty: any agent's language will do."""
    channel: int | None = None
    category: int | None = None
    keywords: frozenset[str] = frozenset()
    """Those keywords of the rules that occur in what the customer wrote; the engine never sees the text."""
    intent: str = ""
    sentiment: str = ""
    time_used: int = 0
    """Of what it was promised: the highest share, in percent, that was warned of; 100 once a promise was broken."""
    needs: Mapping[str, int] = field(default_factory=dict)
    """Skills with the least level."""
    last_agent: int | None = None
    last_agent_at: float = 0.0
    """Who served this customer last, and when."""
    declined_by: frozenset[int] = frozenset()
    declined_at: float = 0.0
    """Who declined this work, and when somebody last did. They are asked again only when nobody else is there."""
    missed_by: Mapping[int, float] = field(default_factory=dict)
    """Who let an offer of it expire, and when they last did: asked again after a pause, and after everybody else who is
    free."""
    failed_vendor_attempts: int = 0
    held_by: Side | None = None
    """The side that holds the matter already. What came to the house once does not go back to a vendor."""
    is_kept_in_house: bool = False
    """Somebody gave it back to the house, whatever the rules say."""
    turn: Party | None = None
    """Whose share it counts for, if a floor said so before (`Floor.turn_of`)."""


class OverflowChange(StrEnum):
    LOWER_SKILL = "lower_skill"
    DROP_SKILL = "drop_skill"
    DROP_LANGUAGE = "drop_language"
    ADD_QUEUE = "add_queue"
    ADD_TEAM = "add_team"
    ANY_SIDE = "any_side"


@dataclass(frozen=True, slots=True)
class OverflowStep:
    """After so many seconds of waiting, more people may take the work. Steps add up.

    `skill` names the skill of LOWER_SKILL and DROP_SKILL, empty meaning every skill; `target` the queue or the team
    that ADD_QUEUE and ADD_TEAM add.
    """

    after: int
    change: OverflowChange
    skill: str = ""
    target: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """Whole numbers that need not add up to a hundred."""

    party: Party
    percent: int


@dataclass(frozen=True, slots=True)
class Hybrid:
    """Standard matters go to the vendors; the house takes what is dear, what fails and what is too much for them."""

    senior_from: int | None = None
    """Customers of this value and above go to senior agents in-house …"""
    senior_seconds: int = 60
    """… and after so many seconds to anybody in-house."""
    overload_percent: int | None = None
    """The house helps while the vendors' available people on this queue are filled to this share. It helps with a piece of
    work, whatever is set here, while none of them who could take it is there."""
    overload_wait: int | None = None
    """The house helps with work that has waited longer than this many seconds."""
    failed_attempts: int = 3
    """So many failed vendor attempts bring the matter in-house, for good."""


@dataclass(frozen=True, slots=True)
class QueueRule:
    """How one queue routes."""

    queue: int
    strategy: Strategy = Strategy.LONGEST_IDLE
    offer_seconds: int = 20
    growth_per_minute: float = 1.0
    """Points of priority that waiting adds each minute, so that nobody waits for ever."""
    value_weight: float = 0.0
    """Points of priority for each point of the customer's value."""
    overflow: tuple[OverflowStep, ...] = ()
    shares: tuple[Share, ...] = ()
    """Of PERCENTAGE_SPLIT. Somebody who belongs to several parties counts for the first."""
    share_seconds: int = 60
    """So long work waits for the party whose turn it is; then anybody may take it."""
    last_agent_seconds: int = 7 * 86_400
    """How long the agent who served the customer last counts as theirs (LAST_AGENT) …"""
    last_agent_hold: int = 30
    """… and how long work waits for them while they are busy."""
    declined_again_seconds: int = 300
    """When all who could take work declined it, they are asked again after so long."""
    missed_again_seconds: int = 300
    """Who let an offer of work expire is asked again for it after so long …"""
    missed_again_live_seconds: int = 30
    """… and where somebody sits at the other end, after so long."""
    hybrid: Hybrid | None = None
    learned: bool = False
    """Prefers those who were successful with the category before (`learned.Record`)."""

    def asks_again_after(self, kind: WorkKind) -> int:
        """Seconds between an offer that somebody let expire and the next one to them of the same work."""
        return self.missed_again_live_seconds if kind in LIVE else self.missed_again_seconds


@dataclass(frozen=True, slots=True)
class Condition:
    """What work must be like; what is left empty does not matter. Times of day are in `time_zone`, and may pass midnight."""

    queues: frozenset[int] = frozenset()
    kinds: frozenset[WorkKind] = frozenset()
    channels: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()
    languages: frozenset[str] = frozenset()
    priorities: frozenset[int] = frozenset()
    keywords: frozenset[str] = frozenset()
    intents: frozenset[str] = frozenset()
    sentiments: frozenset[str] = frozenset()
    value_from: int | None = None
    time_used_from: int | None = None
    weekdays: frozenset[int] = frozenset()
    """Monday is 0."""
    from_minute: int | None = None
    to_minute: int | None = None
    time_zone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule does to work; what is left empty stays."""

    queue: int | None = None
    side: Side | None = None
    senior: bool = False
    """Only senior people of the side."""
    party: Party | None = None
    """Only people of this team or vendor."""
    widens_after: int | None = None
    """So many seconds `senior` and `party` are waited for; then anybody of the side will do. None: always."""
    add_priority: int = 0
    needs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """Looked at when work enters; of several rules in their order, the first that matches decides."""

    id: int
    condition: Condition
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence of an explanation, as a code and its parameters; `apps.routing.words` says it."""

    code: str
    params: Mapping[str, Param] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An agent who did not get the work, and why."""

    agent: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Decision:
    """`work` is to be offered to `agent` until `expires`. `queue` is the one whose rule chose."""

    work: int
    agent: int
    queue: int
    at: float
    expires: float
    explanation: tuple[Reason, ...]
    passed_over: tuple[PassedOver, ...] = ()
    """The next best, and those who declined; `Floor.explain` names everybody."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of a dry run: where work would go now and why, and why not to each other agent. Nobody: it would wait."""

    agent: int | None
    explanation: tuple[Reason, ...]
    others: tuple[PassedOver, ...]
