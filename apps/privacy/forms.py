from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.privacy.enums import SEEN_BY_HAND, CameBy, Law, RequestKind, TargetKind
from apps.privacy.holds import find_target
from apps.privacy.people import Correctable
from apps.privacy.reaching import OwnHandle

INPUT = "bg-transparent border border-base-200 px-3 py-2 rounded-default w-full dark:border-base-700"


class _Styled(forms.Form):
    """In the look of the administration."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if not isinstance(field.widget, forms.CheckboxInput):
                field.widget.attrs["class"] = INPUT


class NewRequestForm(_Styled):
    kind = forms.ChoiceField(label=_("What is asked for"), choices=RequestKind.choices)
    law = forms.ChoiceField(label=_("By which law"), choices=Law.choices)
    came_by = forms.ChoiceField(label=_("How it came in"), choices=CameBy.choices)
    received_at = forms.DateTimeField(
        label=_("When it came in"), required=False, help_text=_("Empty: now. The clock runs from here.")
    )
    ticket = forms.CharField(
        label=_("Ticket on which it is answered"),
        required=False,
        max_length=20,
        help_text=_("Its number. While a restriction holds, the customer is written to on this one only."),
    )
    asked_by = forms.CharField(label=_("Who asked"), required=False, max_length=200)
    is_by_proxy = forms.BooleanField(label=_("by somebody else for them"), required=False)
    wish = forms.CharField(
        label=_("In their words"), required=False, max_length=4000, widget=forms.Textarea({"rows": 4})
    )

    def clean_ticket(self) -> int | None:
        text = self.cleaned_data["ticket"]
        found = find_target(TargetKind.TICKET, text) if text else None
        if text and found is None:
            raise forms.ValidationError(_("There is no such ticket."))
        return found


class CheckForm(_Styled):
    method = forms.ChoiceField(
        label=_("How their identity was checked"), choices=[(each.value, each.label) for each in SEEN_BY_HAND]
    )
    note = forms.CharField(
        label=_("What was seen"), required=False, max_length=500, help_text=_("In words. Keep no copy of a document.")
    )


class WordsForm(_Styled):
    words = forms.CharField(label=_("What they are told"), max_length=4000, widget=forms.Textarea({"rows": 3}))


class CorrectionForm(_Styled):
    """One field for each value; what is left empty stays as it is. Nothing is filled in: it may be masked."""

    def __init__(self, *args: Any, values: Sequence[Correctable], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for value in values:
            field = forms.CharField(label=value.label, required=False, max_length=254)
            field.help_text = _("Now: %(value)s") % {"value": value.shown or "–"}
            field.widget.attrs["class"] = INPUT
            self.fields[value.key] = field


class HandleForm(_Styled):
    handle = forms.ChoiceField(
        label=_("Where to"), help_text=_("Only handles that they had proved. The code ends after a day.")
    )

    def __init__(self, *args: Any, handles: Sequence[OwnHandle], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["handle"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (declared so above)
        field.choices = [(each.key, f"{each.label} {each.shown}") for each in handles]


class CodeForm(_Styled):
    code = forms.CharField(label=_("The code that they tell"), max_length=12)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs.update({"inputmode": "numeric", "autocomplete": "off"})
