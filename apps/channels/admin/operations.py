"""What arrived and what went out, as those who keep the channels running see it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from apps.channels.models import Delivery, InboundEvent
from apps.channels.services import outbox, repair
from apps.core.admin.base import ActionsAdmin, actor_of, column, for_each
from apps.privacy.lens import lens_for


@admin.register(InboundEvent)
class InboundEventAdmin(ActionsAdmin[InboundEvent]):
    """The durable inbox. What was written stays out of sight here; parked items are read and mended on the desk."""

    view_code = "channels.view_health"
    list_display = ("received", "channel", "state", "error_code", "attempts", "due_at", "done_at")
    list_filter = ("state", "channel", ("received", RangeDateTimeFilter))
    filtered_fields = frozenset({"error_code"})
    list_select_related = ("channel",)
    ordering = ("-id",)
    fields = ("channel", "received", "state", "error_code", "attempts", "due_at", "done_at", "ticket_id", "message_id")
    readonly_fields = fields
    actions = ("replay", "discard")

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundEvent]:
        return super().get_queryset(request).defer("payload", "envelope", "error")

    @for_each(_("Process again"), "channels.repair")
    def replay(self, request: HttpRequest, event: InboundEvent) -> None:
        repair.replay(event=event, by=actor_of(request))

    @for_each(_("Discard"), "channels.repair")
    def discard(self, request: HttpRequest, event: InboundEvent) -> None:
        repair.discard(event=event, by=actor_of(request), reason=gettext("Discarded in the administration."))


@admin.register(Delivery)
class DeliveryAdmin(ActionsAdmin[Delivery]):
    """What was handed over to platforms, and what they said."""

    view_code = "channels.view_health"
    list_display = ("created", "channel", "state", "failure", "attempts", "due_at", "sent_at")
    list_filter = ("state", "failure", "channel", ("created", RangeDateTimeFilter))
    list_select_related = ("channel",)
    ordering = ("-id",)
    actions = ("resend", "cancel")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).defer("payload", "error", "provider_id")

    def get_fields(self, request: HttpRequest, obj: Delivery | None = None) -> list[Any]:
        lens = lens_for(actor_of(request)).of(is_minor=True)  # nothing here tells whose message it is
        reason = column("reason", _("what the platform said"), lambda row: lens.text(row.error) or "—")
        return [*self.list_display, reason, "ticket_id", "message_id", "updated"]

    def get_readonly_fields(self, request: HttpRequest, obj: Delivery | None = None) -> list[Any]:
        return self.get_fields(request, obj)

    @for_each(_("Send again"), "channels.repair")
    def resend(self, request: HttpRequest, delivery: Delivery) -> None:
        repair.resend(delivery=delivery, by=actor_of(request))

    @for_each(_("Take back"), "channels.repair")
    def cancel(self, request: HttpRequest, delivery: Delivery) -> None:
        outbox.cancel_delivery(delivery=delivery, by=actor_of(request))
        self.record(request, delivery, "cancelled")
