"""The shapes by which a status, a priority and a time are told, with or without colour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext, gettext_lazy

from apps.core.templatetags.ui import full_time
from apps.tickets.enums import Priority, Status

STATUS_ICONS: dict[str, str] = {
    Status.NEW.value: "circle-dashed",
    Status.OPEN.value: "circle-dot",
    Status.PENDING.value: "hourglass",
    Status.ON_HOLD.value: "circle-pause",
    Status.RESOLVED.value: "circle-check",
    Status.CLOSED.value: "archive",
}
PRIORITY_ICONS: dict[int, str] = {
    Priority.LOW.value: "signal-low",
    Priority.NORMAL.value: "signal-medium",
    Priority.HIGH.value: "signal-high",
    Priority.URGENT.value: "octagon-alert",
}
PRIORITY_KEYS: dict[int, str] = {priority.value: priority.name.lower() for priority in Priority}
CHIP_ICONS = {"danger": "alarm-clock-off", "warning": "alarm-clock", "": "clock"}
DUE_WORDS = {
    "": gettext_lazy("Due %(time)s"),
    "breached": gettext_lazy("Overdue since %(time)s"),
    "follow_up": gettext_lazy("Nobody was there or free when it came; follow up by %(time)s"),
    "window": gettext_lazy("The channel takes answers until %(time)s"),
}
WARN_BEFORE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Chip:
    tone: str
    text: str
    title: str
    icon: str
    due: str = ""
    """The moment that the browser counts towards, in ISO 8601."""


def due_mark(due: datetime, state: str, moment: datetime) -> Chip:
    """Time left until a deadline; warning within an hour, danger when it has passed."""
    left = due - moment
    tone = "danger" if left < timedelta() else "warning" if left < WARN_BEFORE or state == "warning" else ""
    said = DUE_WORDS.get(state, DUE_WORDS[""]) % {"time": full_time(due)}
    return Chip(tone, span_words(abs(left)), said, CHIP_ICONS[tone], due.isoformat(timespec="seconds"))


def paused_mark() -> Chip:
    """Nothing is due while the ticket waits for somebody else."""
    return Chip(
        "", gettext("Paused"), gettext("The time does not count while the ticket has this status"), "circle-pause"
    )


def waiting_mark(since: datetime, moment: datetime) -> Chip:
    """How long the customer has been waiting for an answer. Without a deadline it only tells."""
    waited = span_words(moment - since)
    return Chip("", waited, gettext("Waiting for an answer for %(time)s") % {"time": waited}, CHIP_ICONS[""])


def span_words(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return gettext("%(count)d m") % {"count": max(minutes, 0)}
    if minutes < 48 * 60:
        return gettext("%(count)d h") % {"count": minutes // 60}
    return gettext("%(count)d d") % {"count": minutes // (24 * 60)}
