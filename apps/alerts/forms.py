"""What a manager may ask to be told, checked so that a rule can fire, be over, and reach somebody."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from apps.alerts.checking import problems_of, settled
from apps.alerts.enums import Way
from apps.alerts.models import AlertRule
from apps.core.admin.base import ModelForm


class AlertRuleForm(ModelForm[AlertRule]):
    """Which mailboxes are offered depends on who asks, and is said by the page."""

    ways = forms.MultipleChoiceField(
        label=capfirst(_("told by")),
        choices=Way.choices,
        initial=[Way.SCREEN],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = AlertRule
        fields = (
            "key", "name", "is_active", "measure", "queue", "channel", "vendor", "comparison", "limit", "margin",
            "hold_seconds", "quiet_minutes", "calendar", "ways", "people", "sender",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = settled(super().clean() or self.cleaned_data)
        for name, texts in problems_of(values).items():
            if name not in self.errors:
                self.add_error(name, texts)
        return values
