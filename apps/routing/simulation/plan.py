"""A floor to play: who calls when, who works when, and how each queue routes. Read from TOML; see `floors/hybrid.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from apps.routing.engine.types import (
    Hybrid,
    OverflowChange,
    OverflowStep,
    Party,
    QueueRule,
    Share,
    Strategy,
    WorkKind,
)

HYBRID: Final = Path(__file__).parent / "floors" / "hybrid.toml"
HOUR: Final = 3_600


class UnreadablePlan(ValueError):
    """The file is no floor; the message names the place."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Customers of one kind."""

    name: str
    kind: WorkKind
    queue: int
    per_hour: Mapping[int, float]
    """Arrivals in the hour that begins then."""
    handle: float
    """Mean seconds, wrap-up included."""
    handle_spread: float = 0.7
    """The standard deviation as a share of the mean."""
    patience: float = 0.0
    """Mean seconds; 0: they wait for ever, and the stream is not live."""
    channel: int | None = None
    category: int | None = None
    language: str = ""
    needs: Mapping[str, int] = field(default_factory=dict)
    value: int = 0
    priority: int = 20

    @property
    def is_live(self) -> bool:
        return self.patience > 0


@dataclass(frozen=True, slots=True)
class People:
    """Some agents who are alike."""

    name: str
    count: int
    queues: frozenset[int]
    weights: Mapping[WorkKind, int]
    shift: tuple[float, float]
    """Hours of the day."""
    pause: tuple[float, float] | None = None
    vendor: int | None = None
    teams: frozenset[int] = frozenset()
    senior: bool = False
    skills: Mapping[str, int] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()
    absence: float = 0.0
    """The share of days on which one of them does not come."""

    def works_at(self, hour: float) -> bool:
        resting = self.pause is not None and self.pause[0] <= hour < self.pause[1]
        return self.shift[0] <= hour < self.shift[1] and not resting


@dataclass(frozen=True, slots=True)
class Plan:
    name: str
    streams: tuple[Stream, ...]
    people: tuple[People, ...]
    rules: tuple[QueueRule, ...]
    short_abandon: float = 5.0
    service_seconds: float = 30.0
    """Of the service level: answered within so many seconds."""
    accept: float = 3.0
    """Seconds until an agent takes what they are offered."""
    mismatch: float = 60.0
    """Seconds until somebody who lacks the skill or the language has found out and transfers."""
    skill_speed: float = 0.05
    """Each level above what is needed shortens handling by this share; each level below lengthens it."""

    @property
    def headcount(self) -> int:
        return sum(group.count for group in self.people)

    def with_headcount(self, count: int) -> Plan:
        """The same floor with more or fewer people, in the same proportions as nearly as whole people allow."""
        shares = [group.count * count / self.headcount for group in self.people]
        counts = [int(share) for share in shares]
        by_rest = sorted(range(len(shares)), key=lambda i: (counts[i] - shares[i], i))
        for index in by_rest[: count - sum(counts)]:
            counts[index] += 1
        people = tuple(replace(group, count=n) for group, n in zip(self.people, counts, strict=True))
        return replace(self, people=people)


def read_plan(path: Path) -> Plan:
    try:
        given = tomllib.loads(path.read_text("utf-8"))
        return Plan(
            **{
                **given,
                "streams": tuple(_stream(one) for one in given.get("streams", [])),
                "people": tuple(_people(one) for one in given.get("people", [])),
                "rules": tuple(_rule(one) for one in given.get("rules", [])),
            }
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError, ValueError, KeyError) as error:
        raise UnreadablePlan(f"{path.name}: {error}") from error


def _stream(given: dict[str, Any]) -> Stream:
    per_hour = {int(hour): float(count) for hour, count in given["per_hour"].items()}
    return Stream(**{**given, "kind": WorkKind(given["kind"]), "per_hour": per_hour})


def _people(given: dict[str, Any]) -> People:
    weights = {WorkKind(kind): int(weight) for kind, weight in given["weights"].items()}
    made: dict[str, Any] = {**given, "weights": weights}
    made |= {name: frozenset(given[name]) for name in ("queues", "teams", "languages") if name in given}
    made |= {name: _span(given[name]) for name in ("shift", "pause") if name in given}
    return People(**made)


def _span(given: list[str]) -> tuple[float, float]:
    begins, ends = (int(text[:2]) + int(text[3:]) / 60 for text in given)
    return begins, ends


def _rule(given: dict[str, Any]) -> QueueRule:
    made: dict[str, Any] = {name: given[name] for name in given if name in {f.name for f in fields(QueueRule)}}
    if made.keys() != given.keys():
        raise ValueError(f"unknown in rules: {', '.join(sorted(given.keys() - made.keys()))}")
    made["strategy"] = Strategy(given.get("strategy", Strategy.LONGEST_IDLE))
    made["overflow"] = tuple(
        OverflowStep(**{**step, "change": OverflowChange(step["change"])}) for step in given.get("overflow", [])
    )
    made["shares"] = tuple(
        Share(Party(share["party"], share.get("id", 0)), share["percent"]) for share in given.get("shares", [])
    )
    made["hybrid"] = Hybrid(**given["hybrid"]) if "hybrid" in given else None
    return QueueRule(**made)
