"""What is kept of a person in tickets and messages, and how it goes.

Numbers, times, categories, assignments and the facts for figures stay; every word goes. What others wrote on the same
tickets stays theirs, without what is known of the erased person.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import ProtectedError, Q, QuerySet
from django.db.transaction import atomic
from django.utils.translation import gettext_lazy as _

from apps.channels.enums import DeliveryState
from apps.channels.models import Delivery, DeliveryAttempt, InboundEvent
from apps.core.clock import now
from apps.core.ids import public_id_for
from apps.core.models import Event, StoredFile
from apps.core.search import terms
from apps.core.storage import delete_file
from apps.customers.models import Customer
from apps.privacy.detection import find_spans, is_blind, pack
from apps.privacy.people import Person, Place, Telling, delete_rows, register_place, register_telling
from apps.privacy.services.packing import without_others
from apps.tickets.enums import MessageKind
from apps.tickets.models import (
    Attachment,
    DecisionReview,
    Draft,
    DraftFile,
    Interaction,
    Message,
    SearchRow,
    Ticket,
    WrapUp,
)
from apps.tickets.services.searching import search_row

ERASED: Final = "erased"
_OURS: Final = re.compile(r"[a-z][a-z_.-]{0,39}|\d{4}-\d\d-\d\dT[\d:.+Z-]{5,30}")
"""What our own code writes into an event: names of things, and times. Anything else may be somebody's words."""
_PERSONAL: Final = frozenset({"app_user"})

# --- Whose rows are whose -------------------------------------------------------------------------------------------


def own(person: Person) -> QuerySet[Any, Any]:
    """Ids of the tickets of which the person is the customer."""
    return Ticket.objects.filter(customer__in=person.ids).order_by().values("pk")


def _visited(person: Person) -> QuerySet[Any, Any]:
    """Ids of all tickets on which the person wrote, which others' are among."""
    return Interaction.objects.filter(customer__in=person.ids).order_by().values("ticket_id")


def _is_theirs(person: Person) -> Q:
    by_them = Q(customer__in=person.ids)
    return Q(ticket__in=own(person)) & (by_them | Q(customer=None)) | Q(ticket__in=_visited(person)) & by_them


def messages_of(person: Person) -> QuerySet[Message]:
    return Message.objects.filter(_is_theirs(person))


def _beside(person: Person) -> QuerySet[Message]:
    """What others wrote on tickets where the person took part."""
    on = Q(ticket__in=own(person)) | Q(ticket__in=_visited(person))
    return Message.objects.filter(on).exclude(_is_theirs(person))


# --- Messages -------------------------------------------------------------------------------------------------------


def _erase_messages(person: Person, rows: Sequence[Any]) -> None:
    found = Message.objects.filter(pk__in=[row.pk for row in rows])
    found.filter(notice="").update(notice=ERASED)
    found.update(subject="", html="", text="", quoted="", sender_name="", envelope={}, spans={}, attachment_count=0)
    SearchRow.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _names_them(person: Person, row: Any) -> bool:
    return any(map(person.is_named_in, (row.text, row.html, row.quoted, row.subject, _as_text(row.envelope))))


def _strike(person: Person, rows: Sequence[Any]) -> None:
    for row in rows:
        for name in ("text", "html", "quoted", "subject"):
            setattr(row, name, person.struck_from(getattr(row, name)))
        row.envelope = _struck(person, row.envelope)
        row.spans = pack(find_spans(row.text), is_blind=is_blind(row.spans))
        row.save(update_fields=["text", "html", "quoted", "subject", "envelope", "spans"])
        _index_again(row)


def _index_again(row: Message) -> None:
    SearchRow.objects.filter(pk=row.pk, created=row.created).delete()
    if found := terms(row.text):
        search_row(row.pk, row.created, row.ticket, found).save(force_insert=True)


def _struck(person: Person, value: Any) -> Any:
    if isinstance(value, str):
        return person.struck_from(value)
    if isinstance(value, dict):
        return {key: _struck(person, inner) for key, inner in value.items()}
    return [_struck(person, inner) for inner in value] if isinstance(value, list) else value


def _as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)


# --- Files ----------------------------------------------------------------------------------------------------------


def _attachments(person: Person) -> QuerySet[Any, Any]:
    return Attachment.objects.filter(message_id__in=messages_of(person).order_by().values("pk"))


def _erase_attachments(person: Person, rows: Sequence[Any]) -> None:
    files = [row.file_id for row in rows]
    delete_rows(person, rows)
    drop_files(files)


def drop_files(ids: Iterable[int]) -> None:
    """Those that nothing else keeps; whatever does, drops them when it goes itself."""
    for stored in StoredFile.objects.filter(pk__in=set(ids)):
        try:
            with atomic():
                delete_file(stored)
        except ProtectedError:
            continue


# --- Tickets --------------------------------------------------------------------------------------------------------


