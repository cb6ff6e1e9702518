"""Where a contract stands: what it opens beside what is granted, and what can be decided."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.admin_site import StaffSite
from apps.accounts.proof import proven_lately
from apps.core.clock import now
from apps.outsourcing.admin.moves import MAX_REASON, Move, carry_out, chosen, reader_of
from apps.outsourcing.enums import LIVE, ContractState
from apps.outsourcing.models import Contract
from apps.outsourcing.selectors.consequences import consequences_of
from apps.outsourcing.selectors.contracts import openings
from apps.outsourcing.services.contracts import (
    activate_contract,
    end_contract,
    resume_contract,
    suspend_contract,
)

MOVES: Final = (
    Move(
        "activation",
        _("Activate"),
        activate_contract,
        _("From its first day on the vendor's people see what it opens, and nothing else."),
        of=(ContractState.DRAFT,),
        needs_reason=False,
    ),
    Move(
        "suspension",
        _("Suspend"),
        suspend_contract,
        _("The vendor's people are signed out at once, their API tokens end, and their work waits for others."),
        of=(ContractState.ACTIVE,),
    ),
    Move(
        "resumption",
        _("Resume"),
        resume_contract,
        _("The vendor's people may sign in again. API tokens are issued anew."),
        of=(ContractState.SUSPENDED,),
    ),
    Move(
        "end",
        _("End for good"),
        end_contract,
        _("Does what suspending does, for good: a contract that was ended cannot be resumed."),
        of=LIVE,
        is_final=True,
    ),
)


def moves_of(contract: Contract) -> list[Move]:
    return [move for move in MOVES if contract.state in move.of]


@require_GET
def contract_view(request: HttpRequest, pk: int) -> HttpResponse:
    contract = _contract(request, pk)
    context = {
        **admin.site.each_context(request),
        "title": str(contract),
        "contract": contract,
        "is_in_force": contract.is_in_force(now()),
        "tables": openings(contract),
        "moves": moves_of(contract),
        "max_reason": MAX_REASON,
    }
    return TemplateResponse(request, "admin/outsourcing/contract.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def move_view(request: HttpRequest, pk: int, move: str) -> HttpResponse:
    """What nothing takes back is asked once more, with what it will do."""
    contract, decided = _contract(request, pk), chosen(MOVES, move)
    if request.method != "POST":
        return _ask_again(request, contract, decided)
    carry_out(request, decided, contract=contract)
    return redirect("admin:contract", pk)


def _ask_again(request: HttpRequest, contract: Contract, move: Move) -> HttpResponse:
    if not move.is_final or contract.state not in move.of:
        return redirect("admin:contract", contract.pk)
    context = {
        **admin.site.each_context(request),
        "title": f"{move.label}: {contract}",
        "contract": contract,
        "move": move,
        "comes": consequences_of(contract),
        "max_reason": MAX_REASON,
    }
    return TemplateResponse(request, "admin/outsourcing/ending.html", context)


def _contract(request: HttpRequest, pk: int) -> Contract:
    contract = Contract.objects.visible_to(reader_of(request)).whole().filter(pk=pk).first()
    if contract is None:
        raise Http404
    return contract


def add_to(site: Any) -> None:
    if isinstance(site, StaffSite):
        site.add_page("contracts/<int:pk>/", contract_view, name="contract")
        site.add_page("contracts/<int:pk>/<slug:move>/", proven_lately(move_view), name="contract-move")
