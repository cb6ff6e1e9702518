"""What came and went, as it was: kept for repairs and disputes, and no longer than a rule says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import ProtectedError, QuerySet
from django.db.transaction import atomic
from django.utils.translation import gettext_lazy as _

from apps.channels.enums import InboundState
from apps.channels.models import ClientFile, ClientMessage, Delivery, DeliveryAttempt, InboundEvent
from apps.core.models import StoredFile
from apps.core.storage import delete_file
from apps.privacy.retention import Clock, DataClass, register_class, with_content

OF_TICKET = ("tickets.ticket", "ticket_id")


def _inbound() -> QuerySet[Any]:
    """Not what still waits for its turn."""
    found = with_content(InboundEvent.objects.all(), "payload", "envelope", "original", "error")
    return found.exclude(state=InboundState.RECEIVED)


def _empty_inbound(ids: Sequence[int]) -> None:
    InboundEvent.objects.filter(pk__in=ids).update(payload=b"", envelope={}, original=None, error="")


def _outbound() -> QuerySet[Any]:
    return with_content(Delivery.objects.exclude(settled_at=None), "payload", "error")


def _empty_outbound(ids: Sequence[int]) -> None:
    """The state stays, and with it what figures say; it can be sent no more."""
    DeliveryAttempt.objects.filter(delivery__in=ids).update(detail="")
    Delivery.objects.filter(pk__in=ids).update(payload={}, error="")


def _client_messages() -> QuerySet[Any]:
    return ClientMessage.objects.all()


def _delete_client_messages(ids: Sequence[int]) -> None:
    ClientMessage.objects.filter(pk__in=ids).delete()


def _client_files() -> QuerySet[Any]:
    return ClientFile.objects.all()


def _delete_client_files(ids: Sequence[int]) -> None:
    rows = ClientFile.objects.filter(pk__in=ids)
    files = list(rows.values_list("file_id", flat=True))
    rows.delete()
    for stored in StoredFile.objects.filter(pk__in=files):
        try:
            with atomic():
                delete_file(stored)
        except ProtectedError:
            continue  # a message has it too, and takes it along


def register() -> None:
    created = Clock("created", _("it was written"), "created")
    of_channel = {"channel": "channel_id", "brand": "channel__brand_id"}
    of_client = {"channel": "conversation__channel_id", "brand": "conversation__channel__brand_id"}
    for found in (
        DataClass(
            "channels.inbound", _("what came in, as it came"), _inbound, _empty_inbound,
            (Clock("received", _("it came"), "received"),), paths=of_channel, kept_with=OF_TICKET,
        ),
        DataClass(
            "channels.outbound", _("what went out, as it went"), _outbound, _empty_outbound,
            (Clock("settled", _("it was delivered or given up"), "settled_at"),),
            paths=of_channel, kept_with=OF_TICKET,
        ),
        DataClass(
            "channels.client_messages", _("conversations as apps and chats show them"), _client_messages,
            _delete_client_messages, (created,), paths=of_client,
        ),
        DataClass(
            "channels.client_files", _("files as apps and chats show them"), _client_files, _delete_client_files,
            (created,), paths=of_client,
        ),
    ):  # fmt: skip
        register_class(found)
