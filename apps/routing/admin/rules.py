"""The managers' rules, one by one. In their order they stand on the page of their queue."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from apps.core.admin.base import ModelForm, actor_of
from apps.routing.admin.trial import TriedOutAdmin
from apps.routing.forms import RoutingRuleForm
from apps.routing.models import RoutingQueue, RoutingRule
from apps.routing.selectors.sentences import condition_words, outcome_words
from apps.routing.services.rules import last_position


@admin.register(RoutingRule)
class RoutingRuleAdmin(TriedOutAdmin[RoutingRule]):
    """When all that is asked of the work holds, it goes where the rule says."""

    view_code = change_code = "channels.configure"
    may_delete = True
    form = RoutingRuleForm
    fieldsets = (
        (None, {"fields": ("routing", "name", "is_active")}),
        (
            _("When"),
            {
                "description": _("All that is filled in must hold; what is empty asks for nothing."),
                "fields": (
                    ("channels", "categories"),
                    ("keywords", "languages"),
                    ("priorities", "customer_level"),
                    "kinds",
                    "weekdays",
                    ("from_time", "to_time"),
                    ("intents", "sentiments"),
                    "time_used_from",
                ),
            },
        ),
        (
            _("Then"),
            {
                "fields": (
                    ("goes_to", "widens_after"),
                    ("team", "vendor"),
                    "add_priority",
                    ("skill", "level"),
                )
            },
        ),
    )
    list_display = ("name", "routing", "is_active", "when", "then")
    list_filter = ("routing__queue", "is_active")
    autocomplete_fields = ("channels", "categories", "team", "vendor")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoutingRule]:
        rows = super().get_queryset(request).select_related("routing__queue", "team", "vendor", "skill")
        return rows.prefetch_related("channels", "categories")

    def get_form(
        self, request: HttpRequest, obj: RoutingRule | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        queues = RoutingQueue.objects.visible_to(actor_of(request)).select_related("queue")
        cast("ModelChoiceField[RoutingQueue]", form.base_fields["routing"]).queryset = queues
        return form

    @admin.display(description=_("when"))
    def when(self, rule: RoutingRule) -> str:
        return condition_words(rule)

    @admin.display(description=_("then"))
    def then(self, rule: RoutingRule) -> str:
        return outcome_words(rule)

    def drafted(self, obj: RoutingRule) -> set[int]:
        """A rule that is off is tried as if it were on."""
        return {obj.pk}

    def queue_of(self, obj: RoutingRule) -> int:
        return obj.routing.queue_id

    def save_model(self, request: HttpRequest, obj: RoutingRule, form: ModelForm[RoutingRule], change: bool) -> None:
        if not change or "routing" in form.changed_data:
            obj.position = last_position(obj.routing)
        super().save_model(request, obj, form, change)

    def response_post_save_add(self, request: HttpRequest, obj: RoutingRule) -> HttpResponseRedirect:
        return redirect("admin:routing-rules", obj.routing_id)

    response_post_save_change = response_post_save_add
