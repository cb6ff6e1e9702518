"""What a manager writes into a contract."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from apps.core.admin.base import ModelForm
from apps.metrics.enums import Unit
from apps.metrics.measures import all_measures
from apps.outsourcing.models import Contract, ContractSkill, DeductionStep, OnboardingStep, SlaTerm
from apps.outsourcing.selectors.contracts import overlapping
from apps.privacy.enums import FieldClass

WHOLE = 100


class ContractForm(ModelForm[Contract]):
    data_categories = forms.MultipleChoiceField(
        label=capfirst(_("kinds of personal data")),
        choices=FieldClass.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Contract
        fields = (
            "number", "name", "vendor", "starts_on", "ends_on", "time_zone", "queues", "channels", "categories",
            "covers_all_categories", "calendar", "share_percent",
            "most_people", "sender", "vendor_certifies", "remind_days", "hours_only",
            "tags", "tags_rule", "snippets", "snippets_rule", "quality_floor", "least_ratings", "price",
            "currency", "priced_by", "deduction_cap", "purpose", "data_categories", "afterwards",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.instance.is_live and not self.errors:
            self._clean_live(values)
        return values

    def _clean_live(self, values: dict[str, Any]) -> None:
        """What is in force stays whole: a draft may still lack something."""
        for name in ("queues", "channels", "purpose", "data_categories"):
            if not values.get(name):
                self.add_error(name, _("A contract that is in force needs this."))
        if not values.get("covers_all_categories") and not values.get("categories"):
            self.add_error("categories", _("Choose categories, or all of them."))
        changed = Contract(pk=self.instance.pk, vendor_id=self.instance.vendor_id)
        changed.starts_on, changed.ends_on = values["starts_on"], values["ends_on"]
        if other := overlapping(changed):
            words = _("The contract %(number)s of this vendor is in force during that period.")
            self.add_error("ends_on", words % {"number": other.number})


class SlaTermForm(ModelForm[SlaTerm]):
    measure = forms.ChoiceField(label=capfirst(_("figure")), widget=UnfoldAdminSelectWidget)

    class Meta:
        model = SlaTerm
        fields = ("measure", "channel", "bound", "threshold")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["measure"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(key, f"{row.name} ({Unit(row.unit).label})") for key, row in all_measures().items()]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        measure, threshold = all_measures().get(values.get("measure", "")), values.get("threshold")
        if measure and threshold is not None and measure.unit == Unit.PERCENT and threshold > WHOLE:
            self.add_error("threshold", _("At most a hundred percent."))
        return values


class ContractSkillForm(ModelForm[ContractSkill]):
    class Meta:
        model = ContractSkill
        fields = ("skill", "least_level", "needs_certificate")


class OnboardingStepForm(ModelForm[OnboardingStep]):
    class Meta:
        model = OnboardingStep
        fields = ("name", "position", "is_for_house")


class DeductionStepForm(ModelForm[DeductionStep]):
    class Meta:
        model = DeductionStep
        fields = ("term", "limit", "percent", "fixed")