def _tickets(person: Person) -> QuerySet[Any, Any]:
    return Ticket.objects.filter(pk__in=own(person))


def _interactions(person: Person) -> QuerySet[Any, Any]:
    return Interaction.objects.filter(customer__in=person.ids)


def _drafts(person: Person) -> QuerySet[Any, Any]:
    return Draft.objects.filter(ticket__in=own(person))


def _loose_drafts(person: Person) -> QuerySet[Any, Any]:
    return Draft.objects.filter(ticket=None)


def _uploads(person: Person) -> QuerySet[Any, Any]:
    return DraftFile.objects.filter(ticket__in=own(person))


def _erase_tickets(person: Person, rows: Sequence[Any]) -> None:
    Ticket.objects.filter(pk__in=[row.pk for row in rows]).update(subject="", preview="", updated=now())
    SearchRow.objects.filter(pk__in=[-row.pk for row in rows]).delete()


def _erase_interactions(person: Person, rows: Sequence[Any]) -> None:
    """Nothing that comes in finds them any more."""
    for row in rows:
        row.thread_key, row.identity, row.post = secrets.token_bytes(32), None, None
        row.save(update_fields=["thread_key", "identity", "post", "updated"])


def _wrap_ups(person: Person) -> QuerySet[Any, Any]:
    return WrapUp.objects.filter(ticket__in=own(person))


def _erase_wrap_ups(person: Person, rows: Sequence[Any]) -> None:
    WrapUp.objects.filter(pk__in=[row.pk for row in rows]).update(summary="")


def _reviews(person: Person) -> QuerySet[Any, Any]:
    return DecisionReview.objects.filter(ticket__in=own(person))


def _erase_reviews(person: Person, rows: Sequence[Any]) -> None:
    DecisionReview.objects.filter(pk__in=[row.pk for row in rows]).update(wish="", reason="", updated=now())


def _erase_uploads(person: Person, rows: Sequence[Any]) -> None:
    files = [row.file_id for row in rows]
    delete_rows(person, rows)
    drop_files(files)


def _is_draft_to(person: Person, row: Any) -> bool:
    text = f"{row.html} {_as_text(row.data)}"
    return any(name in text for name in _names_of(person)) or person.is_named_in(text)


@lru_cache(maxsize=8)
def _names_of(person: Person) -> frozenset[str]:
    """By which the API and drafts name the person and their tickets."""
    tickets = Ticket.objects.filter(customer__in=person.ids).values_list("pk", flat=True)
    return frozenset(public_id_for(Customer, pk) for pk in person.ids) | {public_id_for(Ticket, pk) for pk in tickets}


# --- Events ---------------------------------------------------------------------------------------------------------


def _events(person: Person) -> QuerySet[Any, Any]:
    return Event.objects.filter(Q(ticket_id__in=own(person)) | Q(customer_id__in=person.ids))


def _erase_events(person: Person, rows: Sequence[Any]) -> None:
    """Ids, states and times stay: the history of a ticket is whole, and says nothing of anybody."""
    for row in rows:
        kept = {key: None if key in _PERSONAL else _without_words(value) for key, value in row.payload.items()}
        if kept != row.payload:
            row.payload = kept
            row.save(update_fields=["payload"])


def _without_words(value: Any) -> Any:
    if isinstance(value, str):
        return value if _OURS.fullmatch(value) else ""
    if isinstance(value, dict):
        return {key: _without_words(inner) for key, inner in value.items()}
    return [_without_words(inner) for inner in value] if isinstance(value, list) else value


# --- In and out ------------------------------------------------------------------------------------------------------


def _inbound(person: Person) -> QuerySet[Any, Any]:
    messages = messages_of(person).order_by().values("pk")
    return InboundEvent.objects.filter(Q(ticket_id__in=own(person)) | Q(message_id__in=messages))


def _loose_inbound(person: Person) -> QuerySet[Any, Any]:
    """What came in and belongs to no ticket: parked, refused, from a blocked sender."""
    return InboundEvent.objects.filter(ticket_id=None)


def _came_from(person: Person, row: Any) -> bool:
    raw = bytes(row.payload) + bytes(row.original or b"")
    return person.is_named_in(f"{raw.decode('utf-8', 'replace')} {_as_text(row.envelope)} {row.error}")


def _erase_inbound(person: Person, rows: Sequence[Any]) -> None:
    for row in rows:
        row.payload, row.original, row.envelope, row.error = b"", None, {}, ""
        row.order_key = secrets.token_bytes(32)
        row.save(update_fields=["payload", "original", "envelope", "error", "order_key"])


def _deliveries(person: Person) -> QuerySet[Any, Any]:
    return Delivery.objects.filter(ticket_id__in=own(person))


