"""The place where a higher app says what an inbound message leads to.

The handler runs inside the transaction that also marks the inbox row done: its effects and that mark are
committed together or not at all. It may run again for the same row after a failure, never after success.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.functional import Promise

from apps.channels import registry
from apps.channels.contract import Arrival, Inbound
from apps.channels.errors import NoIntake
from apps.channels.models import Channel, InboundEvent
from apps.core.actor import Actor


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """Which message and ticket the input became; both None when it was kept without effects, for `reason`."""

    message_id: int | None
    ticket_id: int | None
    reason: str = ""


IntakeHandler = Callable[[Inbound, InboundEvent], IntakeResult]
NumberSource = Callable[[int], int | None]
CategorySource = Callable[[Channel], list[tuple[str, str | Promise]]]


class Destinations(Protocol):
    """The queues that a channel can lead to, for pages that set a whole channel up."""

    def choices(self, by: Actor) -> list[tuple[int, str]]: ...

    def chosen(self, channel: Channel) -> int | None: ...

    def choose(self, channel: Channel, queue: int, by: Actor) -> None: ...

    def unseen(self, channel: Channel, by: Actor) -> list[int]: ...


MissingRules = Callable[[Sequence[int]], Mapping[int, str]]
NO_RULE = "tickets.intake_missing"
"""The code under which a call is parked while nobody said what its channel leads to."""

_missing_rules: MissingRules | None = None
_handler: IntakeHandler | None = None
_category_source: CategorySource | None = None
_number_source: NumberSource | None = None
_destinations: Destinations | None = None


def register_handler(handler: IntakeHandler) -> IntakeHandler:
    """Called once, in `ready()` of the app that owns the work."""
    global _handler  # noqa: PLW0603 (filled once at start-up)
    _handler = handler
    return handler


def current_handler() -> IntakeHandler | None:
    return _handler


def handle(inbound: Inbound, event: InboundEvent) -> IntakeResult:
    if _handler is None:
        raise NoIntake
    return _handler(inbound, event)


def register_category_source(source: CategorySource) -> CategorySource:
    """What a customer may choose on the form of a channel: (key, label) pairs; the key comes back in `fields`."""
    global _category_source  # noqa: PLW0603 (filled once at start-up)
    _category_source = source
    return source


def register_number_source(source: NumberSource) -> NumberSource:
    """The number by which people call what an input became, by the id that the handler gave for it."""
    global _number_source  # noqa: PLW0603 (filled once at start-up)
    _number_source = source
    return source


def number_of(event: InboundEvent) -> int | None:
    """None while the input waits, and for what opened nothing."""
    return _number_source(event.ticket_id) if _number_source and event.ticket_id else None


def category_choices(channel: Channel) -> list[tuple[str, str | Promise]]:
    return _category_source(channel) if _category_source else []


def register_missing_rules(source: MissingRules) -> MissingRules:
    """Which of some channels nobody said what they lead to, each with the address of the page to say it."""
    global _missing_rules  # noqa: PLW0603 (filled once at start-up)
    _missing_rules = source
    return source


def register_destinations(destinations: Destinations) -> Destinations:
    global _destinations  # noqa: PLW0603 (filled once at start-up)
    _destinations = destinations
    return destinations


def destination_choices(by: Actor) -> list[tuple[int, str]]:
    return _destinations.choices(by) if _destinations else []


def chosen_destination(channel: Channel) -> int | None:
    return _destinations.chosen(channel) if _destinations else None


def unseen_destinations(channel: Channel, by: Actor) -> list[int]:
    """Those of the choices whose tickets from this channel nobody would find among their work."""
    return _destinations.unseen(channel, by) if _destinations else []


def choose_destination(channel: Channel, queue: int, by: Actor) -> None:
    """Says what the channel leads to. Raises InvalidInput for a queue that is not there for this person."""
    if _destinations is None:
        raise NoIntake
    _destinations.choose(channel, queue, by)


def missing_rules(channels: Iterable[Channel]) -> Mapping[int, str]:
    """Of active channels that something can arrive on; what does is parked."""
    ids = [channel.pk for channel in channels if channel.is_active and channel.kind in _arriving()]
    return _missing_rules(ids) if _missing_rules and ids else {}


def _arriving() -> set[str]:
    return {connector.kind for connector in registry.all() if connector.arrival is not Arrival.NONE}
