"""How the desk shows what the domain says: the shape of a status, the place of an entry in the timeline."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from django import template
from django.conf import settings
from django.template.context import Context
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.channels import registry
from apps.channels.enums import DeliveryState
from apps.channels.errors import UnknownConnector
from apps.core.clock import now
from apps.core.richtext import html_to_text
from apps.core.words import span_words
from apps.routing.selectors.floor import own_state
from apps.tickets.enums import Priority, Status
from apps.tickets.events import TicketOpened
from apps.tickets.selectors.choices import ChannelChoice
from apps.tickets.selectors.history import HistoryRow
from apps.tickets.selectors.lists import TicketRow
from apps.tickets.selectors.routes import ReplyRoute
from apps.tickets.selectors.search import SearchPage
from apps.tickets.selectors.timeline import TimelineEntry
from apps.tickets.selectors.vocabulary import vocabulary
from apps.tickets.services.drafts import card_of
from apps.tickets.services.outgoing import signature_of
from apps.workbench.desk import SOCKET_PATH
from apps.workbench.marks import PRIORITY_ICONS, PRIORITY_KEYS, STATUS_ICONS, due_mark, paused_mark
from apps.workbench.rail import rail_items
from apps.workbench.rows import RowWriter

register = template.Library()

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
DELIVERY_TONES: dict[str, str] = {
    DeliveryState.FAILED: "danger",
    DeliveryState.UNKNOWN: "warning",
}
DELIVERY_ICONS: dict[str, str] = {
    DeliveryState.QUEUED: "clock",
    DeliveryState.SENDING: "clock",
    DeliveryState.FAILED: "circle-alert",
    DeliveryState.UNKNOWN: "circle-question-mark",
}
DEMO_ROLES = {
    "agent": _("Agent"),
    "supervisor": _("Supervisor"),
    "manager": _("Manager"),
    "vendor_agent": _("Outsourced agent"),
    "vendor_manager": _("Vendor manager"),
}
# The first message itself shows that a ticket was opened.
SHOWN_ANYWAY = frozenset({TicketOpened.kind})


@register.filter
def carries(route: ReplyRoute | ChannelChoice | str) -> str:
    """What the composer offers on a channel, as the words that its script knows."""
    if isinstance(route, str):
        return ""
    able = {
        "html": route.html,
        "files": route.attachments,
        "copies": route.has_copies,
        "subject": route.has_subject,
        "segments": route.counts_segments,
        "card": isinstance(route, ReplyRoute) and route.has_cards,
    }
    return " ".join(word for word, is_able in able.items() if is_able)


@register.filter
def card_buttons(data: Mapping[str, Sequence[str]] | None) -> list[tuple[str, str]]:
    """What a draft keeps of the buttons of its card."""
    return [(button.label, button.url) for button in card.buttons] if (card := card_of(data or {})) else []


@register.filter
def signature_text(user: User) -> str:
    """As it stands below what is sent."""
    return html_to_text(signature_of(user))


@register.filter
def status_icon(status: str) -> str:
    return STATUS_ICONS.get(status, "circle")


@register.filter
def status_word(status: str) -> str:
    return str(Status(status).label) if status in Status.values else str(status)


@register.filter
def priority_key(priority: int | str) -> str:
    return PRIORITY_KEYS[int(priority)]


@register.filter
def priority_word(priority: int | str) -> str:
    return str(Priority(int(priority)).label)


@register.filter
def priority_icon(priority: int | str) -> str:
    return PRIORITY_ICONS[int(priority)]


@register.filter
def is_unusual(priority: int | str) -> bool:
    return int(priority) != Priority.NORMAL


@register.filter
def file_icon(content_type: str) -> str:
    return next((icon for prefix, icon in FILE_ICONS if str(content_type).startswith(prefix)), "file")


@dataclass
class Block:
    """One thing the timeline draws: a day, the line above what is new, one message, a line that the system wrote, or
    changes folded into one.
    """

    shape: Literal["day", "unread", "message", "notice", "system"]
    day: date | None = None
    entry: TimelineEntry | None = None
    face: str = ""
    entries: list[HistoryRow] = field(default_factory=list)
    is_grouped: bool = False


def face_of(entry: TimelineEntry) -> str:
    """How an entry looks. Only what the connector says about itself decides; no kind of channel is named here."""
    if entry.is_note:
        return "note"
    if entry.notice == "recorded":
        return "call"
    channel = vocabulary().channels.get(entry.channel_id or 0)
    if channel is None:
        return "mail"
    try:
        able = registry.get(channel.kind).capabilities
    except UnknownConnector:
        return "mail"
    return "mail" if able.has_subject or able.html else "chat"


def _follows(previous: Block | None, entry: TimelineEntry, face: str) -> bool:
    """Whether a chat line belongs to the bubble before it: same sender, no other entry between, soon after.

    One with a notice stands by itself, because the notice stands at its head.
    """
    before = previous.entry if previous is not None else None
    return (
        before is not None
        and previous is not None
        and previous.face == face == "chat"
        and before.is_inbound == entry.is_inbound
        and before.author_name == entry.author_name
        and not entry.notice_label
        and entry.created - before.created < GROUP_WITHIN
    )


@register.simple_tag
def timeline_blocks(
    entries: Sequence[TimelineEntry], history: Sequence[HistoryRow] | None = None, read_to: int | None = None
) -> list[Block]:
    """Messages and changes in one order → days, messages (grouped by sender), lines of changes (grouped in a row)."""
    blocks: list[Block] = []
    day: date | None = None
    is_new_marked = not read_to
    for moment, item in _in_order(entries, history or ()):
        today = timezone.localtime(moment).date()
        if today != day:
            day = today
            blocks.append(Block("day", day=today))
        previous = blocks[-1]
        if isinstance(item, HistoryRow):
            if previous.shape == "system":
                previous.entries.append(item)
            else:
                blocks.append(Block("system", entries=[item]))
            continue
        if not is_new_marked and item.is_inbound and item.sequence > (read_to or 0):
            is_new_marked = True
            blocks.append(Block("unread"))
        if item.is_system and not item.html:
            blocks.append(Block("notice", entry=item))
            continue
        face = face_of(item)
        blocks.append(Block("message", entry=item, face=face, is_grouped=_follows(blocks[-1], item, face)))
    return blocks


def _in_order(
    entries: Sequence[TimelineEntry], history: Sequence[HistoryRow]
) -> list[tuple[datetime, TimelineEntry | HistoryRow]]:
    both: list[tuple[datetime, TimelineEntry | HistoryRow]] = [(entry.created, entry) for entry in entries]
    both += [(row.at, row) for row in history if row.kind not in SHOWN_ANYWAY]
    return sorted(both, key=lambda pair: pair[0])


@register.filter
def delivery_tone(state: str) -> str:
    return DELIVERY_TONES.get(state, "")


@register.filter
def delivery_icon(state: str) -> str:
    return DELIVERY_ICONS.get(state, "check")


@register.inclusion_tag("components/time_chip.html")
def due_chip(due: datetime, state: str = "") -> dict[str, object]:
    return asdict(due_mark(due, state, now()))


@register.inclusion_tag("components/time_chip.html")
def paused_chip() -> dict[str, object]:
    return asdict(paused_mark())


@register.simple_tag
def ticket_rows(rows: Iterable[TicketRow], view_key: str = "all", open_number: int | None = None) -> SafeString:
    return RowWriter(view_key, open_number or None).write_all(rows)


@register.simple_tag
def found_rows(found: SearchPage) -> SafeString:
    """What a search found: the ticket of that number, those of the customers, then hits with the words that were found."""
    writer = RowWriter("search")
    rows = [*filter(None, [found.exact]), *found.theirs]
    return SafeString(
        "".join([*map(writer.write, rows), *(writer.write(hit.ticket, hit.snippet) for hit in found.hits)])
    )


@register.filter
def day_word(day: date) -> str:
    """Today and yesterday by name, older days by date (formatted by the template)."""
    today = timezone.localdate()
    if day == today:
        return gettext("Today")
    if day == today - timedelta(days=1):
        return gettext("Yesterday")
    return ""


register.filter("span_words", span_words)


@register.inclusion_tag("workbench/rail.html", takes_context=True)
def rail(context: Context) -> dict[str, Any]:
    request = context["request"]
    current = str(context.get("section") or "")
    return {
        "items": rail_items(request.actor, current),
        "state": own_state(request.actor) if "routing.serve" in request.actor.permissions else None,
        "person": request.actor.user,
        "request": request,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("workbench/offers_region.html", takes_context=True)
def offers(context: Context) -> dict[str, Any]:
    """Where offers appear, on every page of who takes part in routing. They are asked for once the socket is there."""
    actor = context["request"].actor
    takes_part = "routing.serve" in actor.permissions
    return {"takes_part": takes_part, "user_id": actor.user_id, "socket_path": f"/{SOCKET_PATH}"}


@register.filter
def among(value: object, values: Sequence[object]) -> bool:
    return value in values


@register.filter
def language_name(code: str) -> str:
    """In the viewer's language; codes that Django does not know stay as they are."""
    try:
        return capfirst(str(get_language_info(code)["name_translated"]))
    except KeyError:
        return code


@dataclass(frozen=True, slots=True)
class DemoPerson:
    username: str
    role: str
    password: str


@register.simple_tag
def demo_people() -> list[DemoPerson]:
    """The demo's known sign-ins; none outside of it."""
    if not settings.DEMO:
        return []
    return [
        DemoPerson(name, str(DEMO_ROLES.get(name, name)), settings.DEMO_PASSWORD) for name in settings.DEMO_SIGN_INS
    ]
