"""The pages for those who look after channels: what is stuck, and what to do about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View

from apps.accounts.middleware import actor_of
from apps.channels import registry
from apps.channels.forms import DiscardForm, RepairForm
from apps.channels.labels import error_label
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.channels.selectors.health import channel_health, health_of
from apps.channels.selectors.notices import notices_for
from apps.channels.selectors.parked import parked_page, parked_row, troubled_deliveries
from apps.channels.services import configuration, repair
from apps.core import htmx
from apps.core.actor import Actor
from apps.core.errors import NotVisible
from apps.core.ids import read_public_id
from apps.core.permissions import may, require
from apps.core.reasons import told_reason


class CaretakerView(LoginRequiredMixin, View):
    """For holders of channels.view_health; what changes something asks for channels.repair in its service."""

    actor: Actor

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        self.actor = actor_of(request)
        require(self.actor, "channels.view_health")
        return super().dispatch(request, *args, **kwargs)

    def page(self, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        context["can_repair"] = may(self.actor, "channels.repair")
        context["can_configure"] = may(self.actor, "channels.configure")
        return render(self.request, template, context, status=status)

    def channel(self, public_id: str) -> Channel:
        channel = Channel.objects.visible_to(self.actor).filter(pk=read_public_id(Channel, public_id) or 0).first()
        if channel is None:
            raise NotVisible
        return channel

    def inbound(self, public_id: str) -> InboundEvent:
        pk = read_public_id(InboundEvent, public_id) or 0
        event = InboundEvent.objects.visible_to(self.actor).select_related("channel").filter(pk=pk).first()
        if event is None:
            raise NotVisible
        return event

    def done(self, message: str, channel: Channel) -> HttpResponse:
        """Back to the channel, saying what was done."""
        messages.success(self.request, message)
        return htmx.redirect(self.request, reverse("channels:channel", args=[channel.public_id]))


class HealthPage(CaretakerView):
    def get(self, request: HttpRequest) -> HttpResponse:
        fragment = "#rows" if htmx.is_htmx(request) else ""
        context = {"rows": channel_health(self.actor), "notices": notices_for(self.actor)}
        return self.page(f"channels/health.html{fragment}", context)


class ChannelPage(CaretakerView):
    def get(self, request: HttpRequest, public_id: str) -> HttpResponse:
        channel = self.channel(public_id)
        page = parked_page(channel, self.actor, request.GET.get("cursor"))
        last_error = told_reason(channel.last_error_code, channel.last_error)
        context = {
            "row": health_of(channel, self.actor),
            "last_error_label": error_label(channel.last_error_code),
            "last_error": last_error if may(self.actor, "channels.repair") else "",
            "parked": [parked_row(event) for event in page.rows],
            "page": page,
            "deliveries": troubled_deliveries(channel, self.actor),
        }
        return self.page("channels/channel.html", context)


class ChannelCheck(CaretakerView):
    """Tries the channel's connection."""

    def post(self, request: HttpRequest, public_id: str) -> HttpResponse:
        channel = self.channel(public_id)
        result = configuration.check_channel(channel=channel, by=self.actor)
        return self.page("channels/_check.html", {"result": result})


class ChannelReplay(CaretakerView):
    """Replays everything that is parked on a channel."""

    def post(self, request: HttpRequest, public_id: str) -> HttpResponse:
        channel = self.channel(public_id)
        count = repair.replay_parked(channel=channel, by=self.actor, error_code=request.POST.get("error_code", "")[:80])
        message = ngettext("%(count)d item is replayed.", "%(count)d items are replayed.", count) % {"count": count}
        return self.done(message, channel)


class ParkedPage(CaretakerView):
    """One parked item with its content, which only those who may repair see; looking is audited."""

    def get(self, request: HttpRequest, public_id: str) -> HttpResponse:
        return self.item_page(self.inbound(public_id))

    def item_page(
        self,
        event: InboundEvent,
        repair_form: RepairForm | None = None,
        discard_form: DiscardForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        text = repair.open_parked(event=event, by=self.actor)
        context = {
            "event": event,
            "channel": event.channel,
            "connector": registry.get(event.channel.kind),
            "error_label": error_label(event.error_code),
            "error": told_reason(event.error_code, event.error),
            "is_text": text is not None,
            "repair_form": repair_form or RepairForm(initial={"text": text}),
            "discard_form": discard_form or DiscardForm(),
        }
        return self.page("channels/parked.html", context, status=status)


class ParkedRepair(ParkedPage):
    """Saves the edited content and replays the item."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, public_id: str) -> HttpResponse:
        event = self.inbound(public_id)
        form = RepairForm(request.POST)
        if not form.is_valid():
            return self.item_page(event, repair_form=form, status=422)
        repair.repair_and_replay(event=event, text=form.cleaned_data["text"], by=self.actor)
        return self.done(_("The item is repaired and replayed."), event.channel)


class ParkedReplay(CaretakerView):
    def post(self, request: HttpRequest, public_id: str) -> HttpResponse:
        event = self.inbound(public_id)
        repair.replay(event=event, by=self.actor)
        return self.done(_("The item is replayed."), event.channel)


class ParkedDiscard(ParkedPage):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, public_id: str) -> HttpResponse:
        event = self.inbound(public_id)
        form = DiscardForm(request.POST)
        if not form.is_valid():
            return self.item_page(event, discard_form=form, status=422)
        repair.discard(event=event, by=self.actor, reason=form.cleaned_data["reason"])
        return self.done(_("The item is discarded."), event.channel)


class ParkedOriginal(CaretakerView):
    """The bytes as they came, to look at elsewhere."""

    def get(self, request: HttpRequest, public_id: str) -> HttpResponse:
        event = self.inbound(public_id)
        content = repair.original_bytes(event=event, by=self.actor)
        response = HttpResponse(content, content_type="application/octet-stream")
        response["Content-Disposition"] = f'attachment; filename="{event.public_id}.bin"'
        return response


class DeliveryResend(CaretakerView):
    """Hands a message over again that failed, or whose outcome nobody could find out."""

    def post(self, request: HttpRequest, public_id: str) -> HttpResponse:
        pk = read_public_id(Delivery, public_id) or 0
        delivery = Delivery.objects.visible_to(self.actor).select_related("channel").filter(pk=pk).first()
        if delivery is None:
            raise NotVisible
        repair.resend(delivery=delivery, by=self.actor)
        return self.done(_("The message is sent again."), delivery.channel)
