"""The place where a higher app says what an inbound message leads to.

The handler runs inside the transaction that also marks the inbox row done: its effects and that mark are
committed together or not at all. It may run again for the same row after a failure, never after success.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from apps.channels.contract import Inbound
from apps.channels.errors import NoIntake
from apps.channels.models import Channel, InboundEvent


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """Which message and ticket the input became; both None when it was kept without effects, for `reason`."""

    message_id: int | None
    ticket_id: int | None
    reason: str = ""


IntakeHandler = Callable[[Inbound, InboundEvent], IntakeResult]
CategorySource = Callable[[Channel], list[tuple[str, str | Promise]]]

_handler: IntakeHandler | None = None
_category_source: CategorySource | None = None


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


def category_choices(channel: Channel) -> list[tuple[str, str | Promise]]:
    return _category_source(channel) if _category_source else []
