"""The messages of a ticket as a viewer may see them, those of tickets merged into it among them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape, unescape
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.access import access_of
from apps.channels import registry
from apps.channels.enums import DeliveryState
from apps.channels.models import Channel, Delivery
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.models import ScanState
from apps.core.permissions import may
from apps.core.storage import playable
from apps.core.words import initials
from apps.privacy.detection import is_blind, unpack
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.lens import Known, Lens
from apps.tickets.enums import ContactKind, MessageKind
from apps.tickets.models import Attachment, Message, Ticket
from apps.tickets.querysets import MessageQuerySet
from apps.tickets.selectors.recipients import address_pairs
from apps.tickets.selectors.rendering import View, known_of_others, view_of, with_writers
from apps.tickets.selectors.vocabulary import vocabulary

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TIMELINE_LIMIT = 500
INLINE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})

UNDONE = "undone"
WHISPER = "whisper"
"""The notice of a note for whoever holds the ticket, or gets it."""

NOTICES: Mapping[str, StrOrPromise] = {
    "bounce": gettext_lazy("The message could not be delivered."),
    "bounce_temporary": gettext_lazy("The message is delayed; the mail server keeps trying."),
    "acknowledgement": gettext_lazy("Automatic acknowledgement"),
    "erased": gettext_lazy("The person was erased, and with them what stood here."),
    "merged": gettext_lazy("Ticket #%(number)s was merged into this one."),
    "unmerged": gettext_lazy("Ticket #%(number)s was separated again."),
    "recorded": gettext_lazy("Written down by hand."),
    WHISPER: gettext_lazy("Whisper"),
    "shortened": gettext_lazy("The text is too long and was shortened."),
    "expired": gettext_lazy("Removed: it was kept for as long as the rules say."),
    "fell_back": gettext_lazy("It could not be delivered there. A link to the secure page was sent instead."),
    "flood": gettext_lazy("One of many messages that came within a minute; it opened no ticket of its own."),
    "identity_asked": gettext_lazy("Asked the customer to confirm that it was they who asked about their data."),
    "proof_requested": gettext_lazy("Asked the customer to confirm another way to reach them."),
    "proof_proved": gettext_lazy("The customer confirmed another way to reach them."),
    "proof_wrong": gettext_lazy("The customer sent a wrong code."),
    "proof_exhausted": gettext_lazy("The customer sent too many wrong codes; the code is void."),
    "proof_expired": gettext_lazy("The customer's code came too late."),
    "proof_refused": gettext_lazy("Who was asked to confirm said that it is not them."),
}

_noticed: dict[str, Callable[[Mapping[str, Any]], str]] = {}


def register_notice(notice: str, say: Callable[[Mapping[str, Any]], str]) -> None:
    """What a higher app's line in the timeline says, from the envelope that it was written with."""
    _noticed[notice] = say


@dataclass(frozen=True, slots=True)
class FileView:
    public_id: str
    name: str
    size: int
    content_type: str
    is_image: bool
    is_inline: bool
    url: str
    """Empty when the viewer may not open it."""
    is_placed: bool = False
    """A picture that the text itself shows: it need not be listed again."""
    sound_url: str = ""
    """Where a browser finds what it can play; empty when it is no recording, or has no playable copy yet."""
    scan_state: str = ScanState.UNSCANNED


@dataclass(frozen=True, slots=True)
class DeliveryView:
    id: int
    state: str
    state_label: str
    failure: str
    failure_label: str
    due_at: datetime
    sent_at: datetime | None
    can_retry: bool


@dataclass(frozen=True, slots=True)
class ContactView:
    """A call or a visit that somebody wrote down: what it was, with whom, and when it took place."""

    label: str
    icon: str
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One message. `html` is sanitized and safe to show; addresses are as the viewer may see them."""

    id: int
    public_id: str
    sequence: int
    kind: str
    created: datetime
    author_id: int | None
    author_name: str
    author_initials: str
    author_key: str
    """The same for one person wherever they stand: it chooses the colour."""
    is_own: bool
    is_inbound: bool
    is_note: bool
    is_system: bool
    is_automatic: bool
    is_third_person: bool
    is_forward: bool
    is_public: bool
    """Everybody reads it, under a post."""
    is_private_reply: bool
    """It answers on a ticket with public comments, and nobody but the customer reads it."""
    post_url: str
    """Where a comment stands; empty for viewers who are not to see under which name."""
    channel_id: int | None
    channel_icon: str
    channel_label: str
    subject: str
    html: str
    text: str
    quoted: str
    from_label: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    notice: str
    notice_label: str
    files: tuple[FileView, ...]
    delivery: DeliveryView | None
    contact: ContactView | None
    undo_until: datetime | None
    hides_values: bool
    """The viewer is shown something of it masked."""
    ticket_number: int
    """Differs from the page's ticket for messages of a ticket that was merged into it."""


