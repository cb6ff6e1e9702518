"""One request: how far it has come, what is next, and what will happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.admin_site import StaffSite
from apps.accounts.proof import proven_lately
from apps.core.actor import Actor
from apps.core.admin.base import actor_of
from apps.core.clock import now
from apps.core.errors import AppError, NotVisible
from apps.core.models import AuditEntry
from apps.core.permissions import may
from apps.core.storage import serve_file
from apps.privacy import holds, people
from apps.privacy.enums import CameBy, CheckedBy, CopyKind, ErasureState, Law, RequestKind, RequestState, TargetKind
from apps.privacy.forms import CheckForm, CodeForm, CorrectionForm, HandleForm, NewRequestForm, WordsForm
from apps.privacy.lens import lens_for
from apps.privacy.models import AccessPackage, Correction, DataSubjectRequest, Erasure
from apps.privacy.querysets import APPROVE_ERASURE, MANAGE_REQUESTS, holds_any
from apps.privacy.services import correcting, erasing, identifying, packing, requests
from apps.privacy.services.erasing import CUSTOMER
from apps.privacy.terms import term_of

HISTORY: Final = 100
_OPEN: Final = (RequestState.RECEIVED, RequestState.CHECKED, RequestState.WORKING)
Step = Callable[[DataSubjectRequest, Actor, Mapping[str, Any]], object]


def _reader(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not holds_any(actor, MANAGE_REQUESTS, APPROVE_ERASURE):
        raise PermissionDenied
    return actor


def _found(request: HttpRequest, pk: int) -> DataSubjectRequest:
    row = DataSubjectRequest.objects.visible_to(_reader(request)).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


# Taking in


def new_view(request: HttpRequest) -> HttpResponse:
    actor = _reader(request)
    if not may(actor, MANAGE_REQUESTS):
        raise PermissionDenied
    given = request.GET.get("customer", "")
    if not given and request.method != "POST":
        return _search(request, actor)
    person = people.directory().visible(int(given), actor) if given.isdecimal() and len(given) < 19 else None
    if person is None:
        raise Http404
    form = NewRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = _open(person.id, form.cleaned_data, actor)
        return redirect("admin:privacy-request", row.pk)
    context = {"title": _("New request about personal data"), "form": form, **_customer(person.id, actor)}
    return TemplateResponse(request, "admin/privacy/new.html", {**admin.site.each_context(request), **context})


def _search(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Whose data it is about, found as on the desk."""
    text = request.GET.get("q", "").strip()[:200]
    context = {
        "title": _("New request about personal data"),
        "query": text,
        "found": people.directory().search(text, actor) if text else [],
    }
    return TemplateResponse(request, "admin/privacy/whose.html", {**admin.site.each_context(request), **context})


def _open(customer_id: int, said: dict[str, Any], by: Actor) -> DataSubjectRequest:
    return requests.open_request(
        customer_id=customer_id,
        kind=RequestKind(said["kind"]),
        law=Law(said["law"]),
        came_by=CameBy(said["came_by"]),
        asked_by=said["asked_by"],
        is_by_proxy=said["is_by_proxy"],
        wish=said["wish"],
        ticket_id=said["ticket"],
        received_at=said["received_at"],
        by=by,
    )


def _customer(pk: int, actor: Actor) -> dict[str, Any]:
    directory = people.directory()
    return {"customer": directory.title(pk, lens_for(actor)), "customer_address": directory.address(pk)}


# Looking


