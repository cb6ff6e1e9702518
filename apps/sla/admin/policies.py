from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.admin.base import ModelForm, StaffAdmin, actor_of
from apps.sla.forms import ChannelPolicyForm
from apps.sla.models import ChannelPolicy
from apps.sla.selectors import standard_of
from apps.sla.services import policies


@admin.register(ChannelPolicy)
class ChannelPolicyAdmin(StaffAdmin[ChannelPolicy]):
    """What a channel promises: working hours, first answer, and its words for when nobody is there."""

    view_code = change_code = "channels.configure"
    may_delete = True
    form = ChannelPolicyForm
    list_display = ("channel", "calendar", "answer_minutes", "makes_follow_ups")
    list_filter = ("calendar", "makes_follow_ups")
    list_select_related = ("channel", "calendar")
    autocomplete_fields = ("channel", "calendar")
    ordering = ("channel__key",)

    def get_readonly_fields(self, request: HttpRequest, obj: ChannelPolicy | None = None) -> tuple[str, ...]:
        return ("channel",) if obj is not None else ()

    def save_model(
        self, request: HttpRequest, obj: ChannelPolicy, form: ModelForm[ChannelPolicy], change: bool
    ) -> None:
        values: dict[str, Any] = {name: form.cleaned_data[name] for name in policies.CHANGEABLE}
        row = policies.set_policy(channel=obj.channel, by=actor_of(request), **values)
        obj.pk = row.pk
        obj._state.adding = False
        obj.refresh_from_db()
        if standard_of(obj.channel, clock.now()) is None:
            words = _("The calendar has no working time: nothing is promised, and no follow-ups are made.")
            messages.warning(request, words)

    def delete_model(self, request: HttpRequest, obj: ChannelPolicy) -> None:
        policies.remove_policy(policy=obj, by=actor_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ChannelPolicy]) -> None:
        for policy in queryset.select_related("channel"):
            policies.remove_policy(policy=policy, by=actor_of(request))
