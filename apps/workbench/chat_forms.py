"""What the desk asks for when a ticket goes on to somebody, or somebody joins. Services check again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.routing.selectors.targets import PersonTarget
from apps.tickets.models import HandOverReason, Queue
from apps.tickets.selectors.choices import PersonChoice
from apps.tickets.selectors.targets import QueueTarget
from apps.tickets.services.transferring import WHISPER_LENGTH, Target
from apps.workbench.forms import set_choices

HOUSE = "house"


class WhisperForm(forms.Form):
    text = forms.CharField(
        label=_("Whisper"),
        max_length=WHISPER_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
        help_text=_("Only colleagues read it, never the customer."),
    )


class TakeOverForm(forms.Form):
    why = forms.CharField(
        label=_("Why"),
        max_length=WHISPER_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
        help_text=_("Stands in the history, and is told whoever has the chat now."),
    )


class TransferForm(forms.Form):
    """The words for whoever gets it come first; the target is a person, a queue or the house."""

    whisper = forms.CharField(
        label=_("Whisper to whoever gets it"),
        required=False,
        max_length=WHISPER_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
        help_text=_("What is it about, and what was promised? Only colleagues read it, never the customer."),
    )
    target = forms.ChoiceField(label=_("To whom"), error_messages={"required": _("Choose where it goes.")})

    def __init__(
        self, *args: Any, people: Sequence[PersonTarget], queues: Sequence[QueueTarget], to_house: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offered = [(f"user:{row.id}", row.name) for row in people] + [(f"queue:{row.id}", row.label) for row in queues]
        self.offered = [*offered, (HOUSE, _("In-house"))] if to_house else offered
        set_choices(self, "target", self.offered)

    @property
    def chosen_name(self) -> str:
        return str(dict(self.offered)[self.cleaned_data["target"]])

    def chosen(self) -> Target:
        kind, _colon, pk = self.cleaned_data["target"].partition(":")
        if kind == HOUSE:
            return Target(is_house=True)
        if kind == "user":
            return Target(user=User.objects.get(pk=pk))  # one of the choices above
        return Target(queue=Queue.objects.get(pk=pk))


class HandOverForm(forms.Form):
    """Between a vendor and the house: why, and words for whoever gets it."""

    cause = forms.ChoiceField(
        label=_("Why"), widget=forms.RadioSelect, error_messages={"required": _("Choose why it goes there.")}
    )
    whisper = forms.CharField(
        label=_("Whisper to whoever gets it"),
        required=False,
        max_length=WHISPER_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What is it about, and what was promised? Only colleagues read it, never the customer."),
    )

    def __init__(self, *args: Any, reasons: Sequence[HandOverReason], is_back: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "cause", [(row.key, str(row.name)) for row in reasons])
        self.fields["cause"].required = bool(reasons)
        if is_back:
            self.fields["whisper"].label = _("What is to be done")
            self.fields["whisper"].help_text = _("The vendor reads the internal notes again, these words among them.")


class HelperForm(forms.Form):
    helper = forms.TypedChoiceField(label=_("Colleague"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, people: Sequence[PersonChoice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "helper", [(row.id, row.name) for row in people])
