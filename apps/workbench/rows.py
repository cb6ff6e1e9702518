"""The rows of ticket lists, as HTML.

Written in Python and not as a template: fifty rows of some forty values each were more than half of the time that the desk's
page took. Every value goes through `escape`; what does not (icons, numbers, our own words) is made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from urllib.parse import quote

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core.clock import now
from apps.core.templatetags.ui import full_time, hue, icon, short_time
from apps.tickets.enums import Priority, SlaState
from apps.tickets.selectors.lists import TagChip, TicketRow
from apps.tickets.selectors.search import SnippetPart
from apps.workbench.marks import PRIORITY_ICONS, PRIORITY_KEYS, STATUS_ICONS, Chip, due_mark, paused_mark, waiting_mark

TAGS = 2


class RowWriter:
    """For one list: its words are looked up once, and so is the time."""

    def __init__(self, view_key: str, open_number: int | None = None) -> None:
        self.open_number = open_number
        self.moment = now()
        self.address = (
            reverse("workbench:ticket", args=[0]).replace("/0/", "/{}/") + f"?view={quote(view_key, safe='')}"
        )
        self._seen: dict[tuple[str, object], str] = {}
        self.internal = escape(_("Internal"))
        self.public = escape(_("Public comment"))
        self.unknown = escape(_("Unknown"))
        self.no_subject = escape(_("No subject"))
        self.unassigned = escape(_("Unassigned"))
        self.nobody = (
            f'<span class="avatar" data-size="small" data-empty title="{self.unassigned}" role="img"'
            f' aria-label="{self.unassigned}"></span>'
        )

    def write_all(self, rows: Iterable[TicketRow]) -> SafeString:
        return SafeString("".join(self.write(row) for row in rows))

    def write(self, row: TicketRow, snippet: Sequence[SnippetPart] = ()) -> SafeString:
        is_open = row.number == self.open_number
        unread = " data-unread" if row.is_unread and not is_open else ""
        current = ' aria-current="true"' if is_open else ""
        address = self.address.format(row.number)
        return SafeString(
            f'<a class="ticket-row" href="{address}" data-opens-ticket data-key="{row.id}"{unread}{current}>'
            f"{self._mark(row)}"
            f'<span class="ticket-row-number">{row.number}</span>'
            f'<span class="ticket-row-who truncate">{self._who(row)}</span>'
            f'<span class="ticket-row-text">{self._subject(row)}{self._line(row, snippet)}</span>'
            f'<span class="ticket-row-tags">{"".join(map(_tag, row.tags[:TAGS]))}</span>'
            f'<span class="ticket-row-facts">{self._chip(row)}{self._status(row)}{self._assignee(row)}</span>'
            f"{self._when(row.last_message_at)}</a>"
        )

    def _mark(self, row: TicketRow) -> str:
        """Where it came from; what everybody can read is said as well."""
        label, shown = escape(row.channel_label), str(icon(row.channel_icon, 15))
        if row.is_public:
            label = f"{label} · {self.public}"
            hidden = f'<span class="visually-hidden">{self.public}</span>'
            shown = f'<span class="ticket-row-public">{shown}{icon("globe", 10)}</span>{hidden}'
        return f'<span class="ticket-row-mark" title="{label}">{shown}</span>'

    def _who(self, row: TicketRow) -> str:
        return escape(row.customer_name) or (self.internal if row.customer_id is None else self.unknown)

    def _subject(self, row: TicketRow) -> str:
        subject = escape(row.subject)
        mark = "" if row.priority == Priority.NORMAL else _priority(row)
        return (
            f'<span class="ticket-row-subject truncate">{mark}'
            f'<span class="truncate" title="{subject}">{subject or self.no_subject}</span></span>'
        )

    def _line(self, row: TicketRow, snippet: Sequence[SnippetPart]) -> str:
        if snippet:
            shown = "".join(
                f"<mark>{escape(part.text)}</mark>" if part.is_hit else escape(part.text) for part in snippet
            )
        else:
            ours = (
                f'<span class="ticket-row-ours">{icon("corner-up-left", 12)}</span>'
                if row.preview_kind == "agent"
                else ""
            )
            shown = ours + escape(row.preview)
        return f'<span class="ticket-row-line truncate">{shown}</span>'

    def _chip(self, row: TicketRow) -> str:
        if row.next_due_at is not None:
            return _chip(due_mark(row.next_due_at, row.sla_state, self.moment))
        if row.sla_state == SlaState.PAUSED:
            return _chip(paused_mark())
        if row.waiting_since is not None:
            return _chip(waiting_mark(row.waiting_since, self.moment))
        return ""

    def _status(self, row: TicketRow) -> str:
        key = ("status", "merged" if row.is_merged else row.status)
        if key not in self._seen:
            self._seen[key] = _merged() if row.is_merged else _status(row)
        return self._seen[key]

    def _assignee(self, row: TicketRow) -> str:
        if row.assignee_id is None:
            return self.nobody
        key = ("assignee", row.assignee_id)
        if key not in self._seen:
            self._seen[key] = _assignee(row)
        return self._seen[key]

    def _when(self, moment: datetime) -> str:
        return (
            f'<time class="ticket-row-time" datetime="{moment.isoformat(timespec="seconds")}"'
            f' title="{full_time(moment)}" data-time>{escape(short_time(moment, self.moment))}</time>'
        )


def _assignee(row: TicketRow) -> str:
    name = escape(row.assignee_name)
    return (
        f'<span class="avatar" data-size="small" data-hue="{hue(row.assignee_id)}" title="{name}" role="img"'
        f' aria-label="{name}">{escape(row.assignee_initials)}</span>'
    )


def _tag(tag: TagChip) -> str:
    return f'<span class="tag" data-hue="{hue(tag.key)}"><span class="truncate">{escape(tag.label)}</span></span>'


def _status(row: TicketRow) -> str:
    label = escape(row.status_label)
    mark = icon(STATUS_ICONS.get(row.status, "circle"), 15)
    return (
        f'<span class="status" data-status="{escape(row.status)}" title="{label}">{mark}'
        f'<span class="ticket-row-status-word">{label}</span></span>'
    )


def _merged() -> str:
    """What it was before says nothing any more."""
    label = escape(_("Merged"))
    return (
        f'<span class="status" data-status="closed" title="{label}">{icon("merge", 15)}'
        f'<span class="ticket-row-status-word">{label}</span></span>'
    )


def _priority(row: TicketRow) -> str:
    label = escape(row.priority_label)
    mark = icon(PRIORITY_ICONS[row.priority], 14)
    return (
        f'<span class="priority" data-priority="{PRIORITY_KEYS[row.priority]}" title="{label}">{mark}'
        f'<span class="visually-hidden">{label}</span></span>'
    )


def _chip(chip: Chip) -> str:
    due = f' data-due="{chip.due}"' if chip.due else ""
    return (
        f'<span class="time-chip" data-tone="{chip.tone}"{due} title="{escape(chip.title)}">{icon(chip.icon, 13)}'
        f"{escape(chip.text)}</span>"
    )