def _erase_deliveries(person: Person, rows: Sequence[Any]) -> None:
    found, moment = Delivery.objects.filter(pk__in=[row.pk for row in rows]), now()
    found.filter(settled_at=None).update(state=DeliveryState.CANCELLED, settled_at=moment)
    found.update(payload={}, error="", provider_id="", provider_key=None, updated=moment)
    for row in found:
        row.order_key = secrets.token_bytes(32)
        row.save(update_fields=["order_key"])
    DeliveryAttempt.objects.filter(delivery__in=found).update(detail="")


# --- What a person is told ---------------------------------------------------------------------------------------------


def _tell_tickets(person: Person) -> Iterator[Mapping[str, Any]]:
    for row in Ticket.objects.filter(customer__in=person.ids).select_related("category", "channel").order_by("pk"):
        yield {
            "number": row.number,
            "subject": without_others(person, row.subject),
            "status": row.status,
            "category": str(row.category.name) if row.category else "",
            "channel": str(row.channel.name) if row.channel else "",
            "opened": row.opened_at,
            "resolved": row.resolved_at,
        }


def _tell_messages(person: Person) -> Iterator[Mapping[str, Any]]:
    rows = messages_of(person).select_related("ticket", "channel").order_by("ticket_id", "sequence")
    for row in rows.iterator(chunk_size=200):
        if row.kind == MessageKind.SYSTEM:
            continue
        yield {
            "ticket": row.ticket.number,
            "sent": row.created,
            "from": "you" if row.kind == MessageKind.CUSTOMER else "staff",
            "kind": row.kind,
            "channel": str(row.channel.name) if row.channel else "",
            "subject": _as_told(person, row, row.subject),
            "text": _as_told(person, row, row.text),
        }


def _as_told(person: Person, message: Message, text: str) -> str:
    """What they wrote themselves is theirs as they wrote it, whoever's number stands in it."""
    return text if message.kind == MessageKind.CUSTOMER else without_others(person, text)


def _tell_wrap_ups(person: Person) -> Iterator[Mapping[str, Any]]:
    for row in _wrap_ups(person).select_related("ticket").order_by("pk"):
        yield {
            "ticket": row.ticket.number,
            "written": row.created,
            "summary": without_others(person, row.summary),
            "solved": row.is_solved,
        }


def _tell_reviews(person: Person) -> Iterator[Mapping[str, Any]]:
    for row in _reviews(person).select_related("ticket").order_by("pk"):
        yield {
            "ticket": row.ticket.number,
            "asked": row.created,
            "about": row.kind,
            "why": without_others(person, row.wish),
            "outcome": row.state,
            "reason": without_others(person, row.reason),
            "settled": row.settled_at,
        }


def _tell_files(person: Person) -> Iterator[Mapping[str, Any]]:
    for row in _attachments(person).select_related("ticket", "file").order_by("pk"):
        yield {"ticket": row.ticket.number, "file": f"{row.pk}-{row.file.name}", "bytes": row.file.size}


def _files(person: Person) -> Iterator[tuple[str, int]]:
    for row in _attachments(person).select_related("file").order_by("pk"):
        yield f"{row.pk}-{row.file.name}", row.file_id


def register() -> None:
    _register_places()
    register_telling(Telling("tickets", _("Your tickets"), _tell_tickets))
    register_telling(Telling("messages", _("What you and we wrote"), _tell_messages))
    register_telling(Telling("wrap-ups", _("What was noted at the end"), _tell_wrap_ups))
    register_telling(Telling("reviews", _("Automatic decisions that a person looked at"), _tell_reviews))
    register_telling(Telling("files", _("Your files"), _tell_files, _files))


def _register_places() -> None:
    for key, label, rows, erase in (
        ("ticket", _("subjects of tickets"), _tickets, _erase_tickets),
        ("interaction", _("conversations"), _interactions, _erase_interactions),
        ("message", _("messages and notes"), messages_of, _erase_messages),
        ("attachment", _("files"), _attachments, _erase_attachments),
        ("wrapup", _("summaries"), _wrap_ups, _erase_wrap_ups),
        ("review", _("reviews of automatic decisions"), _reviews, _erase_reviews),
        ("draft", _("drafts"), _drafts, delete_rows),
        ("upload", _("files not sent"), _uploads, _erase_uploads),
        ("event", _("the log of events"), _events, _erase_events),
        ("inbound", _("raw input"), _inbound, _erase_inbound),
        ("delivery", _("raw output"), _deliveries, _erase_deliveries),
    ):
        register_place(Place(f"tickets.{key}", label, rows, erase))
    for key, label, rows, erase, concerns in (
        ("beside", _("mentions in what others wrote"), _beside, _strike, _names_them),
        ("loose_draft", _("drafts of new conversations"), _loose_drafts, delete_rows, _is_draft_to),
        ("loose_inbound", _("raw input without a ticket"), _loose_inbound, _erase_inbound, _came_from),
    ):
        register_place(Place(f"tickets.{key}", label, rows, erase, concerns, is_counted=False))
