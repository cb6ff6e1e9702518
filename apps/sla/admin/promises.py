"""Service levels: for which tickets, how soon, and what happens when it is not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.forms import SimpleArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from apps.core.admin.base import ModelForm, StaffAdmin, actor_of
from apps.core.permissions import may
from apps.customers.enums import CustomerLevel
from apps.sla.counting import WHOLE
from apps.sla.enums import EscalationAction, Measure, Target
from apps.sla.models import Escalation, Policy
from apps.sla.models.promise import MAX_MINUTES
from apps.sla.services.promises import Numbers, delete_policy, set_targets
from apps.tickets.enums import ACTIVE, Priority, Status

CONDITIONS = ("channels", "priorities", "categories", "customer_levels", "customer_tags", "vendors")
NEEDS = {
    EscalationAction.CALL_PERSON.value: "person",
    EscalationAction.CALL_TEAM.value: "team",
    EscalationAction.GIVE_TO_TEAM.value: "team",
    EscalationAction.MOVE_TO_QUEUE.value: "queue",
}
PRIORITIES: tuple[int | None, ...] = (None, *Priority.values)


class ChosenField(forms.TypedMultipleChoiceField):
    def __init__(self, label: Any, choices: Iterable[tuple[Any, Any]], **kwargs: Any) -> None:
        super().__init__(
            **{
                "label": capfirst(label),
                "choices": list(choices),
                "required": False,
                "widget": UnfoldAdminCheckboxSelectMultipleWidget,
                **kwargs,
            }
        )


def minutes_name(target: Target, priority: int | None) -> str:
    return f"{target.value}_{priority or 'all'}"


def measure_name(target: Target) -> str:
    return f"{target.value}_measure"


class PolicyForm(ModelForm[Policy]):
    """With a row of numbers for each target; `numbers` gives what they say."""

    priorities = ChosenField(_("priorities"), Priority.choices, coerce=int)
    customer_levels = ChosenField(_("customer levels"), CustomerLevel.choices)
    paused_in = ChosenField(
        _("pauses while the ticket is"), [(status.value, status.label) for status in ACTIVE], initial=[Status.PENDING]
    )
    pausing = ChosenField(_("what pauses"), Target.choices, initial=[Target.RESOLUTION])
    warn_at = SimpleArrayField(
        forms.IntegerField(validators=[MinValueValidator(1), MaxValueValidator(WHOLE - 1)]),
        label=capfirst(_("warn at (percent of the time)")),
        help_text=_("Numbers separated by commas: 50, 80."),
        required=False,
        initial=[80],
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = Policy
        fields = (
            "key", "name", "position", "is_active", "is_default", *CONDITIONS,
            "calendar", "paused_in", "pausing", "warn_at",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for target in Target:
            for priority in PRIORITIES:
                self.fields[minutes_name(target, priority)] = _minutes_field(priority)
            self.fields[measure_name(target)] = forms.ChoiceField(
                label=_("Counted in"),
                choices=Measure.choices,
                initial=Measure.WORKING,
                required=False,
                widget=UnfoldAdminSelectWidget,
            )
        if self.instance.pk:
            for row in self.instance.targets.all():
                self.initial[minutes_name(Target(row.target), row.priority)] = row.minutes
                self.initial[measure_name(Target(row.target))] = row.measure

    def clean_warn_at(self) -> list[int]:
        return sorted(set(self.cleaned_data["warn_at"] or ()))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("is_default") and any(values.get(name) for name in CONDITIONS):
            self.add_error("is_default", _("The default holds for all that no other fits: take its conditions away."))
        if not self.errors and not any(row.minutes for row in self.numbers.values()):
            raise forms.ValidationError(_("Promise something: give the minutes of at least one target."))
        return values

    @property
    def numbers(self) -> dict[Target, Numbers]:
        values = self.cleaned_data
        return {
            target: Numbers(
                {
                    priority: minutes
                    for priority in PRIORITIES
                    if (minutes := values.get(minutes_name(target, priority))) is not None
                },
                Measure(values.get(measure_name(target)) or Measure.WORKING),
            )
            for target in Target
        }


def _minutes_field(priority: int | None) -> forms.IntegerField:
    return forms.IntegerField(
        label=_("All priorities") if priority is None else Priority(priority).label,
        min_value=1,
        max_value=MAX_MINUTES,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )


def _in_pairs(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Two in a row: more do not fit beside their labels."""
    return [tuple(names[at : at + 2]) for at in range(0, len(names), 2)]


