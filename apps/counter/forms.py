"""What a kiosk sends and the page of a window asks for. Services check again; forms only shape."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.counter.enums import Document, Proof
from apps.counter.models import ServiceType, Visit, Window
from apps.counter.services.numbers import MAX_CLIENT_ID
from apps.tickets.models import Category, Ticket
from apps.tickets.selectors import choices
from apps.tickets.services.lifecycle import WrapUpInput

MAX_NUMBER = 2**63 - 1


class DrawingForm(forms.Form):
    """Whatever cannot be read as text is refused; what is said in it is for the service to judge."""

    client_id = forms.CharField(required=False, max_length=MAX_CLIENT_ID)
    service = forms.CharField(required=False)
    reason = forms.CharField(required=False)
    drawn_at = forms.CharField(required=False)


class ClaimForm(forms.Form):
    """Who sits there, as far as they say."""

    contact = forms.CharField(
        label=_("Phone number or e-mail address"),
        required=False,
        max_length=250,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("Name"), required=False, max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    ticket = forms.IntegerField(label=_("About ticket number"), required=False, min_value=1, max_value=MAX_NUMBER)
    has_consented = forms.BooleanField(label=_("Agrees that these details are kept"), required=False)

    def found_ticket(self, actor: Actor) -> Ticket | None:
        number = self.cleaned_data["ticket"]
        if number is None:
            return None
        ticket = Ticket.objects.visible_to(actor).by_number(number).first()
        if ticket is None:
            raise InvalidInput(fields={"ticket": [_("There is no such ticket.")]})
        return ticket


class ProofForm(forms.Form):
    proof = forms.ChoiceField(
        label=_("Shown"), choices=[(each.value, each.label) for each in (Proof.DOCUMENT, Proof.CODE)]
    )
    document = forms.ChoiceField(label=_("Document"), choices=Document.choices, required=False)
    tail = forms.CharField(
        label=_("Last four characters"),
        required=False,
        max_length=4,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}),
        help_text=_("Never the whole number."),
    )


class TransferForm(forms.Form):
    service = forms.ChoiceField(label=_("Service"), required=False)
    window = forms.ChoiceField(label=_("Window"), required=False)

    def __init__(self, *args: Any, visit: Visit, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = ServiceType.objects.visible_to(actor).active().filter(branches=visit.branch)
        windows = (
            Window.objects.visible_to(actor)
            .filter(branch=visit.branch, is_active=True)
            .exclude(pk=visit.window_id or 0)
        )
        self.services = {str(row.pk): row for row in offered}
        self.windows = {str(row.pk): row for row in windows}
        _offer(self, "service", [("", _("The same")), *((pk, str(row.name)) for pk, row in self.services.items())])
        _offer(self, "window", [("", _("Any")), *((pk, row.label) for pk, row in self.windows.items())])

    def chosen(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"service": self.services.get(data["service"]), "window": self.windows.get(data["window"])}


class FinishForm(forms.Form):
    """The end of a visit, with the wrap-up where the matter is settled."""

    summary = forms.CharField(
        label=_("What was it about"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 4})
    )  # fmt: skip
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[("solved", _("Settled: resolve the ticket")), ("open", _("Goes on: leave the ticket open"))],
        initial="solved",
        widget=forms.RadioSelect,
    )
    category = forms.ChoiceField(label=_("Category"), required=False)
    satisfaction = forms.TypedChoiceField(
        label=_("Satisfaction, as the visitor presses it"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("Not asked")), *((str(n), str(n)) for n in range(1, 6))],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        rows = [(str(row.id), row.path_label) for row in choices.categories(actor)]
        _offer(self, "category", [("", _("None")), *rows])

    def wrap_up(self) -> WrapUpInput | None:
        data = self.cleaned_data
        if data["outcome"] != "solved":
            return None
        category = Category.objects.visible_to(self.actor).filter(pk=int(data["category"] or 0)).first()
        return WrapUpInput(category=category, summary=data["summary"], is_solved=True)


def _offer(form: forms.Form, name: str, offered: list[Any]) -> None:
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} offers no choices")
    field.choices = offered


def show_errors(form: forms.Form, error: InvalidInput) -> None:
    """What a service found wrong, at the fields that it is about."""
    for name, messages in error.fields.items():
        form.add_error(name if name in form.fields else None, list(messages))
    if not error.fields:
        form.add_error(None, error.detail())
