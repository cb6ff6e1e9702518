"""The window in the desk: call, serve, set aside, pass on, finish. Each button is a form; keys press the buttons."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.middleware import actor_of
from apps.core.actor import Actor
from apps.core.errors import AppError, InvalidInput, NotVisible
from apps.core.ids import read_public_id
from apps.core.permissions import require
from apps.counter.errors import NoWindow
from apps.counter.forms import ClaimForm, FinishForm, ProofForm, TransferForm, show_errors
from apps.counter.models import Visit, Window
from apps.counter.selectors.desk import at_window, branch_days, line_at, seat_of, visit_at, windows_to_choose
from apps.counter.services import calling, seats, serving
from apps.counter.services.serving import Claim

View = Callable[..., HttpResponse]


def moves(view: View) -> View:
    """A press of a button: what is refused is said on the page, which then shows how things stand."""

    @require_POST
    @login_required
    @wraps(view)
    def press(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        actor = actor_of(request)
        require(actor, "counter.serve")
        try:
            return view(request, actor, *args, **kwargs)
        except NotVisible:
            raise
        except AppError as error:
            messages.error(request, error.told())
            return _back()

    return press


@require_safe
@login_required
def window(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(actor, "counter.serve")
    return _page(request, actor)


@require_safe
@login_required
def line(request: HttpRequest) -> HttpResponse:
    """The parts that change by themselves. Where the visitor at the window changed too, the whole page is due."""
    actor = actor_of(request)
    require(actor, "counter.serve")
    seat = seat_of(actor)
    if seat is None:
        return HttpResponseClientRefresh()
    now = line_at(seat, actor)
    if now.mark != request.GET.get("mark", ""):
        return HttpResponseClientRefresh()
    return render(request, "counter/window.html#line", {"line": now, "seat": seat, "section": "counter"})


@moves
def seat(request: HttpRequest, actor: Actor) -> HttpResponse:
    wanted = request.POST.get("window", "")
    row = (
        Window.objects.visible_to(actor)
        .filter(pk=int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0)
        .first()
    )
    if row is None:
        raise NotVisible
    seats.take_window(window=row, by=actor)
    return _back()


@moves
def seat_end(request: HttpRequest, actor: Actor) -> HttpResponse:
    seats.leave_window(by=actor)
    return _back()


@moves
def calls(request: HttpRequest, actor: Actor) -> HttpResponse:
    called = calling.call_next(window=_seat(actor), by=actor, seen=_seen(request, actor))
    if called is None:
        messages.info(request, _("Nobody is waiting."))
    return _back()


@moves
def visit_calls(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """Calls one person: again, or out of turn."""
    row, own = _visit(actor, public_id), _seat(actor)
    if row.window_id == own.pk:
        calling.call_again(visit=row, by=actor)
    else:
        calling.call(visit=row, window=own, by=actor, seen=_seen(request, actor))
    return _back()


@moves
def visit_absence(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    row = calling.set_aside(visit=_visit(actor, public_id), by=actor)
    messages.info(request, _("%(number)s: %(state)s") % {"number": row.number, "state": row.get_state_display()})
    return _back()


@moves
def visit_service(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    row, form = _visit(actor, public_id), ClaimForm(request.POST)

    def start() -> None:
        data = form.cleaned_data
        serving.start_serving(
            visit=row,
            by=actor,
            claim=Claim(data["contact"].strip(), data["name"].strip()),
            has_consented=data["has_consented"],
            ticket=form.found_ticket(actor),
        )

    return _fill_in(request, actor, {"claim_form": form}, start)


@moves
def visit_proof(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    row, form = _visit(actor, public_id), ProofForm(request.POST)
    return _fill_in(
        request,
        actor,
        {"proof_form": form},
        lambda: serving.record_proof(visit=row, by=actor, **form.cleaned_data),
    )


@moves
def visit_transfer(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    row = _visit(actor, public_id)
    form = TransferForm(request.POST, visit=row, actor=actor)
    return _fill_in(
        request,
        actor,
        {"transfer_form": form},
        lambda: calling.transfer(visit=row, by=actor, **form.chosen()),
    )


@moves
def visit_end(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    row, form = _visit(actor, public_id), FinishForm(request.POST, actor=actor)

    def finish() -> None:
        data = form.cleaned_data
        serving.finish(
            visit=row,
            by=actor,
            summary=data["summary"],
            satisfaction=data["satisfaction"],
            wrap_up=form.wrap_up(),
        )
        messages.success(request, _("%(number)s is finished.") % {"number": row.number})

    return _fill_in(request, actor, {"finish_form": form}, finish)


def _fill_in(
    request: HttpRequest, actor: Actor, forms_by_name: dict[str, forms.Form], act: Callable[[], object]
) -> HttpResponse:
    """Acts on a form that is right; one that is not comes back with everything typed."""
    (form,) = forms_by_name.values()
    if form.is_valid():
        try:
            act()
            return _back()
        except InvalidInput as error:
            show_errors(form, error)
    return _page(request, actor, status=422, **forms_by_name)


def _page(request: HttpRequest, actor: Actor, status: int = 200, **bound: forms.Form) -> HttpResponse:
    own = seat_of(actor)
    context: dict[str, Any] = {"section": "counter", "seat": own}
    if own is None:
        context |= {"windows": windows_to_choose(actor), "days": branch_days(actor)}
    else:
        context |= {"line": line_at(own, actor), **_there(own, actor), **bound}
    return render(request, "counter/window.html", context, status=status)


def _there(own: Window, actor: Actor) -> dict[str, Any]:
    row = visit_at(own, actor)
    if row is None:
        return {"there": None}
    return {
        "there": at_window(row, actor),
        "claim_form": ClaimForm(),
        "proof_form": ProofForm(),
        "transfer_form": TransferForm(visit=row, actor=actor),
        "finish_form": FinishForm(actor=actor, initial={"category": str(row.service.category_id or "")}),
    }


def _visit(actor: Actor, public_id: str) -> Visit:
    rows = Visit.objects.visible_to(actor).select_related("branch", "service", "window")
    row = rows.filter(pk=read_public_id(Visit, public_id) or 0).first()
    if row is None:
        raise NotVisible
    return row


def _seat(actor: Actor) -> Window:
    own = seat_of(actor)
    if own is None:
        raise NoWindow
    return own


def _seen(request: HttpRequest, actor: Actor) -> Visit | None:
    """Whom the page that was pressed on showed at the window."""
    public_id = request.POST.get("seen", "")
    return _visit(actor, public_id) if public_id else None


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("counter:window"))
