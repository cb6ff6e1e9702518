"""Trying rules out: where a ticket would have gone, and why. With a draft, both side by side. Nothing is written."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from unfold.decorators import action

from apps.accounts.admin_site import StaffSite
from apps.core.admin.base import M, StaffAdmin, actor_of
from apps.core.permissions import may
from apps.customers.enums import CustomerLevel
from apps.routing.forms import TrialForm
from apps.routing.selectors.trial import (
    Book,
    Example,
    Trial,
    elsewhere,
    example_work,
    facts_of,
    latest_tickets,
    rulebook,
    works_of,
)
from apps.tickets.enums import Priority


def add_to(site: object) -> None:
    if isinstance(site, StaffSite):
        site.add_page("routing/trial/", trial_view, name="routing-trial")


@require_GET
def trial_view(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if not may(actor, "channels.configure"):
        raise PermissionDenied
    form = TrialForm(request.GET or None, actor=actor)
    chosen = form.cleaned_data["draft"] if form.is_valid() else ()
    draft = rulebook(instead={rule.pk for rule in chosen}) if chosen else None
    return _page(request, form, rulebook(), draft, queues={rule.routing.queue_id for rule in chosen})


def _page(
    request: HttpRequest, form: TrialForm, live: Book, draft: Book | None, queues: Collection[int], **more: Any
) -> TemplateResponse:
    """All that is said is worked out here, so that nothing of a draft need be there when the page is written.

    `queues` are those whose latest tickets a draft is tried on.
    """
    found = _found(request, form, live, draft, queues) if not form.errors else {}
    context = {
        **admin.site.each_context(request),
        "title": _("Try routing out"),
        "form": form,
        **found,
        **more,
    }
    return TemplateResponse(request, "admin/routing/trial.html", context, status=422 if form.errors else 200)


def _found(
    request: HttpRequest, form: TrialForm, live: Book, draft: Book | None, queues: Collection[int]
) -> dict[str, Any]:
    if not form.is_bound and draft is None:
        return {}
    values = form.cleaned_data if form.is_bound else {name: field.initial for name, field in form.fields.items()}
    waited, as_if_free = values["waited"] or 0, values["people"] != "now"
    trials = [Trial(book, as_if_free=as_if_free) for book in (live, draft) if book is not None]
    found: dict[str, Any] = {"has_draft": draft is not None}
    if values["ticket"] is not None or values["queue"] is not None:
        works = [_work(values, trial.book) for trial in trials]
        found["facts"] = facts_of(works[0], values["ticket"], waited)
        found["verdicts"] = [trial.verdict(work, waited) for trial, work in zip(trials, works, strict=True)]
        found["routing"] = live.queue(works[0].queue)
    if draft is not None and values["latest"]:
        tickets = latest_tickets(actor_of(request), queues=queues, count=values["latest"])
        found["compared"], found["elsewhere"] = len(tickets), elsewhere(tickets, trials[0], trials[1], waited)
    return found


def _work(values: dict[str, Any], book: Book) -> Any:
    if (ticket := values["ticket"]) is not None:
        return works_of(book, [ticket])[ticket.pk]
    category = values["category"]
    return example_work(
        book,
        Example(
            queue=values["queue"].pk,
            channel=values["channel"],
            category=category.pk if category is not None else None,
            priority=values["priority"] or Priority.NORMAL,
            level=values["level"] or CustomerLevel.STANDARD,
            language=values["language"],
            text=values["text"],
            time_used=values["time_used"] or 0,
        ),
    )


class TriedOutAdmin(StaffAdmin[M]):
    """A page whose form can be tried out before it is saved: it is saved as it would be, looked at, and taken back."""

    actions_submit_line = ("try_out",)

    @action(description=gettext_lazy("Try it out"), icon="science")  # type: ignore[untyped-decorator]  # unfold has no types
    def try_out(self, request: HttpRequest, obj: Model) -> None:
        """Only names the button; what it does is in `response_change`."""

    @property
    def trying(self) -> str:
        """The button's name."""
        return f"{self.opts.app_label}_{self.opts.model_name}_try_out"

    def drafted(self, obj: M) -> Collection[int]:
        """The rules that are tried as if they were on."""
        return ()

    def queue_of(self, obj: M) -> int:
        """Whose tickets a draft is tried on."""
        raise NotImplementedError

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        if self.trying in request.POST:
            request.live_rules = rulebook()  # type: ignore[attr-defined]  # as they are before the form is saved
        return super().changeform_view(request, object_id, form_url, extra_context)

    def response_add(self, request: HttpRequest, obj: M, post_url_continue: str | None = None) -> HttpResponse:
        if self.trying in request.POST:
            return self._tried(request, obj)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: M) -> HttpResponse:
        if self.trying in request.POST:
            return self._tried(request, obj)
        return super().response_change(request, obj)

    def _tried(self, request: HttpRequest, obj: M) -> HttpResponse:
        live = cast("Book", request.live_rules)  # type: ignore[attr-defined]  # kept above
        asked = any(name.startswith(f"{TrialForm.prefix}-") for name in request.POST)
        form = TrialForm(request.POST if asked else None, actor=actor_of(request), has_draft=True)
        page = _page(
            request,
            form,
            live,
            rulebook(also=self.drafted(obj)),
            {self.queue_of(obj)},
            trying=self.trying,
            carried=[
                (name, value)
                for name, values in request.POST.lists()
                for value in values
                if not name.startswith(f"{TrialForm.prefix}-") and name not in ("csrfmiddlewaretoken", self.trying)
            ],
        )
        transaction.set_rollback(True)
        return page