_PICTURE = re.compile(r'src="cid:([^"]{1,260})"')


def timeline(actor: Actor, ticket: Ticket, after_sequence: int = 0) -> list[TimelineEntry]:
    """Entries after a sequence number; with 0 all, those of merged tickets too. For a ticket that the actor sees."""
    view = view_of(actor, [ticket])
    if after_sequence:
        rows = Message.objects.of_ticket(ticket).shown_to(actor)
        newer = rows.filter(sequence__gt=after_sequence).order_by("sequence")
        return entries_of(actor, ticket, view, list(_with_names(newer)), {})
    family = merged_tickets(ticket, actor)
    if family:
        view = view_of(actor, [ticket, *family])
    newest = newest_messages(ticket, family, actor)
    return entries_of(actor, ticket, view, newest, {row.pk: row.number for row in family})


def message_entries(actor: Actor, ticket: Ticket, messages: Sequence[Message]) -> list[TimelineEntry]:
    """Entries for some messages of one ticket, with `author` and `customer` read along."""
    return entries_of(actor, ticket, view_of(actor, [ticket]), messages, {})


def merged_tickets(ticket: Ticket, actor: Actor) -> list[Ticket]:
    """All tickets that were merged into this one, directly or by way of another, as far as the actor may read them.

    In-house people read the whole case. A vendor's people read what the contract opens: merging must not carry a
    ticket from another queue or channel into their sight.
    """
    found = _merged(ticket)
    if not found or not access_of(actor).is_outsourced:
        return found
    visible = Ticket.objects.visible_to(actor).filter(pk__in=[row.pk for row in found]).values_list("pk", flat=True)
    allowed = set(visible)
    return [row for row in found if row.pk in allowed]


def _merged(ticket: Ticket) -> list[Ticket]:
    found: dict[int, Ticket] = {}
    level = [ticket.pk]
    while level:
        rows = Ticket.objects.filter(merged_into_id__in=level).select_related("customer").defer("subject", "preview")
        fresh = {row.pk: row for row in rows if row.pk not in found and row.pk != ticket.pk}
        found.update(fresh)
        level = list(fresh)
    return list(found.values())


def family_ids(ticket: Ticket) -> list[int]:
    """The ticket and all that were merged into it."""
    return [ticket.pk, *(row.pk for row in _merged(ticket))]


def _with_names(rows: MessageQuerySet) -> MessageQuerySet:
    return rows.select_related("author", "customer")


def newest_messages(ticket: Ticket, merged: Sequence[Ticket], actor: Actor) -> list[Message]:
    """The newest part of the conversation, oldest first."""
    if not merged:
        rows = _with_names(Message.objects.of_ticket(ticket).shown_to(actor)).order_by("-sequence")
        return list(reversed(rows[:TIMELINE_LIMIT]))
    since = min(row.opened_at for row in (ticket, *merged)) - timedelta(days=1)
    together = Message.objects.filter(ticket_id__in=[ticket.pk, *(row.pk for row in merged)], created__gte=since)
    return list(reversed(_with_names(together.shown_to(actor)).order_by("-created", "-id")[:TIMELINE_LIMIT]))


def entries_of(
    actor: Actor, ticket: Ticket, view: View, messages: Sequence[Message], numbers: Mapping[int, int]
) -> list[TimelineEntry]:
    """`numbers` tells the numbers of other tickets that some of the messages belong to."""
    shown = [message for message in messages if message.notice != UNDONE]
    view = with_writers(view, shown)
    attachments = _attachments([message.pk for message in shown if message.attachment_count])
    deliveries = _deliveries(
        [message.pk for message in shown if message.kind in (MessageKind.AGENT, MessageKind.SYSTEM)]
    )
    known = () if view.is_raw else (*view.known_of_all(), *known_of_others(view, shown))
    around = _Around(actor, ticket, view, known, may(actor, "tickets.reply", ticket), numbers)
    return [_entry(around, message, attachments.get(message.pk, ()), deliveries.get(message.pk)) for message in shown]


@dataclass(frozen=True, slots=True)
class _Around:
    """What all entries of one timeline share."""

    actor: Actor
    ticket: Ticket
    view: View
    known: tuple[Known, ...]
    """Every value that counts as personal wherever it stands in one of the texts."""
    may_retry: bool
    numbers: Mapping[int, int]


