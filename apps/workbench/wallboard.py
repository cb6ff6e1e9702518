"""The floor on one screen, put together from what lower apps tell: figures, people, promises, channels, alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apps.alerts.selectors import AlertCard, open_alerts
from apps.channels.selectors.health import ChannelHealth, channel_health
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.permissions import may
from apps.metrics.selectors.live import AgentNow, BreachSoon, QueueNow, agents_now, breaches_soon, queues_now
from apps.metrics.selectors.trends import Trend, trends
from apps.routing.enums import Presence
from apps.routing.selectors.floor import ICONS

SOON: Final = timedelta(minutes=15)
LATER: Final = timedelta(minutes=30)
MOST_BREACHES: Final = 12


@dataclass(frozen=True, slots=True)
class QueueLine:
    """`tone` repeats the alert that is open for the queue: nothing else is coloured."""

    queue: QueueNow
    tone: str
    trend: Trend | None
    """None where nobody has waited lately."""


@dataclass(frozen=True, slots=True)
class Person:
    agent: AgentNow
    since_seconds: int | None


@dataclass(frozen=True, slots=True)
class StateGroup:
    """Those who are the same right now, the longest first. Who is offline is only counted."""

    state: str
    label: str
    icon: str
    people: list[Person]
    count: int


@dataclass(frozen=True, slots=True)
class Breaches:
    soon: int
    later: int
    rows: list[BreachSoon]


@dataclass(frozen=True, slots=True)
class Channels:
    """Only those that need somebody are named; of the others it is enough how many there are."""

    troubled: list[ChannelHealth]
    working: int


@dataclass(frozen=True, slots=True)
class Board:
    at: datetime
    alerts: list[AlertCard]
    queues: list[QueueLine]
    states: list[StateGroup]
    breaches: Breaches
    channels: Channels | None
    """None for who does not look after channels."""


def board_of(actor: Actor) -> Board:
    moment, alerts = now(), open_alerts(actor)
    return Board(
        at=moment,
        alerts=alerts,
        queues=_queue_lines(queues_now(actor), alerts, trends(actor)),
        states=_groups(agents_now(actor), moment),
        breaches=_breaches(breaches_soon(actor, LATER)),
        channels=_channels(channel_health(actor)) if may(actor, "channels.view_health") else None,
    )


def _queue_lines(
    queues: Iterable[QueueNow], alerts: Iterable[AlertCard], lately: Mapping[int, Trend]
) -> list[QueueLine]:
    tones = {alert.queue_id: alert.tone for alert in reversed(list(alerts))}
    return [QueueLine(queue, tones.get(queue.queue_id, ""), lately.get(queue.queue_id)) for queue in queues]


def _groups(agents: Sequence[AgentNow], moment: datetime) -> list[StateGroup]:
    return [_group(state, [row for row in agents if row.state == state], moment) for state in Presence]


def _group(state: Presence, rows: Sequence[AgentNow], moment: datetime) -> StateGroup:
    people = [Person(row, None if row.since is None else int((moment - row.since).total_seconds())) for row in rows]
    people.sort(key=lambda person: -(person.since_seconds or 0))
    shown = [] if state == Presence.OFFLINE else people
    return StateGroup(state.value, str(state.label), ICONS[state], shown, len(people))


def _breaches(rows: Sequence[BreachSoon]) -> Breaches:
    soon = sum(row.seconds_left <= SOON.total_seconds() for row in rows)
    return Breaches(soon, len(rows) - soon, list(rows[:MOST_BREACHES]))


def _channels(rows: Iterable[ChannelHealth]) -> Channels:
    active = [row for row in rows if row.is_active]
    troubled = [row for row in active if row.tone != "success"]
    return Channels(troubled, len(active) - len(troubled))
