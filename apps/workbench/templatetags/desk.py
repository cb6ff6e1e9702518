"""How the desk shows what the domain says: the shape of a status, the place of an entry in the timeline."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.tickets.enums import Priority, Status
from apps.workbench.rail import rail_items

register = template.Library()

STATUS_ICONS = {
    Status.NEW: "circle-dashed",
    Status.OPEN: "circle-dot",
    Status.PENDING: "hourglass",
    Status.ON_HOLD: "circle-pause",
    Status.RESOLVED: "circle-check",
    Status.CLOSED: "archive",
}
PRIORITY_ICONS = {
    Priority.LOW: "signal-low",
    Priority.NORMAL: "signal-medium",
    Priority.HIGH: "signal-high",
    Priority.URGENT: "octagon-alert",
}
FILE_ICONS = (
    ("image/", "image"),
    ("audio/", "file-headphone"),
    ("video/", "file-play"),
    ("text/", "file-text"),
    ("application/pdf", "file-text"),
    ("application/zip", "file-archive"),
    ("application/vnd.ms-excel", "file-spreadsheet"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml", "file-spreadsheet"),
)
GROUP_WITHIN = timedelta(minutes=5)


@register.filter
def status_icon(status: str) -> str:
    return STATUS_ICONS.get(Status(status), "circle") if status in Status.values else "circle"


@register.filter
def status_word(status: str) -> str:
    return str(Status(status).label) if status in Status.values else str(status)


@register.filter
def priority_key(priority: int | str) -> str:
    return Priority(int(priority)).name.lower()


@register.filter
def priority_word(priority: int | str) -> str:
    return str(Priority(int(priority)).label)


@register.filter
def priority_icon(priority: int | str) -> str:
    return PRIORITY_ICONS[Priority(int(priority))]


@register.filter
def is_unusual(priority: int | str) -> bool:
    return int(priority) != Priority.NORMAL


@register.filter
def file_icon(content_type: str) -> str:
    return next((icon for prefix, icon in FILE_ICONS if str(content_type).startswith(prefix)), "file")


@dataclass
class Block:
    """One thing the timeline draws: a day, one message, or system entries folded into a line."""

    shape: str
    day: date | None = None
    entry: Any = None
    entries: list[Any] = field(default_factory=list)
    is_grouped: bool = False
    is_first_unread: bool = False


def _follows(previous: Block | None, entry: Any) -> bool:
    """Whether a chat line belongs to the bubble before it: same sender, no other entry between, soon after."""
    if previous is None or previous.shape != "message" or entry.face != "chat":
        return False
    before = previous.entry
    return bool(
        before.face == "chat"
        and before.side == entry.side
        and before.sender_name == entry.sender_name
        and entry.created - before.created < GROUP_WITHIN
    )


@register.simple_tag
def timeline_blocks(entries: Iterable[Any], first_unread: int | None = None, last_day: date | None = None) -> list[Block]:
    """Entries in order → days, messages (grouped by sender), system lines (grouped when they follow each other)."""
    blocks: list[Block] = []
    day = last_day
    for entry in entries:
        entry_day = timezone.localtime(entry.created).date()
        if entry_day != day:
            day = entry_day
            blocks.append(Block("day", day=entry_day))
        previous = blocks[-1] if blocks else None
        if entry.kind == "system":
            if previous is not None and previous.shape == "system":
                previous.entries.append(entry)
            else:
                blocks.append(Block("system", entries=[entry]))
            continue
        blocks.append(
            Block(
                "message",
                entry=entry,
                is_grouped=_follows(previous, entry),
                is_first_unread=first_unread is not None and entry.sequence == first_unread,
            )
        )
    return blocks


@register.filter
def day_word(day: date) -> str:
    """Today and yesterday by name, older days by date (formatted by the template)."""
    today = timezone.localdate()
    if day == today:
        return str(_("Today"))
    if day == today - timedelta(days=1):
        return str(_("Yesterday"))
    return ""


@register.inclusion_tag("workbench/rail.html", takes_context=True)
def rail(context: Context) -> dict[str, Any]:
    request = context["request"]
    current = context.get("section", "")
    return {
        "items": rail_items(request.actor, current),
        "person": request.user,
        "request": request,
        "csrf_token": context.get("csrf_token"),
    }


@register.filter
def among(value: object, values: Sequence[object]) -> bool:
    return value in values