@require_GET
def request_view(request: HttpRequest, pk: int) -> HttpResponse:
    row, actor = _found(request, pk), actor_of(request)
    erasure = row.erasures.order_by("-pk").first()
    context = {
        "title": f"{row.get_kind_display()} · {row.public_id}",
        "row": row,
        "tone": row.tone(now()),
        "steps": RequestState.choices,
        "forms": _forms(row, actor) if may(actor, MANAGE_REQUESTS) else [],
        "erasure": erasure,
        "places": _places(row, erasure),
        "ticket": holds.title_of(TargetKind.TICKET, row.ticket_id) if row.ticket_id else "",
        "is_held": bool(holds.held(CUSTOMER, [row.customer_id])),
        "may_approve": may(actor, APPROVE_ERASURE) and erasure is not None and erasure.asked_by_id != actor.user_id,
        "packages": row.packages.order_by("-pk") if may(actor, MANAGE_REQUESTS) else [],
        "may_pack": row.kind == RequestKind.ACCESS and row.checked_at is not None and row.is_open,
        "corrections": [_correction(made) for made in row.corrections.all()] if may(actor, MANAGE_REQUESTS) else [],
        "history": _history(row),
        **_customer(row.customer_id, actor),
    }
    return TemplateResponse(request, "admin/privacy/request.html", {**admin.site.each_context(request), **context})


def _correction(made: Correction) -> dict[str, Any]:
    """Which fields, and who else had what stood there. The values themselves stay sealed."""
    copies = [{**copy, "label": CopyKind(copy["kind"]).label} for copy in made.copies]
    return {"made_at": made.made_at, "fields": ", ".join(made.fields), "copies": copies}


def _history(row: DataSubjectRequest) -> QuerySet[AuditEntry]:
    found = AuditEntry.objects.filter(subject_type=row._meta.label_lower, subject_id=row.pk)
    return found.order_by("-created")[:HISTORY]


def _places(row: DataSubjectRequest, erasure: Erasure | None) -> list[tuple[str, object]]:
    """What an erasure will take, or has taken."""
    if row.kind != RequestKind.ERASURE:
        return []
    if erasure is not None and erasure.state in (ErasureState.APPROVED, ErasureState.DONE):
        labels = {place.key: str(place.label) for place in people.places()}
        return [(labels.get(key, key), count) for key, count in erasure.counts.items() if key in labels]
    person = people.directory().person(row.customer_id)
    counted = erasing.dry_run(person) if person is not None and row.is_open else []
    return [(str(place.label), "?" if count is None else count) for place, count in counted]


Asked = tuple[str, str, forms.Form | None, bool]
"""(step, words on the button, what is asked, whether nothing takes it back)."""


def _checks(row: DataSubjectRequest, actor: Actor) -> list[Asked]:
    """A code or link first; else what was seen."""
    found = list[Asked]()
    if handles := identifying.own_handles(row, actor):
        found.append(("send", _("Send a code and a link"), HandleForm(prefix="send", handles=handles), False))
    if row.proofs.filter(used_at=None, expires_at__gt=now()).exists():
        found.append(("code", _("Check the code"), CodeForm(prefix="code"), False))
    return [*found, ("check", _("Identity checked"), CheckForm(prefix="check"), False)]


def _forms(row: DataSubjectRequest, actor: Actor) -> list[Asked]:
    state, found = row.state, list[Asked]()
    if state == RequestState.RECEIVED:
        found += _checks(row, actor)
    if state == RequestState.CHECKED:
        found.append(("work", _("Begin work"), None, False))
    if state == RequestState.WORKING and row.kind == RequestKind.CORRECTION:
        form = CorrectionForm(prefix="correct", values=people.directory().correctable(row.customer_id, actor))
        found.append(("correct", _("Correct"), form, False))
    if state == RequestState.WORKING:
        found.append(("answer", pgettext("request about personal data", "Answered"), WordsForm(prefix="answer"), False))
    if state in _OPEN:
        if row.extended_at is None and term_of(Law(row.law)).more:
            found.append(("extend", _("Extend the time, once"), WordsForm(prefix="extend"), False))
        found.append(("refuse", _("Refuse, with the reason in law"), WordsForm(prefix="refuse"), True))
    if row.is_restricting:
        found.append(("lift", _("Lift the restriction"), WordsForm(prefix="lift"), False))
    if state in (RequestState.ANSWERED, RequestState.REFUSED):
        found.append(("close", _("Close"), None, False))
    return found


