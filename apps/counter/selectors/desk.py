"""What stands on the page of a window: who is there, who waits, how the day goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from apps.core.actor import Actor
from apps.core.clock import now
from apps.counter.enums import MAX_CALLS, Document, Proof, Reason, VisitState
from apps.counter.models import Branch, Visit, Window
from apps.counter.selectors.figures import Figures, figures_of
from apps.counter.selectors.lines import line_of_window, today
from apps.customers.models import Customer
from apps.customers.selectors import CustomerPanel, customer_panel
from apps.privacy.enums import FieldClass
from apps.tickets.selectors.minors import lens_over

SHOWN = 60


@dataclass(frozen=True, slots=True)
class LineRow:
    public_id: str
    number: str
    service: str
    reason: str
    language: str
    waited: int
    window: str
    """Of a transfer to one window; else empty."""
    is_mine: bool
    """May be called to this window."""


@dataclass(frozen=True, slots=True)
class AtWindow:
    """The visitor who is called or served."""

    public_id: str
    number: str
    service: str
    state: str
    reason: str
    language: str
    waited: int
    calls: int
    may_call_again: bool
    since: datetime
    has_begun: bool
    """Another window has served them already: interaction and ticket are there."""
    ticket_number: int | None
    customer: CustomerPanel | None
    proof: str
    document: str

    @property
    def is_serving(self) -> bool:
        return self.state == VisitState.SERVING


@dataclass(frozen=True, slots=True)
class Line:
    waiting: tuple[LineRow, ...]
    aside: tuple[LineRow, ...]
    figures: Figures
    mark: str
    """Changes whenever the page would show something else of the visitor at the window."""
    seen: str
    is_serving: bool


@dataclass(frozen=True, slots=True)
class WindowChoice:
    id: int
    label: str
    branch: str
    agent: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class BranchDay:
    name: str
    key: str
    figures: Figures


def seat_of(actor: Actor) -> Window | None:
    """The window where the actor sits."""
    rows = Window.objects.visible_to(actor).filter(agent_id=actor.user_id or 0, is_active=True)
    return rows.select_related("branch__channel").first()


def windows_to_choose(actor: Actor) -> list[WindowChoice]:
    rows = Window.objects.visible_to(actor).filter(is_active=True, branch__is_active=True)
    return [
        WindowChoice(
            row.pk, row.label, str(row.branch.name), str(row.agent or ""), row.agent_id == actor.user_id
        )
        for row in rows.select_related("branch", "agent").order_by("branch__key", "label")
    ]  # fmt: skip


def branch_days(actor: Actor) -> list[BranchDay]:
    return [BranchDay(str(row.name), row.key, figures_of(row)) for row in Branch.objects.visible_to(actor).active()]


def visit_at(window: Window, actor: Actor) -> Visit | None:
    rows = Visit.objects.visible_to(actor).filter(window=window).at_windows()
    return rows.select_related("service", "branch", "ticket__customer", "window").first()


def at_window(visit: Visit, actor: Actor) -> AtWindow:
    customer = visit.ticket.customer if visit.ticket is not None else None
    return AtWindow(
        public_id=visit.public_id,
        number=visit.number,
        service=str(visit.service.name),
        state=visit.state,
        reason=_reason(visit),
        language=_language(visit),
        waited=_minutes(visit.issued_at, visit.first_called_at or now()),
        calls=visit.calls,
        may_call_again=visit.calls < MAX_CALLS,
        since=visit.serving_at or visit.called_at or visit.issued_at,
        has_begun=visit.interaction_id is not None,
        ticket_number=None if visit.ticket is None else visit.ticket.number,
        customer=None if customer is None else customer_panel(customer, actor),
        proof=str(Proof(visit.proof).label) if visit.proof else "",
        document=_document(visit, customer, actor),
    )


def line_at(window: Window, actor: Actor) -> Line:
    """Everybody who waits in the branch, as far as the actor sees them."""
    visits = Visit.objects.visible_to(actor).of_day(window.branch, today(window.branch))
    rows = visits.select_related("service", "wanted_window").in_turn()
    mine = set(line_of_window(window, actor).values_list("pk", flat=True)[:SHOWN])
    there = visit_at(window, actor)
    return Line(
        waiting=_rows(rows.waiting()[:SHOWN], mine),
        aside=_rows(rows.filter(state=VisitState.SKIPPED)[:SHOWN], mine=None),
        figures=figures_of(window.branch),
        mark="" if there is None else f"{there.number}.{there.state}.{there.calls}",
        seen="" if there is None else there.public_id,
        is_serving=there is not None and there.state == VisitState.SERVING,
    )


def _rows(visits: Iterable[Visit], mine: set[int] | None) -> tuple[LineRow, ...]:
    moment = now()
    return tuple(
        LineRow(
            public_id=visit.public_id,
            number=visit.number,
            service=str(visit.service.name),
            reason=_reason(visit),
            language=_language(visit),
            waited=_minutes(visit.issued_at, moment),
            window=visit.wanted_window.label if visit.wanted_window is not None else "",
            is_mine=mine is None or visit.pk in mine,
        )
        for visit in visits
    )


def _reason(visit: Visit) -> str:
    return str(Reason(visit.reason).label) if visit.reason else ""


def _language(visit: Visit) -> str:
    return dict(settings.LANGUAGES).get(visit.language, "")


def _document(visit: Visit, customer: Customer | None, actor: Actor) -> str:
    if not visit.document:
        return ""
    tail = lens_over(actor, customer).show(FieldClass.ID_NUMBER, visit.document_tail)
    return f"{Document(visit.document).label} …{tail}"


def _minutes(since: datetime, until: datetime) -> int:
    return max(0, int((until - since).total_seconds() // 60))
