"""How vendors do by their contracts, for those who oversee them; and everybody's own figures."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.middleware import actor_of
from apps.core import audit
from apps.core.permissions import require
from apps.core.sheets import csv_file, xlsx_file
from apps.outsourcing.querysets import SUPERVISE, sees_statements
from apps.outsourcing.selectors.outlooks import warnings_for
from apps.outsourcing.selectors.own_figures import own_figures
from apps.outsourcing.selectors.periods import STANDING, Span, period_of
from apps.outsourcing.selectors.scorecards import (
    contract_measured_for,
    contracts_measured_for,
    is_vendors,
    scorecard,
    standings,
)
from apps.workbench.desk import staff_only
from apps.workbench.scorecards import sheets_of, spark_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SERVE = "routing.serve"


@require_safe
@staff_only
def scorecards(request: HttpRequest) -> HttpResponse:
    """Each contract that bound somebody, the newest first, and how many of its terms hold this month."""
    actor = actor_of(request)
    contracts = contracts_measured_for(actor)
    if is_vendors(actor) and not contracts:
        require(actor, SUPERVISE)
    rows = [(contract, standings(contract, period_of(contract, Span.MONTH))) for contract in contracts]
    context = {
        "rows": rows,
        "section": "scorecards",
        "warnings": warnings_for(actor, contracts),
        "is_of_house": not is_vendors(actor),
        "sees_statements": sees_statements(actor),
    }
    return render(request, "workbench/scorecards/list.html", context)


@require_safe
@staff_only
def scorecard_page(request: HttpRequest, number: str) -> HttpResponse:
    card = scorecard(contract_measured_for(actor_of(request), number), _span(request), actor=actor_of(request))
    context = {
        "card": card,
        "warnings": warnings_for(actor_of(request), [card.contract]),
        "rows": [(standing, spark_of(standing)) for standing in card.standings],
        "spans": Span,
        "standing_spans": STANDING,
        "section": "scorecards",
    }
    return render(request, "workbench/scorecards/detail.html", context)


@require_safe
@staff_only
def scorecard_file(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """What the page shows, and nothing besides: in-house with the house's figures, for a vendor its own."""
    contract = contract_measured_for(actor_of(request), number)
    card = scorecard(contract, _span(request), actor=actor_of(request))
    sheets = sheets_of(card)
    _name, head, rows = sheets[0]
    audit.record(
        "contract.scorecard_exported",
        by=actor_of(request),
        subject=contract,
        details={"kind": kind, "period": card.span.value},
    )
    content = xlsx_file(sheets) if kind == "xlsx" else csv_file([str(each) for each in head], rows)
    answer = HttpResponse(content, content_type=XLSX if kind == "xlsx" else "text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="scorecard-{contract.number}-{card.span.value}.{kind}"'
    return answer


@require_safe
@staff_only
def my_figures(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(actor, SERVE)
    context = {"own": own_figures(actor), "title": _("My figures"), "section": "my-figures"}
    return render(request, "workbench/scorecards/mine.html", context)


def _span(request: HttpRequest) -> Span:
    asked = request.GET.get("period", "")
    return Span(asked) if asked in Span.values else Span.MONTH