class EscalationForm(ModelForm[Escalation]):
    class Meta:
        model = Escalation
        fields = ("share", "target", "action", "person", "team", "queue")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        needed = NEEDS.get(values.get("action", ""))
        if needed and not values.get(needed):
            self.add_error(needed, _("Say which."))
        return values


class EscalationFormSet(BaseInlineFormSet):  # type: ignore[type-arg]  # not generic when it runs
    def clean(self) -> None:
        super().clean()
        known = {*(self.instance.warn_at or ()), WHOLE}
        for form in self.forms:
            share = getattr(form, "cleaned_data", {}).get("share")
            if share is not None and not form.cleaned_data.get("DELETE") and share not in known:
                form.add_error("share", _("Choose one of the warnings above, or 100 for the breach."))


class EscalationInline(TabularInline):
    model = Escalation
    form = EscalationForm
    formset = EscalationFormSet
    extra = 0
    autocomplete_fields = ("person", "team", "queue")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Escalation]:
        return Escalation.objects.visible_to(actor_of(request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(actor_of(request), "channels.configure")

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


@admin.register(Policy)
class PolicyAdmin(StaffAdmin[Policy]):
    """The first policy that fits a ticket holds for it."""

    view_code = change_code = "channels.configure"
    may_delete = True
    form = PolicyForm
    inlines = (EscalationInline,)
    list_display = ("key", "name", "position", "is_default", "is_active", "trial")
    list_filter = ("is_active",)
    search_fields = ("key", "name__zh-hans", "name__en")
    autocomplete_fields = ("channels", "categories", "customer_tags", "vendors", "calendar")

    @admin.display(description=_("trial"))
    def trial(self, policy: Policy) -> SafeString:
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}?policy={}">{}</a>',
            reverse("admin:sla-trial"),
            policy.pk,
            gettext("Try it out"),
        )

    def get_form(self, request: HttpRequest, obj: Policy | None = None, change: bool = False, **kwargs: Any) -> Any:
        # The numbers are fields of the form alone; asked for by name, Django would look for them on the model.
        return super().get_form(request, obj, change, **{**kwargs, "fields": list(PolicyForm.Meta.fields)})

    def get_fieldsets(self, request: HttpRequest, obj: Policy | None = None) -> Any:
        about = ("key", "name", "position", "is_active", "is_default", *(("trial",) if obj else ()))
        return (
            (None, {"fields": about}),
            (_("For tickets with"), {"fields": CONDITIONS, "description": _("An empty condition asks for nothing.")}),
            *(
                (
                    _("%(target)s within (minutes)") % {"target": target.label},
                    {"fields": _in_pairs([*(minutes_name(target, each) for each in PRIORITIES), measure_name(target)])},
                )
                for target in Target
            ),
            (_("How time counts"), {"fields": ("calendar", "paused_in", "pausing", "warn_at")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Policy | None = None) -> tuple[str, ...]:
        return ("key", "trial") if obj is not None else ()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        set_targets(policy=form.instance, numbers=form.numbers, by=actor_of(request))
        changed = [formset.forms for formset in formsets if formset.has_changed()]
        if changed:
            rows = Escalation.objects.filter(policy=form.instance).values_list("share", "target", "action")
            self.record(request, form.instance, "escalations", now=[list(row) for row in rows])

    def delete_model(self, request: HttpRequest, obj: Policy) -> None:
        delete_policy(policy=obj, by=actor_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Policy]) -> None:
        for policy in queryset:
            delete_policy(policy=policy, by=actor_of(request))
