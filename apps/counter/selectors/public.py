"""What people without sign-in may see of a branch: numbers and windows, and of one's own number the place in line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from apps.core.clock import now
from apps.core.errors import NotVisible
from apps.counter.enums import AT_WINDOW, OVER, VisitState
from apps.counter.models import Branch, ServiceType, Visit
from apps.counter.selectors.lines import place_of, today, wait_for
from apps.counter.tokens import read_token
from apps.sla.errors import NeverOpens
from apps.sla.selectors import timetable_of

BOARD = 10
SLIP_LIVES = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class ServiceButton:
    key: str
    prefix: str
    name: str
    ahead: int
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Call:
    number: str
    window: str
    calls: int
    is_serving: bool


@dataclass(frozen=True, slots=True)
class Board:
    calls: tuple[Call, ...]
    waiting: int

    @property
    def mark(self) -> str:
        """Grows by a word whenever somebody is called: that is when the display sounds."""
        return " ".join(f"{call.number}:{call.window}:{call.calls}" for call in self.calls if not call.is_serving)


@dataclass(frozen=True, slots=True)
class Slip:
    number: str
    service: str
    branch: str
    address: str
    state: str
    state_label: str
    window: str
    issued_at: datetime
    ahead: int | None
    minutes: int | None
    is_waiting: bool
    is_called: bool
    is_over: bool
    may_leave: bool


def branch_of_kiosk(kiosk_key: str) -> Branch:
    return _branch(Q(kiosk_key=kiosk_key))


def branch_of_display(key: str) -> Branch:
    return _branch(Q(key=key))


def _branch(which: Q) -> Branch:
    branch = Branch.objects.active().select_related("channel__brand", "calendar").filter(which).first()
    if branch is None:
        raise NotVisible
    return branch


def visit_of_slip(token: str) -> Visit:
    pk = read_token(token)
    rows = Visit.objects.select_related("branch__channel__brand", "service", "window")
    visit = rows.filter(pk=pk, issued_at__gte=now() - SLIP_LIVES).first() if pk is not None else None
    if visit is None:
        raise NotVisible
    return visit


def service_buttons(branch: Branch) -> list[ServiceButton]:
    rows = branch.services.active()
    return [_button(branch, row) for row in rows]


def _button(branch: Branch, service: ServiceType) -> ServiceButton:
    place = wait_for(branch, service)
    return ServiceButton(service.key, service.prefix, str(service.name), place.ahead, place.minutes)


def opens_at(branch: Branch) -> datetime | None:
    """None while numbers are given, or where nobody knows when they will be."""
    if branch.calendar is None:
        return None
    moment, timetable = now(), timetable_of(branch.calendar)
    try:
        opening = timetable.next_opening(moment)
    except NeverOpens:
        return None
    return opening.astimezone(branch.zone) if opening > moment else None


def board_of(branch: Branch) -> Board:
    rows = Visit.objects.of_day(branch, today(branch))
    there = rows.filter(state__in=AT_WINDOW).select_related("window").order_by("-called_at", "-pk")[:BOARD]
    calls = tuple(
        Call(row.number, row.window.label if row.window else "", row.calls, row.state == VisitState.SERVING)
        for row in there
    )
    return Board(calls=calls, waiting=rows.waiting().count())


def slip_of(visit: Visit) -> Slip:
    place = place_of(visit) if visit.day == today(visit.branch) else None
    is_at_window = visit.state in AT_WINDOW and visit.window is not None
    return Slip(
        number=visit.number,
        service=str(visit.service.name),
        branch=str(visit.branch.name),
        address=str(visit.branch.address),
        state=visit.state,
        state_label=str(VisitState(visit.state).label),
        window=visit.window.label if is_at_window and visit.window is not None else "",
        issued_at=visit.issued_at.astimezone(visit.branch.zone),
        ahead=None if place is None else place.ahead,
        minutes=None if place is None else place.minutes,
        is_waiting=place is not None,
        is_called=visit.state == VisitState.CALLED,
        is_over=visit.state in OVER or visit.day < today(visit.branch),
        may_leave=visit.state not in (*OVER, VisitState.SERVING) and visit.day == today(visit.branch),
    )
