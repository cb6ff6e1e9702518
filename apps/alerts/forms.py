"""What a manager may ask to be told, checked so that a rule can fire, be over, and reach somebody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from apps.accounts.models import User
from apps.alerts.enums import Comparison, Measure, Way
from apps.alerts.models import AlertRule
from apps.alerts.querysets import SUPERVISE
from apps.alerts.senders import mail_kinds
from apps.channels.models import Channel
from apps.core.admin.base import ModelForm
from apps.core.permissions import codes_of

WHOLE = 100


class AlertRuleForm(ModelForm[AlertRule]):
    ways = forms.MultipleChoiceField(
        label=capfirst(_("told by")),
        choices=Way.choices,
        initial=[Way.SCREEN],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = AlertRule
        fields = (
            "key", "name", "is_active", "measure", "queue", "channel", "comparison", "limit", "margin",
            "hold_seconds", "quiet_minutes", "calendar", "ways", "people", "sender",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sender = self.fields["sender"]
        if isinstance(sender, forms.ModelChoiceField):
            sender.queryset = Channel.objects.filter(kind__in=mail_kinds())

    def clean_people(self) -> Iterable[User]:
        """Whoever could not see the alert, or has no address, would never hear of it."""
        people: Iterable[User] = self.cleaned_data["people"]
        deaf = [str(user) for user in people if not _hears(user)]
        if deaf:
            words = _("They have no mail address, or do not supervise the house: %(names)s")
            raise forms.ValidationError(words % {"names": ", ".join(deaf)})
        return people

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("measure") == Measure.CHANNEL:
            self._clean_channel(values)
        else:
            self._clean_figure(values)
        if Way.MAIL in values.get("ways", ()):
            for name in ("people", "sender"):
                if name not in self.errors and not values.get(name):
                    self.add_error(name, _("Mail needs this."))
        return values

    def _clean_channel(self, values: dict[str, Any]) -> None:
        """A channel is stuck or not: there is no figure to compare."""
        if values.get("queue"):
            self.add_error("queue", _("Leave the queue empty: channels are watched."))
        values.update(comparison=Comparison.ABOVE, limit=0, margin=0)

    def _clean_figure(self, values: dict[str, Any]) -> None:
        if values.get("channel"):
            self.add_error("channel", _("Leave the channel empty: queues are watched."))
        limit, margin = values.get("limit"), values.get("margin")
        if limit is None or margin is None:
            return
        is_above = values.get("comparison") == Comparison.ABOVE
        most = WHOLE if values.get("measure") == Measure.SERVICE_LEVEL else None
        if most is not None and limit > most:
            self.add_error("limit", _("A percentage is 100 at most."))
        elif is_above and limit == most:
            self.add_error("limit", _("Nothing is more than this."))
        elif not is_above and limit == 0:
            self.add_error("limit", _("Nothing is less than 0."))
        if "limit" in self.errors:
            return
        back_at = limit - margin if is_above else limit + margin
        if back_at < 0 or (most is not None and back_at > most):
            self.add_error("margin", _("The figure can never come back so far: the alert would never be over."))


def _hears(user: User) -> bool:
    return bool(user.email) and user.may_sign_in and not user.is_outsourced and SUPERVISE in codes_of(user)
