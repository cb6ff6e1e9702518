"""What the desk's dialogs ask for. Services check again; forms only shape."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor
from apps.tickets.enums import Priority
from apps.tickets.selectors import choices
from apps.tickets.selectors.detail import TicketPage

NOTHING = [("", _("None"))]


def set_choices(form: forms.Form, name: str, offered: list[Any]) -> None:
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} offers no choices")
    field.choices = offered


class ResolutionForm(forms.Form):
    """The wrap-up. Which parts must be there is set for channel and category."""

    category = forms.ChoiceField(label=_("Category"), required=False)
    tags = forms.MultipleChoiceField(label=_("Tags"), required=False, widget=forms.CheckboxSelectMultiple)
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[("yes", _("Solved")), ("no", _("Not solved"))],
        widget=forms.RadioSelect,
    )
    summary = forms.CharField(
        label=_("Summary"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What it was and what was done. Only colleagues read it."),
    )

    def __init__(self, *args: Any, actor: Actor, page: TicketPage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["outcome", "category", "summary", "tags"])
        set_choices(
            self, "category", [("", _("None")), *((row.id, row.path_label) for row in choices.categories(actor))]
        )
        set_choices(self, "tags", [(tag.id, tag.label) for tag in choices.tags(actor)])
        for name in page.required_on_resolve:
            if name in self.fields:
                self.fields[name].required = True

    @property
    def is_solved(self) -> bool | None:
        return {"yes": True, "no": False}.get(self.cleaned_data["outcome"])


class MergeForm(forms.Form):
    into = forms.IntegerField(label=_("Ticket number"), required=False, min_value=1)
    pick = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        cleaned["number"] = cleaned.get("into") or cleaned.get("pick")
        if not cleaned["number"] and not self.errors:
            self.add_error("into", _("Enter a number or choose a ticket."))
        return cleaned


class ForwardForm(forms.Form):
    to = forms.EmailField(label=_("To"))
    cc = forms.EmailField(label=_("CC"), required=False)
    html = forms.CharField(
        label=_("Message"), required=False, max_length=50_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    client_id = forms.CharField(widget=forms.HiddenInput, max_length=64)


class NewTicketForm(forms.Form):
    """A ticket written by hand: outbound mail, a call or visit written down, or internal work."""

    KINDS = (
        ("outbound", _("Write to a customer")),
        ("contact", _("Write down a call or a visit")),
        ("internal", _("Internal")),
    )

    kind = forms.ChoiceField(label=_("What is it"), choices=KINDS, widget=forms.RadioSelect, initial="outbound")
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    contact = forms.CharField(
        label=_("Customer"), required=False, max_length=250, help_text=_("E-mail address or phone number.")
    )
    name = forms.CharField(label=_("Customer's name"), required=False, max_length=120)
    customer = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    subject = forms.CharField(label=_("Subject"), max_length=300)
    queue = forms.ChoiceField(label=_("Queue"), required=False)
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Priority.choices, coerce=int, initial=Priority.NORMAL.value, required=False
    )
    text = forms.CharField(label=_("Text"), max_length=50_000, widget=forms.Textarea(attrs={"rows": 6}))
    client_id = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.senders = choices.channels_to_start(actor)
        self.by_hand = choices.channels_by_hand(actor)
        offered = [(str(row.id), row.label) for row in (*self.senders, *self.by_hand)]
        set_choices(self, "channel", [("", _("Choose")), *offered])
        set_choices(
            self,
            "queue",
            [("", _("By the channel's rule")), *((str(row.id), row.label) for row in choices.queues(actor))],
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        kind, channel = cleaned.get("kind"), cleaned.get("channel")
        if kind == "outbound":
            if channel not in {str(row.id) for row in self.senders}:
                self.add_error("channel", _("Choose a channel that can write first."))
            if not cleaned.get("contact") and not cleaned.get("customer"):
                self.add_error("contact", _("Enter whom to write to."))
        if kind == "contact" and channel not in {str(row.id) for row in self.by_hand}:
            self.add_error("channel", _("Choose where the contact took place."))
        return cleaned
