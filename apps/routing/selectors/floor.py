"""The floor as somebody may see it: their own state, the states of others, and what they are offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.access import access_of
from apps.accounts.clearance import bars_of, words_of_bars
from apps.accounts.models import User
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.permissions import may
from apps.core.words import initials
from apps.routing.enums import CHOSEN, Presence
from apps.routing.models import AgentState, BreakReason
from apps.routing.selectors.capacity import WHOLE, loads_of, weights_of
from apps.routing.selectors.explaining import explained
from apps.tickets.enums import AssignmentState, WorkKind
from apps.tickets.models import Assignment, Ticket
from apps.tickets.selectors.lists import TicketRow, ticket_rows, with_row_columns

MOST_PEOPLE: Final = 1000
ICONS: Final[Mapping[str, str]] = {
    Presence.AVAILABLE: "circle-check",
    Presence.BUSY: "circle-minus",
    Presence.BREAK: "coffee",
    Presence.AFTER_WORK: "clipboard-check",
    Presence.TRAINING: "graduation-cap",
    Presence.AWAY: "phone-missed",
    Presence.OFFLINE: "circle-off",
}


@dataclass(frozen=True, slots=True)
class StateRow:
    """What somebody is, and since when. `since` is empty for who never said anything."""

    state: str
    label: str
    icon: str
    reason: str
    reason_key: str
    since: datetime | None
    forced_by: str
    version: int

    @property
    def is_away(self) -> bool:
        return self.state == Presence.AWAY

    @property
    def words(self) -> str:
        return f"{self.label} · {self.reason}" if self.reason else self.label


@dataclass(frozen=True, slots=True)
class StateChoice:
    """One entry of the switcher: a state, or a break with its reason."""

    state: str
    reason: str
    label: str
    icon: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class FloorRow:
    user_id: int
    username: str
    name: str
    initials: str
    company: str
    state: StateRow
    is_connected: bool
    load: tuple[tuple[str, int], ...]
    percent: int
    held_back: str = ""
    """Why they are given no new work, if so."""

    @property
    def load_words(self) -> list[str]:
        return [
            _("%(count)d × %(kind)s") % {"count": pieces, "kind": WorkKind(kind).label} for kind, pieces in self.load
        ]


@dataclass(frozen=True, slots=True)
class OfferCard:
    id: int
    ticket: TicketRow
    work_kind: str
    kind_label: str
    offered_by: str
    explanation: tuple[Any, ...]
    why: tuple[str, ...]
    expires_at: datetime
    seconds_left: int


def own_state(actor: Actor) -> StateRow:
    return state_of(actor, actor.user) if actor.user is not None else state_row(None)


def held_back(actor: Actor) -> str:
    """Why one is given no new work oneself; empty for who is."""
    bars = bars_of([actor.user] if actor.user is not None else [])
    return next(iter(words_of_bars(bars).values()), "")


def state_of(actor: Actor, user: User) -> StateRow:
    rows = AgentState.objects.visible_to(actor).select_related("reason", "forced_by")
    return state_row(rows.filter(user=user).first())


def state_row(row: AgentState | None) -> StateRow:
    if row is None:
        return StateRow(
            Presence.OFFLINE.value, str(Presence.OFFLINE.label), ICONS[Presence.OFFLINE], "", "", None, "", 0
        )
    return StateRow(
        state=row.state,
        label=str(Presence(row.state).label),
        icon=ICONS[row.state],
        reason=str(row.reason or ""),
        reason_key=row.reason.key if row.reason else "",
        since=row.since,
        forced_by=str(row.forced_by or ""),
        version=row.version,
    )


def state_choices(actor: Actor, current: StateRow) -> list[StateChoice]:
    """In the order of the day. Without any reason a break is one entry, else each reason is."""
    reasons = list(BreakReason.objects.visible_to(actor).active())
    found: list[StateChoice] = []
    for state in CHOSEN:
        names = [(reason.key, str(reason)) for reason in reasons] if state == Presence.BREAK else []
        for key, name in names or [("", "")]:
            is_current = current.state == state and current.reason == name
            label = f"{state.label} · {name}" if name else str(state.label)
            found.append(StateChoice(state.value, key, label, ICONS[state], is_current))
    return found


def people(actor: Actor) -> QuerySet[User]:
    """Whose states one sees on the floor: those who take part, as `AgentStateQuerySet.visible_to` says."""
    staff = User.objects.visible_to(actor).active().filter(role__permissions__contains=["routing.serve"])
    access = access_of(actor)
    if not may(actor, "routing.supervise"):
        return staff.filter(pk=actor.user_id or 0)
    return staff.filter(vendor_id=access.vendor_id or 0) if access.is_outsourced else staff


def floor(actor: Actor, username: str = "") -> list[FloorRow]:
    """Everybody on the floor, or one of them, with what they hold; the available first."""
    staff = people(actor).filter(username=username) if username else people(actor)
    users = list(staff.select_related("vendor", "role").order_by("display_name", "pk")[:MOST_PEOPLE])
    states = AgentState.objects.visible_to(actor).with_connection().select_related("reason", "forced_by")
    by_user: dict[int, Any] = {row.user_id: row for row in states.filter(user__in=users)}
    weights, loads = weights_of(users), loads_of([user.pk for user in users])
    bars = words_of_bars(bars_of(users))
    rows = [
        _floor_row(user, by_user.get(user.pk), weights[user.pk], loads.get(user.pk, {}), bars.get(user.pk, ""))
        for user in users
    ]
    order = list(Presence.values)
    return sorted(rows, key=lambda row: order.index(row.state.state))


def _floor_row(user: User, row: Any, weights: Mapping[str, int], load: Mapping[str, int], bar: str) -> FloorRow:
    taken = sum(weights.get(kind, 0) * pieces for kind, pieces in load.items())
    return FloorRow(
        user_id=user.pk,
        username=user.username,
        name=str(user),
        initials=initials(str(user)),
        company=str(user.vendor.name) if user.vendor else "",
        state=state_row(row),
        is_connected=row is not None and row.is_connected,
        load=tuple((kind, load[kind]) for kind in WorkKind.values if load.get(kind)),
        percent=min(100, round(100 * taken / WHOLE)),
        held_back=bar,
    )


def own_offers(actor: Actor) -> list[OfferCard]:
    """What somebody is offered right now, the oldest first. A ticket that left their sight is not shown any more."""
    moment = now()
    rows = list(
        Assignment.objects.filter(user=actor.user_id, state=AssignmentState.OFFERED, expires_at__gt=moment)
        .select_related("assigned_by")
        .order_by("offered_at", "pk")
    )
    if not rows:
        return []
    visible = Ticket.objects.visible_to(actor).filter(pk__in=[row.ticket_id for row in rows])
    tickets = {ticket.id: ticket for ticket in ticket_rows(actor, list(with_row_columns(visible, actor)))}
    return [_card(row, tickets[row.ticket_id], moment) for row in rows if row.ticket_id in tickets]


def _card(row: Assignment, ticket: TicketRow, moment: datetime) -> OfferCard:
    expires = row.expires_at or moment
    return OfferCard(
        id=row.pk,
        ticket=ticket,
        work_kind=row.work_kind,
        kind_label=str(WorkKind(row.work_kind).label) if row.work_kind else "",
        offered_by=str(row.assigned_by or ""),
        explanation=tuple(row.explanation),
        why=tuple(explained(row.explanation)),
        expires_at=expires,
        seconds_left=max(0, int((expires - moment).total_seconds())),
    )
