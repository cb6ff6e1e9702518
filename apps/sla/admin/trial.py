"""Trying service levels out: what a ticket would be promised, and why. Nothing is written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from apps.accounts.admin_site import StaffSite
from apps.core import clock
from apps.core.actor import Actor
from apps.core.admin.base import actor_of
from apps.core.permissions import may
from apps.sla.models import Policy, Timer
from apps.sla.selectors import YEARS
from apps.sla.selectors.promises import Book, facts_of, promises
from apps.tickets.enums import Priority
from apps.tickets.models import Ticket


class TrialForm(forms.Form):
    """A ticket that there is, or a policy with a moment and a priority."""

    ticket = forms.IntegerField(
        label=gettext_lazy("Ticket (number)"),
        min_value=1,
        max_value=2**62,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    policy = forms.ModelChoiceField(
        Policy.objects.none(),
        label=gettext_lazy("or service level"),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    opened = forms.DateTimeField(
        label=gettext_lazy("opened"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )
    priority = forms.TypedChoiceField(
        label=gettext_lazy("with priority"),
        choices=Priority.choices,
        coerce=int,
        initial=Priority.NORMAL,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        self.fields["policy"].queryset = Policy.objects.visible_to(actor)  # type: ignore[attr-defined]

    def clean_ticket(self) -> Ticket | None:
        number: int | None = self.cleaned_data["ticket"]
        if number is None:
            return None
        ticket = Ticket.objects.visible_to(self.actor).by_number(number).select_related("customer", "team").first()
        if ticket is None:
            raise forms.ValidationError(_("There is no such ticket."))
        return ticket

    def clean_opened(self) -> datetime | None:
        """At the ends of what a date can say, counting on or changing the time zone would overflow."""
        opened: datetime | None = self.cleaned_data["opened"]
        if opened is not None and opened.year not in YEARS:
            raise forms.ValidationError(self.fields["opened"].error_messages["invalid"])
        return opened


@require_GET
def trial_view(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if not may(actor, "channels.configure"):
        raise PermissionDenied
    form = TrialForm(request.GET or None, actor=actor)
    context = {
        **admin.site.each_context(request),
        "title": _("Try service levels out"),
        "form": form,
        **(_found(form.cleaned_data) if form.is_valid() else {}),
    }
    return TemplateResponse(request, "admin/sla/trial.html", context, status=422 if form.errors else 200)


def _found(values: dict[str, Any]) -> dict[str, Any]:
    book = Book()
    if (ticket := values["ticket"]) is not None:
        verdicts = book.verdicts(facts_of(ticket))
        chosen = next((verdict.policy for verdict in verdicts if verdict.fits), None)
        return {
            "ticket": ticket,
            "verdicts": verdicts,
            "timers": Timer.objects.filter(ticket=ticket).select_related("policy").order_by("pk"),
            **_promised(book, chosen, ticket.priority, ticket.opened_at),
        }
    policy = values["policy"]
    chosen = book.policy(policy.pk) if policy is not None else None
    return _promised(book, chosen, values["priority"] or Priority.NORMAL, values["opened"] or clock.now())


def _promised(book: Book, policy: Policy | None, priority: int, at: datetime) -> dict[str, Any]:
    rows = promises(policy, priority=priority, at=at, book=book) if policy is not None else []
    zone = book.timetable(book.calendar_of(policy)).zone if policy is not None else None
    return {"chosen": policy, "at": at, "promises": rows, "zone": zone, "was_asked": True}


def add_to(site: object) -> None:
    if isinstance(site, StaffSite):
        site.add_page("service-levels/trial/", trial_view, name="sla-trial")