def _entry(
    around: _Around, message: Message, attachments: Sequence[Attachment], delivery: Delivery | None
) -> TimelineEntry:
    view, ticket, words = around.view, around.ticket, vocabulary()
    known = () if is_blind(message.spans) else around.known
    author = _author(view, message)
    is_own = around.actor.user_id is not None and message.author_id == around.actor.user_id
    envelope, lens = message.envelope, view.lens_of(message)
    text = lens.text(message.text, unpack(message.spans), known=known)
    return TimelineEntry(
        id=message.pk,
        public_id=message.public_id,
        sequence=message.sequence,
        kind=message.kind,
        created=message.created,
        author_id=message.author_id,
        author_name=author,
        author_initials=initials(author),
        author_key=_author_key(message, author),
        is_own=is_own,
        is_inbound=message.kind == MessageKind.CUSTOMER,
        is_note=message.kind == MessageKind.NOTE,
        is_system=message.kind == MessageKind.SYSTEM,
        is_automatic=message.is_automatic,
        is_third_person=message.is_third_person,
        is_forward=bool(envelope.get("is_forward")),
        is_public=message.is_public,
        is_private_reply=bool(envelope.get("is_private")),
        post_url=_post_url(view, message),
        channel_id=message.channel_id,
        channel_icon=words.channel_icon(message.channel_id) if message.channel_id else "",
        channel_label=words.channel_label(message.channel_id),
        subject=lens.text(message.subject, known=around.known),
        html=_with_pictures(lens.html(message.html, known=known), view, attachments),
        text=text,
        quoted=lens.text(message.quoted, known=around.known),
        from_label=next(iter(_people(view, envelope.get("from"))), ""),
        to=_people(view, envelope.get("to")),
        cc=_people(view, envelope.get("cc")),
        bcc=_people(view, envelope.get("bcc")),
        notice=message.notice,
        notice_label=_notice_label(view, message),
        files=tuple(_placed(file_view(view.lens, row), row, message) for row in attachments),
        delivery=None if delivery is None else _delivery(delivery, around.may_retry),
        contact=_contact(view, message) if message.notice == "recorded" else None,
        undo_until=_undo_until(delivery) if is_own else None,
        hides_values=text != message.text,
        ticket_number=around.numbers.get(message.ticket_id, ticket.number),
    )


def _author(view: View, message: Message) -> str:
    if message.author is not None:
        return str(message.author)
    if message.kind == MessageKind.SYSTEM:
        return _("System")
    name = view.lens.name(message.sender_name) if message.sender_name else view.customer_name(message.customer)
    # Messengers seldom tell a name; their id is better than nobody.
    return name or next(iter(_people(view, message.envelope.get("from"))), "")


def _post_url(view: View, message: Message) -> str:
    """There everybody is shown with their names."""
    url = str((message.envelope.get("post") or {}).get("url") or "")
    shows_names = view.lens.mode(FieldClass.NAME) is Mode.RAW
    return url if shows_names and url.startswith("https://") else ""


def _author_key(message: Message, author: str) -> str:
    if message.author_id is not None:
        return str(message.author_id)
    if message.customer is not None and not message.is_third_person:
        return str(message.customer.merged_into_id or message.customer.pk)
    return author


def _people(view: View, value: object) -> tuple[str, ...]:
    return tuple(view.person(name, address) for name, address in address_pairs(value))


def _notice_label(view: View, message: Message) -> str:
    if (say := _noticed.get(message.notice)) is not None:
        return say(message.envelope)
    label = NOTICES.get(message.notice)
    if label is None:
        return _connector_notice(message)
    if message.notice in ("merged", "unmerged"):
        return str(label) % {"number": message.envelope.get("number", "")}
    recipient = str(message.envelope.get("recipient") or "")
    status = str(message.envelope.get("status") or "")
    details = " ".join(filter(None, (_handle(view, message), view.address(recipient) if recipient else "", status)))
    return _("%(notice)s (%(details)s)") % {"notice": label, "details": details} if details else str(label)


def _handle(view: View, message: Message) -> str:
    """The handle that an entry is about, as the viewer may see it."""
    handle = message.envelope.get("handle") or {}
    return view.lens.value(str(handle["kind"]), str(handle["value"])) if handle else ""


