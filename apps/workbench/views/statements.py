"""What is owed to vendors month by month, for the house's managers and the vendor's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.middleware import actor_of
from apps.core import audit
from apps.core.errors import AppError, NotVisible, PermissionRefused
from apps.core.sheets import Sheet, xlsx_file
from apps.outsourcing.models import Statement
from apps.outsourcing.querysets import sees_statements
from apps.outsourcing.selectors.statements import abilities, statement_for, statements_for, term_lines
from apps.outsourcing.services import statements as deciding
from apps.workbench.desk import staff_only

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_TEXT: Final = 2000
Move = Callable[..., Statement]
MOVES: Final[Mapping[str, tuple[Move, str]]] = {
    "sending": (deciding.send_statement, "text"),
    "dispute": (deciding.dispute_statement, "text"),
    "agreement": (deciding.agree_to_statement, "text"),
    "closing": (deciding.close_statement, "text"),
    "comments": (deciding.comment_on_statement, "text"),
    "redraft": (deciding.redraft_statement, "reason"),
}


@require_safe
@staff_only
def statement_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if not sees_statements(actor):
        raise PermissionRefused
    context = {"statements": statements_for(actor), "section": "scorecards"}
    return render(request, "workbench/statements/list.html", context)


@require_safe
@staff_only
def statement(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    row = statement_for(actor, pk)
    context = {
        "statement": row,
        "terms": term_lines(row),
        "comments": row.comments.select_related("author"),
        "may": abilities(actor, row),
        "section": "scorecards",
        "max_text": MAX_TEXT,
    }
    return render(request, "workbench/statements/detail.html", context)


@require_POST
@staff_only
def statement_move(request: HttpRequest, pk: int, move: str) -> HttpResponse:
    """A refusal is told in words on the page that one comes back to."""
    actor = actor_of(request)
    row = statement_for(actor, pk)
    if move not in MOVES:
        raise Http404
    run, words = MOVES[move]
    try:
        row = run(statement=row, by=actor, **{words: request.POST.get("text", "")[:MAX_TEXT]})
    except NotVisible:
        raise Http404 from None
    except PermissionRefused:
        raise
    except AppError as refusal:
        messages.error(request, refusal.told())
    else:
        messages.success(request, _("Done."))
    return redirect("workbench:statement", row.pk)


@require_safe
@staff_only
def statement_file(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    row = statement_for(actor, pk)
    audit.record("statement.exported", by=actor, subject=row)
    answer = HttpResponse(xlsx_file(_sheets(row)), content_type=XLSX)
    name = f"statement-{row.contract.number}-{row.month:%Y-%m}-v{row.version}.xlsx"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _sheets(row: Statement) -> list[Sheet]:
    """Sums as numbers, texts as texts."""
    sums: list[list[Any]] = [
        [_("Contract"), row.contract.number],
        [_("Vendor"), str(row.contract.vendor.name)],
        [_("Month"), f"{row.month:%Y-%m}"],
        [_("Version"), row.version],
        [_("State"), row.get_state_display()],
        [_("Quantity"), float(row.quantity)],
        [_("For each"), row.get_priced_by_display()],
        [_("Price"), float(row.price)],
        [_("Currency"), row.currency],
        [_("Amount"), float(row.amount)],
        [_("Deducted"), float(row.deducted)],
        [_("Total"), float(row.total)],
    ]
    terms = [
        [line.name, line.channel, line.agreed, line.figure, _attained(line.is_met), float(line.deducted), line.formula]
        for line in term_lines(row)
    ]
    head = [_("Figure"), _("Channel"), _("Agreed"), _("Attained"), "", _("Deducted"), _("Definition")]
    volumes = [[line["label"], line["contacts"], line["resolved"]] for line in row.volumes]
    return [
        (_("Statement"), [_("What"), _("Value")], sums),
        (_("Terms"), head, terms),
        (_("Volumes"), [_("Channel"), _("Contacts handled"), _("Resolved")], volumes),
    ]


def _attained(is_met: bool | None) -> str:
    return {True: _("attained"), False: _("missed"), None: _("no figure")}[is_met]
