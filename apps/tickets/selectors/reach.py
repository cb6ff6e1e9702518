"""By which channel a customer is usually reached.

What somebody entered by hand comes first. Else each channel on which they wrote in the last half year has a score: every
message of theirs counts 1, and half as much for each 30 days that have passed since; the sum is multiplied by one half
plus the share of our answers there that they answered within three days. Of two that are equal, the one on which they
answered sooner wins. It is a hint for who writes, never a rule for what is sent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from apps.core.clock import now
from apps.customers.identities import kind_of
from apps.customers.models import Customer
from apps.tickets.enums import MessageKind
from apps.tickets.models import Message
from apps.tickets.selectors.vocabulary import vocabulary

PERIOD: Final = timedelta(days=180)
HALF_LIFE: Final = timedelta(days=30)
ANSWERED_WITHIN: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Reach:
    icon: str
    label: str
    is_by_hand: bool


@dataclass(slots=True)
class _Use:
    weight: float = 0.0
    asked: int = 0
    answers: list[timedelta] = field(default_factory=list)
    waiting_since: datetime | None = None

    @property
    def score(self) -> tuple[float, float]:
        share = len(self.answers) / self.asked if self.asked else 0.0
        took = median(span.total_seconds() for span in self.answers) if self.answers else float("inf")
        return round(self.weight * (0.5 + share), 6), -took


def usual_reach(customer: Customer, messages: Sequence[Message]) -> Reach | None:
    """`messages` are the customer's conversations as far as the viewer sees them, oldest first."""
    if customer.prefers:
        kind = kind_of(customer.prefers)
        return Reach(kind.icon, str(kind.label), is_by_hand=True)
    uses = _uses(messages)
    best = max(uses, key=lambda pk: uses[pk].score, default=None)
    if best is None:
        return None
    words = vocabulary()
    return Reach(words.channel_icon(best), words.channel_label(best), is_by_hand=False)


def _uses(messages: Sequence[Message]) -> dict[int, _Use]:
    uses: defaultdict[int, _Use] = defaultdict(_Use)
    moment = now()
    for message in messages:
        if not message.channel_id or message.is_third_person or message.is_automatic:
            continue
        if moment - message.created <= PERIOD:
            _take(uses[message.channel_id], message, moment)
    return {pk: use for pk, use in uses.items() if use.weight}


def _take(use: _Use, message: Message, moment: datetime) -> None:
    if message.kind == MessageKind.AGENT:
        if use.waiting_since is None:
            use.waiting_since = message.created
            use.asked += 1
    elif message.kind == MessageKind.CUSTOMER:
        use.weight += 0.5 ** ((moment - message.created) / HALF_LIFE)
        if use.waiting_since is not None and message.created - use.waiting_since <= ANSWERED_WITHIN:
            use.answers.append(message.created - use.waiting_since)
        use.waiting_since = None
