"""For everybody: the notice of a brand, and for a customer with a link of theirs what they allow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.middleware import client_ip
from apps.accounts.models import Brand
from apps.core import throttle
from apps.core.actor import Actor, ActorKind, Face
from apps.core.languages import public_language
from apps.privacy import people
from apps.privacy.enums import CameBy, Purpose, RequestKind, Shown
from apps.privacy.errors import ProofRefused
from apps.privacy.models import PrivacyNotice
from apps.privacy.offering import offered_choices
from apps.privacy.selectors.notices import notice_in_force
from apps.privacy.services.asking import ASKED_HERE, ask_oneself, asked_by
from apps.privacy.services.consenting import customer_of_token, give_consent, withdraw_consent
from apps.privacy.services.identifying import answer_link, pending_proof

CUSTOMER = Actor(kind=ActorKind.SYSTEM, face=Face.PORTAL)
DEFAULT = "zh-hans"
PROOFS = 60
"""Looks at links of proofs, an hour from one network address."""


@require_safe
def notice(request: HttpRequest, brand: str, version: int | None = None) -> HttpResponse:
    """The one in force, or an earlier one by its number; none that is still to come."""
    owner = Brand.objects.filter(key=brand).first()  # one door: public
    current = notice_in_force(owner.pk) if owner is not None else None
    if owner is None or current is None:
        raise Http404
    shown = current if version in (None, current.version) else _earlier(current, version or 0)
    return _page(request, "privacy/notice.html", {"brand": owner, "notice": shown, "is_current": shown == current})


def _earlier(current: PrivacyNotice, version: int) -> PrivacyNotice:
    rows = PrivacyNotice.objects.filter(brand=current.brand_id, valid_from__lte=current.valid_from)  # one door: public
    found = rows.filter(version=version).first()
    if found is None:
        raise Http404
    return found


@csrf_exempt  # the token is the authority; there is no session to borrow
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choices(request: HttpRequest, token: str) -> HttpResponse:
    """Taking back is one press, as giving is."""
    customer_id = customer_of_token(token)
    person = people.directory().person(customer_id) if customer_id is not None else None
    if person is None or customer_id is None or not (person.handles or person.names):
        raise Http404
    if request.method == "POST":
        _choose(request, person.id)
        return redirect("privacy:choices", token)
    offered = offered_choices(person.ids, lacks_guardian=person.lacks_guardian)
    context = {"choices": offered, "requests": asked_by(person.id), "kinds": ASKED_HERE, "token": token}
    context["lacks_guardian"] = person.lacks_guardian
    return _page(request, "privacy/choices.html", context)


@csrf_exempt  # as above
@never_cache
@require_POST
def ask(request: HttpRequest, token: str) -> HttpResponse:
    """A request about one's own data. That it is they is checked before anything is done."""
    customer_id = customer_of_token(token)
    kind = request.POST.get("kind", "")
    if customer_id is None or people.directory().person(customer_id) is None or kind not in RequestKind.values:
        raise Http404
    ask_oneself(customer_id=customer_id, kind=RequestKind(kind), came_by=CameBy.PAGE, wish=request.POST.get("wish", ""))
    return redirect("privacy:choices", token)


def _choose(request: HttpRequest, customer_id: int) -> None:
    purpose = request.POST.get("purpose", "")
    if purpose not in Purpose.values:
        raise Http404
    said: dict[str, Any] = {"customer_id": customer_id, "purpose": Purpose(purpose), "shown": Shown.PAGE}
    if request.POST.get("to") == "allow":
        give_consent(**said, by=CUSTOMER)
    else:
        withdraw_consent(**said, by=CUSTOMER)


@csrf_exempt  # the link is the authority; there is no session to borrow
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def proof(request: HttpRequest, link: str) -> HttpResponse:
    """That it was they who asked. Whatever is wrong with the link, the answer is the same."""
    throttle.hit(f"privacy.proof:ip:{client_ip(request)}", limit=PROOFS, per=timedelta(hours=1))
    if request.method == "POST":
        try:
            answer_link(link=link)
        except ProofRefused:
            raise Http404 from None
        return _page(request, "privacy/proof.html", {"is_done": True})
    found = pending_proof(link)
    if found is None:
        raise Http404
    return _page(request, "privacy/proof.html", {"asked": found.request.get_kind_display})


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    with translation.override(public_language(request, DEFAULT)):
        response = render(request, template, context)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