def _connector_notice(message: Message) -> str:
    """What the connector has to say about how a message was read; it knows its own codes."""
    channel = vocabulary().channels.get(message.channel_id or 0)
    if not message.notice or channel is None:
        return ""
    connector = next((known for known in registry.all() if known.kind == channel.kind), None)
    return "" if connector is None else str(connector.notice_label(message.notice))


CONTACT_ICONS: Mapping[ContactKind, str] = {
    ContactKind.CALL_IN: "phone-incoming",
    ContactKind.CALL_OUT: "phone-outgoing",
    ContactKind.VISIT_IN: "store",
    ContactKind.VISIT_OUT: "map-pin",
}


def usual_contact(channel: Channel | None) -> ContactKind:
    """What is written down on a channel where nothing else is said."""
    is_phone = channel is not None and channel.settings.get("contact") == "call"
    return ContactKind.CALL_IN if is_phone else ContactKind.VISIT_IN


def _placed(file: FileView, row: Attachment, message: Message) -> FileView:
    is_shown = bool(file.url and row.content_id) and f'src="cid:{escape(row.content_id)}"' in message.html
    return replace(file, is_placed=is_shown) if is_shown else file


def _contact(view: View, message: Message) -> ContactView:
    said = message.envelope.get("contact") or {}
    channel = vocabulary().channels.get(message.channel_id or 0)
    kind = ContactKind(said["kind"]) if "kind" in said else usual_contact(channel)
    name = view.lens.name(message.sender_name) if message.sender_name else view.customer_name(message.customer)
    at = datetime.fromisoformat(said["at"]) if "at" in said else message.created
    return ContactView(label=str(kind.label), icon=CONTACT_ICONS[kind], person=name, at=at)


def _with_pictures(html: str, view: View, attachments: Sequence[Attachment]) -> str:
    """Pictures inside a text are shown from our own authorized address, or not at all."""
    if "cid:" not in html:
        return html
    places = {row.content_id: file_view(view.lens, row).url for row in attachments if row.content_id}

    def place(found: re.Match[str]) -> str:
        url = places.get(unescape(found[1]), "")
        return f'src="{escape(url)}" loading="lazy"' if url else ""

    return _PICTURE.sub(place, html)


def _undo_until(delivery: Delivery | None) -> datetime | None:
    if delivery is None or delivery.state != DeliveryState.QUEUED or delivery.attempts:
        return None
    return delivery.due_at if delivery.due_at > now() else None


_URGENCY: Final = (
    DeliveryState.FAILED,
    DeliveryState.UNKNOWN,
    DeliveryState.SENDING,
    DeliveryState.QUEUED,
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
    DeliveryState.CANCELLED,
)


def _deliveries(message_ids: Sequence[int]) -> dict[int, Delivery]:
    if not message_ids:
        return {}
    rows = Delivery.objects.filter(message_id__in=message_ids).order_by("-id").defer("payload")
    # Of a message in pieces the one that tells most: what needs a hand, then what is still under way.
    ranked = sorted(rows, key=lambda row: _URGENCY.index(row.state), reverse=True)
    return {row.message_id: row for row in ranked if row.message_id is not None}


def _delivery(row: Delivery, may_retry: bool) -> DeliveryView:
    stopped = row.state in (DeliveryState.FAILED, DeliveryState.UNKNOWN) and row.settled_at is not None
    return DeliveryView(
        id=row.pk,
        state=row.state,
        state_label=str(DeliveryState(row.state).label),
        failure=row.failure,
        failure_label=row.get_failure_display() if row.failure else "",
        due_at=row.due_at,
        sent_at=row.sent_at,
        can_retry=may_retry and stopped,
    )


def _attachments(message_ids: Sequence[int]) -> dict[int, list[Attachment]]:
    found: dict[int, list[Attachment]] = {}
    if message_ids:
        for row in Attachment.objects.filter(message_id__in=message_ids).select_related("file__playable__copy"):
            found.setdefault(row.message_id, []).append(row)
    return found


def file_view(lens: Lens, row: Attachment) -> FileView:
    """For an attachment taken through `visible_to`."""
    state = ScanState(row.file.scan_state)
    is_open = lens.opens_files and state is not ScanState.INFECTED
    url = reverse("tickets:attachment", args=[row.public_id]) if is_open else ""
    return FileView(
        public_id=row.public_id,
        name=lens.file_name(row.file.name),
        size=row.file.size,
        content_type=row.file.content_type,
        is_image=row.file.content_type in INLINE_TYPES and state is not ScanState.WAITING,
        is_inline=row.is_inline,
        url=url,
        sound_url=f"{url}?sound" if url and playable(row.file) else "",
        scan_state=state,
    )