# Doing

_FORMS: Final[Mapping[str, type[forms.Form]]] = {
    "check": CheckForm, "answer": WordsForm, "code": CodeForm, "extend": WordsForm, "lift": WordsForm, "refuse": WordsForm,
}  # fmt: skip


def _approve(row: DataSubjectRequest, by: Actor, said: Mapping[str, Any]) -> object:
    return erasing.approve_erasure(erasure=_erasure_of(row), by=by)


def _decline(row: DataSubjectRequest, by: Actor, said: Mapping[str, Any]) -> object:
    return erasing.refuse_erasure(erasure=_erasure_of(row), by=by)


def _erasure_of(row: DataSubjectRequest) -> Erasure:
    erasure = row.erasures.order_by("-pk").first()
    if erasure is None:
        raise NotVisible
    return erasure


_STEPS: Final[Mapping[str, Step]] = {
    "check": lambda row, by, said: requests.check_identity(
        request=row, method=CheckedBy(said["method"]), note=said["note"], by=by
    ),
    "send": lambda row, by, said: identifying.send_proof(request=row, handle=said["handle"], by=by),
    "code": lambda row, by, said: identifying.enter_code(request=row, code=said["code"], by=by),
    "work": lambda row, by, said: requests.begin_work(request=row, by=by),
    "answer": lambda row, by, said: requests.answer(request=row, words=said["words"], by=by),
    "extend": lambda row, by, said: requests.extend(request=row, reason=said["words"], by=by),
    "lift": lambda row, by, said: requests.lift_restriction(request=row, reason=said["words"], by=by),
    "refuse": lambda row, by, said: requests.refuse(request=row, words=said["words"], by=by),
    "close": lambda row, by, said: requests.close(request=row, by=by),
    "approve": _approve,
    "decline": _decline,
    "correct": lambda row, by, said: correcting.correct(
        request=row, changes={key: value for key, value in said.items() if value}, by=by
    ),
    "package": lambda row, by, said: packing.ask_for_package(request=row, by=by),
}


@require_POST
def step_view(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    row, act, actor = _found(request, pk), _STEPS.get(step), actor_of(request)
    if act is None:
        raise Http404
    form = _FORMS[step](request.POST, prefix=step) if step in _FORMS else None
    if step == "send":
        form = HandleForm(request.POST, prefix=step, handles=identifying.own_handles(row, actor))
    if step == "correct":
        values = people.directory().correctable(row.customer_id, actor)
        form = CorrectionForm(request.POST, prefix=step, values=values)
    if form is not None and not form.is_valid():
        messages.error(request, _("Please check what you entered."))
        return redirect("admin:privacy-request", row.pk)
    try:
        act(row, actor, form.cleaned_data if form is not None else {})
    except NotVisible:
        raise Http404 from None
    except AppError as refusal:
        messages.error(request, refusal.told())
    else:
        messages.success(request, _("Done."))
    return redirect("admin:privacy-request", row.pk)


@require_POST
def download_view(request: HttpRequest, pk: int) -> HttpResponseBase:
    actor = _reader(request)
    package = AccessPackage.objects.visible_to(actor).filter(pk=pk).first()
    if package is None:
        raise Http404
    try:
        package, stored = packing.fetch_package(package=package, by=actor)
    except AppError as refusal:
        messages.error(request, refusal.told())
        return redirect("admin:privacy-request", package.request_id)
    return serve_file(stored)


def add_to(site: Any) -> None:
    if isinstance(site, StaffSite):
        site.add_page("privacy/requests/new/", new_view, name="privacy-request-new")
        site.add_page("privacy/requests/<int:pk>/", request_view, name="privacy-request")
        site.add_page("privacy/packages/<int:pk>/", proven_lately(download_view), name="privacy-package")
        site.add_page("privacy/requests/<int:pk>/<slug:step>/", proven_lately(step_view), name="privacy-step")
