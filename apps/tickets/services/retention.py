"""What of tickets is kept how long. Numbers, times, categories and everything that figures are made of stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Brand
from apps.channels.models import Channel, Delivery, DeliveryAttempt, InboundEvent
from apps.core.models import Event
from apps.customers.models import Customer, CustomerNote, Guardian, Identity
from apps.privacy.enums import RetentionAction
from apps.privacy.retention import Clock, DataClass, Scope, register_class, register_scope, with_content
from apps.tickets.enums import ACTIVE
from apps.tickets.models import (
    Attachment,
    Category,
    DecisionReview,
    Draft,
    DraftFile,
    Interaction,
    Message,
    SearchRow,
    Ticket,
    WrapUp,
)
from apps.tickets.services.erasing import ERASED, drop_files

EXPIRED: Final = "expired"
"""The notice in the place of a message that was kept long enough."""
CLOSED = Clock("closed", _("the ticket was closed"), "ticket__closed_at")
OF_TICKET = {"channel": "ticket__channel_id", "brand": "ticket__brand_id", "category": "ticket__category_id"}

# --- Messages --------------------------------------------------------------------------------------------------------


def _messages() -> QuerySet[Any]:
    return Message.objects.exclude(notice__in=(EXPIRED, ERASED))


def _dispose_of_messages(ids: Sequence[int]) -> None:
    """With all that repeats them: files, search, what came and went as it was, quotes of them in later mails."""
    found = Message.objects.filter(pk__in=ids)
    tickets = list(found.order_by().values_list("ticket_id", flat=True).distinct())
    _drop_attachments(Attachment.objects.filter(message_id__in=ids))
    SearchRow.objects.filter(pk__in=ids).delete()
    InboundEvent.objects.filter(message_id__in=ids).update(payload=b"", envelope={}, original=None, error="")
    deliveries = Delivery.objects.filter(message_id__in=ids)
    DeliveryAttempt.objects.filter(delivery__in=deliveries).update(detail="")
    deliveries.update(payload={}, error="")
    found.update(
        notice=EXPIRED, subject="", html="", text="", quoted="", sender_name="", envelope={}, spans={},
        attachment_count=0,
    )  # fmt: skip
    Message.objects.filter(ticket__in=tickets).update(quoted="")
    _forget_previews(tickets)


def _forget_previews(tickets: Sequence[int]) -> None:
    """The line of the last message, where that is gone."""
    last = Message.objects.filter(ticket=OuterRef("pk")).order_by("-sequence").values("notice")[:1]
    emptied = Ticket.objects.filter(pk__in=tickets).annotate(last=Subquery(last)).filter(last=EXPIRED)
    Ticket.objects.filter(pk__in=list(emptied.values_list("pk", flat=True))).update(preview="")


# --- Files -----------------------------------------------------------------------------------------------------------


def _attachments() -> QuerySet[Any]:
    return Attachment.objects.exclude(file__content_type__startswith="audio/")


def _recordings() -> QuerySet[Any]:
    return Attachment.objects.filter(file__content_type__startswith="audio/")


def _dispose_of_attachments(ids: Sequence[int]) -> None:
    _drop_attachments(Attachment.objects.filter(pk__in=ids))


def _drop_attachments(rows: QuerySet[Attachment]) -> None:
    found = list(rows.values_list("file_id", "message_id"))
    rows.delete()
    for message_id, left in _left_on({message for _file, message in found}).items():
        Message.objects.filter(pk=message_id).update(attachment_count=left)
    drop_files(file for file, _message in found)


def _left_on(messages: set[int]) -> dict[int, int]:
    rows = Attachment.objects.filter(message_id__in=messages).order_by().values("message_id")
    counted = {row["message_id"]: row["number"] for row in rows.annotate(number=Count("pk"))}
    return {message: counted.get(message, 0) for message in messages}


# --- Tickets ---------------------------------------------------------------------------------------------------------


def _tickets() -> QuerySet[Any]:
    return with_content(Ticket.objects.all(), "subject", "preview")


def _dispose_of_texts(ids: Sequence[int]) -> None:
    Ticket.objects.filter(pk__in=ids).update(subject="", preview="")
    WrapUp.objects.filter(ticket__in=ids).update(summary="")
    DecisionReview.objects.filter(ticket__in=ids).update(wish="", reason="")
    SearchRow.objects.filter(pk__in=[-pk for pk in ids]).delete()
    for event in Event.objects.filter(ticket_id__in=ids, kind="ticket.field_changed"):
        if event.payload.get("field") == "subject":
            event.payload = {**event.payload, "old": "", "new": ""}
            event.save(update_fields=["payload"])


def _drafts() -> QuerySet[Any]:
    return Draft.objects.all()


def _dispose_of_drafts(ids: Sequence[int]) -> None:
    Draft.objects.filter(pk__in=ids).delete()


def _uploads() -> QuerySet[Any]:
    return DraftFile.objects.all()


def _dispose_of_uploads(ids: Sequence[int]) -> None:
    rows = DraftFile.objects.filter(pk__in=ids)
    files = list(rows.values_list("file_id", flat=True))
    rows.delete()
    drop_files(files)


# --- Customers, who are without activity when their tickets are ------------------------------------------------------


def _customers() -> QuerySet[Any]:
    """Who has a handle, a note or a guardian left. Nobody with a case under way."""
    busy = Ticket.objects.filter(customer=OuterRef("pk"), status__in=[str(status) for status in ACTIVE])
    last = Ticket.objects.filter(customer=OuterRef("pk")).order_by().values("customer")
    last_contact = Subquery(last.annotate(latest=Max("last_message_at")).values("latest"))
    guarded = Exists(Guardian.objects.filter(customer=OuterRef("pk")))
    known = Exists(Identity.objects.filter(customer=OuterRef("pk")))
    noted = Exists(CustomerNote.objects.filter(customer=OuterRef("pk")))
    rows = Customer.objects.annotate(last_contact=Coalesce(last_contact, "updated"))
    return rows.filter(~Exists(busy)).filter(known | noted | guarded | ~Q(name_index=None))


def _make_anonymous(ids: Sequence[int]) -> None:
    """The record stays without a name, so that figures do. What they wrote has rules of its own."""
    CustomerNote.objects.filter(customer__in=ids).delete()
    Guardian.objects.filter(customer__in=ids).delete()
    Interaction.objects.filter(identity__customer__in=ids).update(identity=None)
    Identity.objects.filter(customer__in=ids).delete()
    for customer in Customer.objects.filter(pk__in=ids):
        customer.name, customer.organization = "", None
        customer.save(update_fields=["name", "organization", "updated"])
        customer.tags.clear()


# --- Registered ------------------------------------------------------------------------------------------------------


def _names(model: Any) -> list[tuple[int, str]]:
    return [(row.pk, str(row.name)) for row in model.objects.all()]


def register() -> None:
    register_scope(Scope("channel", _("channel"), lambda: _names(Channel)))
    register_scope(Scope("brand", _("brand"), lambda: _names(Brand)))
    register_scope(Scope("category", _("category"), lambda: _names(Category)))
    created = Clock("created", _("it was written"), "created")
    register_class(
        DataClass(
            "tickets.messages", _("messages"), _messages, _dispose_of_messages, (CLOSED, created),
            paths={**OF_TICKET, "channel": "channel_id"},
        )
    )  # fmt: skip
    for key, label, rows in (
        ("tickets.attachments", _("files in messages"), _attachments),
        ("tickets.recordings", _("recordings and voice messages"), _recordings),
    ):
        register_class(DataClass(key, label, rows, _dispose_of_attachments, (CLOSED, created), paths=OF_TICKET))
    closed = Clock("closed", _("the ticket was closed"), "closed_at")
    paths = {"channel": "channel_id", "brand": "brand_id", "category": "category_id"}
    register_class(
        DataClass("tickets.texts", _("subjects and summaries"), _tickets, _dispose_of_texts, (closed,), paths=paths)
    )
    touched = Clock("touched", _("somebody last wrote at it"), "updated")
    register_class(DataClass("tickets.drafts", _("drafts"), _drafts, _dispose_of_drafts, (touched,)))
    register_class(
        DataClass(
            "tickets.uploads",
            _("files not sent yet"),
            _uploads,
            _dispose_of_uploads,
            (created,),
            kept_with=("tickets.ticket", "ticket_id"),
        )
    )
    contact = Clock("contact", _("the last contact"), "last_contact")
    register_class(
        DataClass(
            "customers.idle", _("customers without contact"), _customers, _make_anonymous, (contact,),
            action=RetentionAction.ANONYMIZE,
        )
    )  # fmt: skip
