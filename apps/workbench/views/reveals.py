"""A masked value in the clear for a reason, and the desk of those who approve such asks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from apps.accounts.middleware import actor_of
from apps.accounts.proof import ask_for_proof, was_proven_lately
from apps.core.actor import Actor
from apps.core.errors import AppError, InvalidInput, NotVisible, PermissionRefused
from apps.core.htmx import is_htmx, toast
from apps.core.ids import read_public_id
from apps.core.permissions import require
from apps.privacy.models import Reveal
from apps.privacy.permits import REVEAL, may_approve
from apps.privacy.revealing import Record, find_record
from apps.privacy.selectors.reveals import (
    news_after,
    open_ask,
    policy_words,
    recent_rows,
    unusual_rows,
    usable_approval,
    waiting_rows,
)
from apps.privacy.selectors.screen import screen_of
from apps.privacy.services.approvals import decide
from apps.privacy.services.reveals import PROOF_WITHIN, Outcome, reveal_field
from apps.workbench.answers import dialog
from apps.workbench.desk import staff_only
from apps.workbench.reveal_forms import RevealForm

CHANGED = "reveals:changed"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_only
def reveal(request: HttpRequest, kind: str, record: str) -> HttpResponse:
    """Whose last proof is old proves first, before they have typed anything."""
    actor = actor_of(request)
    require(actor, REVEAL)
    if not was_proven_lately(request, within=PROOF_WITHIN):
        return ask_for_proof(request)
    found = find_record(actor, kind, record)
    if found is None:
        raise NotVisible
    approved = _approval(actor, kind, found)
    form = RevealForm(request.POST or None, parts=found.parts, initial=_reason_of(approved))
    if request.method == "POST" and form.is_valid():
        try:
            outcome = reveal_field(by=actor, kind=kind, record_id=record, is_proven=True, **form.cleaned_data)
        except InvalidInput as error:
            for name, messages in error.fields.items():
                form.add_error(name, list(messages))
        except AppError as error:
            form.add_error(None, error.detail())
        else:
            return _answer(request, outcome, found)
    context = {
        "form": form,
        "action": request.path,
        "parts": found.parts,
        "is_approved": approved is not None,
        "is_waiting": approved is None and _is_waiting(actor, kind, found),
        "policy": policy_words(actor, found),
    }
    status = 422 if request.method == "POST" else 200
    return dialog(request, "workbench/dialogs/reveal.html", context, status=status)


def _approval(actor: Actor, kind: str, found: Record) -> Reveal | None:
    """Told where there is one value only; of several each is looked up when it is asked for."""
    if len(found.parts) != 1:
        return None
    return usable_approval(actor, kind=kind, record_id=found.subject.pk, field=found.parts[0].field)


def _is_waiting(actor: Actor, kind: str, found: Record) -> bool:
    if len(found.parts) != 1:
        return False
    return open_ask(actor, kind=kind, record_id=found.subject.pk, field=found.parts[0].field) is not None


def _reason_of(approved: Reveal | None) -> dict[str, str]:
    """What was approved is not typed again."""
    return {"reason_kind": approved.reason_kind, "reason": approved.reason} if approved else {}


def _answer(request: HttpRequest, outcome: Outcome, found: Record) -> HttpResponse:
    part = found.part(outcome.reveal.field)
    context = {
        "value": outcome.value,
        "seconds": outcome.seconds,
        "label": part.field_class.label if part else "",
        "has_watermark": screen_of(actor_of(request)).has_watermark,
    }
    template = "reveal_asked" if outcome.value is None else "revealed"
    response = dialog(request, f"workbench/dialogs/{template}.html", context)
    response["Cache-Control"] = "no-store"
    return response


# --- Who approves -------------------------------------------------------------------------------------------------


@require_safe
@staff_only
def reveals(request: HttpRequest) -> HttpResponse:
    actor = _approver(request)
    context = {
        "section": "reveals",
        "waiting": waiting_rows(actor),
        "unusual": unusual_rows(actor),
        "recent": recent_rows(actor),
    }
    template = "workbench/reveals.html#lists" if is_htmx(request) else "workbench/reveals.html"
    return render(request, template, context)


@require_POST
@staff_only
def decision(request: HttpRequest, public_id: str) -> HttpResponse:
    actor = _approver(request)
    row = Reveal.objects.visible_to(actor).filter(pk=read_public_id(Reveal, public_id) or 0).first()
    if row is None:
        raise NotVisible
    is_approved = request.POST.get("decision") == "approve"
    decide(reveal=row, by=actor, is_approved=is_approved, why=request.POST.get("why", ""))
    if not is_htmx(request):
        return redirect("workbench:reveals")
    response = trigger_client_event(HttpResponse(status=204), CHANGED, {})
    return toast(response, "success", _("Approved") if is_approved else _("Declined"))


@require_safe
@staff_only
def news(request: HttpRequest) -> HttpResponse:
    """What waits for the one who asks, and what was decided about their own asks, since `after`."""
    actor = actor_of(request)
    after = request.GET.get("after", "")
    found = news_after(actor, int(after) if after.isascii() and after.isdecimal() and len(after) < 20 else None)
    response = JsonResponse({"after": found.after})
    if found.waiting:
        words = ngettext(
            "Somebody asks to see a masked value: see Reveals.",
            "%(count)d people ask to see masked values: see Reveals.",
            found.waiting,
        )
        toast(response, "info", words % {"count": found.waiting})
    elif found.unusual:
        toast(response, "error", _("Somebody looks at unusually many masked values: see Reveals."))
    elif found.approved:
        toast(response, "success", _("Your reveal was approved: open it again where the value stands."))
    elif found.declined:
        toast(response, "error", _("Your reveal was declined: %(why)s") % {"why": found.declined})
    return trigger_client_event(response, CHANGED, {})


def _approver(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not may_approve(actor):
        raise PermissionRefused
    return actor
