"""What is asked before a masked value is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.privacy.enums import RevealReason
from apps.privacy.revealing import Part
from apps.workbench.forms import set_choices


class RevealForm(forms.Form):
    field = forms.ChoiceField(label=_("What to show"), widget=forms.RadioSelect)
    reason_kind = forms.ChoiceField(label=_("Why"), choices=[("", ""), *RevealReason.choices])
    reason = forms.CharField(
        label=_("In your words"),
        max_length=500,
        help_text=_("Kept in the audit trail, and read by whoever looks after the customer."),
    )

    def __init__(self, *args: Any, parts: Sequence[Part], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "field", [(part.field, f"{part.field_class.label}: {part.shown}") for part in parts])
        if len(parts) == 1:
            self.fields["field"].widget = forms.HiddenInput()
            self.fields["field"].initial = parts[0].field
