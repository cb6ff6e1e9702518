from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.accounts.models import User
from apps.automation.errors import NotLent
from apps.automation.kinds import label_of, patterns
from apps.automation.models import WebhookEndpoint
from apps.automation.rules import may_lend
from apps.automation.services.endpoints import MAX_URL, checked_url
from apps.core.actor import Actor
from apps.core.admin.base import ModelForm
from apps.core.errors import InvalidInput


def event_choices() -> list[tuple[str, str]]:
    labels = {pattern: str(label_of(pattern)) for pattern in patterns()}
    return [(pattern, label if label == pattern else f"{label} ({pattern})") for pattern, label in labels.items()]


class EndpointForm(ModelForm[WebhookEndpoint]):
    by: Actor
    """Who fills it in; set by the page."""

    url = forms.CharField(
        label=capfirst(_("address")),
        max_length=MAX_URL,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Where the other system listens: https://…"),
    )
    events = forms.MultipleChoiceField(
        label=capfirst(_("events")), choices=event_choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("name", "description", "url", "acts_as", "events")
        widgets = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 2})}
        help_texts = {"acts_as": _("It is told what this user sees, in the form in which they see it.")}

    def clean_url(self) -> str:
        try:
            return checked_url(str(self.cleaned_data["url"]))
        except InvalidInput as refusal:
            raise forms.ValidationError(refusal.fields["url"]) from None

    def clean_acts_as(self) -> User:
        user: User = self.cleaned_data["acts_as"]
        if not may_lend(self.by, user):
            raise forms.ValidationError(NotLent.message)
        return user


class ReplayForm(forms.Form):
    since = forms.DateTimeField(
        label=_("Given up since"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["since"].widget.attrs["class"] = "webhook-plain"
