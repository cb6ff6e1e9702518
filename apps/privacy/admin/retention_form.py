"""What a manager writes into a retention rule."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from apps.core.admin.base import ModelForm
from apps.privacy.models import RetentionRule
from apps.privacy.retention import DataClass, all_classes, all_scopes, class_of


class RetentionRuleForm(ModelForm[RetentionRule]):
    data_class = forms.ChoiceField(label=capfirst(_("data")), widget=UnfoldAdminSelectWidget)
    clock = forms.ChoiceField(label=capfirst(_("counted from")), widget=UnfoldAdminSelectWidget)

    class Meta:
        model = RetentionRule
        fields = ("data_class", "clock", "days", "channel_id", "brand_id", "category_id", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("data_class", [(found.key, found.label) for found in all_classes()])
        clocks = {clock.key: clock.label for found in all_classes() for clock in found.clocks}
        self._offer("clock", list(clocks.items()))
        for scope in all_scopes():
            self._narrow(scope.key, scope.label, scope.choices())

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields.get(name)
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def _narrow(self, key: str, label: Any, choices: list[tuple[int, str]]) -> None:
        if f"{key}_id" in self.fields:
            self.fields[f"{key}_id"] = forms.TypedChoiceField(
                label=capfirst(label),
                choices=[("", _("all")), *choices],
                coerce=int,
                empty_value=None,
                required=False,
                widget=UnfoldAdminSelectWidget,
            )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        found = class_of(values.get("data_class", ""))
        if found is not None and not self.errors:
            self._clean_class(found, values)
        return values

    def _clean_class(self, found: DataClass, values: dict[str, Any]) -> None:
        if values["clock"] not in {clock.key for clock in found.clocks}:
            known = ", ".join(str(clock.label) for clock in found.clocks)
            self.add_error("clock", _("This is counted from: %(known)s.") % {"known": known})
        for scope in all_scopes():
            if values.get(f"{scope.key}_id") is not None and scope.key not in found.paths:
                self.add_error(f"{scope.key}_id", _("This data cannot be narrowed by it."))
        self._clean_days(found, values["days"])

    def _clean_days(self, found: DataClass, days: int) -> None:
        if days < found.least_days:
            self.add_error("days", _("At least %(days)d days. %(law)s") % {"days": found.least_days, "law": found.law})
        if found.most_days is not None and days > found.most_days:
            self.add_error("days", _("At most %(days)d days. %(law)s") % {"days": found.most_days, "law": found.law})
