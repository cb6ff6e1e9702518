"""What is done when a promise is in danger or broken. Every step is a service of tickets, with SYSTEM for its actor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from apps.accounts.models import Team, User
from apps.core import clock
from apps.core.actor import SYSTEM, person
from apps.core.errors import AppError
from apps.sla.counting import WHOLE
from apps.sla.enums import EscalationAction, Target, TimerStep
from apps.sla.models import Escalation, Timer, TimerChange
from apps.tickets.enums import DecisionKind, Priority, TicketType
from apps.tickets.models import Ticket
from apps.tickets.selectors.reviews import is_left_alone
from apps.tickets.services import lifecycle
from apps.tickets.services.calling import call_to_ticket

SUPERVISES = "tickets.view_all"
CALLS = frozenset(
    {
        EscalationAction.CALL_ASSIGNEE.value,
        EscalationAction.CALL_SUPERVISORS.value,
        EscalationAction.CALL_TEAM.value,
        EscalationAction.CALL_PERSON.value,
    }
)


@dataclass(frozen=True, slots=True)
class Fired:
    """A timer of a locked ticket that reached this share of its time."""

    timer: Timer
    share: int


def escalate(ticket: Ticket, fired: Sequence[Fired], steps: Iterable[Escalation]) -> list[TimerChange]:
    """Does what these levels ask for, each thing once however many timers ask for it; one call for each level.

    Returns the lines for the timers' history. What tickets refuse is written down and stops nothing else.
    """
    found: list[TimerChange] = []
    steps = list(steps)
    for share in sorted({each.share for each in fired}):
        here = [each for each in fired if each.share == share]
        wanted = [(each, step) for each in here for step in steps if _asks(step, each)]
        found += _call(ticket, here, [step for _each, step in wanted if step.action in CALLS])
        found += _act(ticket, [(each, step) for each, step in wanted if step.action not in CALLS])
    return found


def _asks(step: Escalation, fired: Fired) -> bool:
    timer = fired.timer
    return step.policy_id == timer.policy_id and step.share == fired.share and step.target in ("", timer.target)


def _call(ticket: Ticket, fired: Sequence[Fired], steps: Sequence[Escalation]) -> list[TimerChange]:
    people = {user.pk: user for step in steps for user in _people(ticket, step)}
    if not people:
        return []
    first = min(fired, key=lambda each: (each.timer.due_at is None, each.timer.due_at))
    envelope = {
        "target": first.timer.target,
        "share": first.share,
        "due_at": first.timer.due_at.isoformat() if first.timer.due_at else "",
    }
    called = call_to_ticket(ticket_id=ticket.pk, people=list(people.values()), notice=_notice(first), envelope=envelope)
    return [_line(first.timer, first.share, TimerStep.ESCALATED, "call")] if called else []


def _notice(fired: Fired) -> str:
    return "sla_breached" if fired.share == WHOLE else "sla_warning"


def _people(ticket: Ticket, step: Escalation) -> list[User]:
    match step.action:
        case EscalationAction.CALL_ASSIGNEE:
            return [ticket.assignee] if ticket.assignee else []
        case EscalationAction.CALL_PERSON:
            return [step.person] if step.person else []
        case EscalationAction.CALL_TEAM:
            return _members(step.team)
        case _:
            return _supervisors(ticket.team)


def _members(team: Team | None) -> list[User]:
    if team is None:
        return []
    return list(User.objects.filter(groups=team.group_id, is_active=True).select_related("role", "vendor"))


def _supervisors(team: Team | None) -> list[User]:
    """Of the team; where it has none, everybody who sees all tickets."""
    own = [user for user in _members(team) if SUPERVISES in person(user).permissions]
    if own:
        return own
    everybody = User.objects.filter(is_active=True, role__permissions__contains=[SUPERVISES])
    return list(everybody.select_related("role", "vendor"))


def _act(ticket: Ticket, wanted: Iterable[tuple[Fired, Escalation]]) -> list[TimerChange]:
    found: list[TimerChange] = []
    done: set[tuple[str, int | None, int | None]] = set()
    for fired, step in wanted:
        key = (step.action, step.team_id, step.queue_id)
        if key in done:
            continue
        done.add(key)
        found.append(_line(fired.timer, fired.share, _try(ticket, fired, step), step.action))
    return found


def _try(ticket: Ticket, fired: Fired, step: Escalation) -> TimerStep:
    """What a person is looking at is left alone until they have; calling people goes on."""
    if is_left_alone(ticket.pk, DecisionKind.ESCALATION):
        return TimerStep.REFUSED
    try:
        with transaction.atomic():
            _ACTS[step.action](ticket, fired, step)
    except AppError:
        return TimerStep.REFUSED
    return TimerStep.ESCALATED


def _raise_priority(ticket: Ticket, fired: Fired, step: Escalation) -> None:
    higher = [value for value in Priority.values if value > ticket.priority]
    if higher:
        lifecycle.change_fields(ticket=ticket, by=SYSTEM, priority=min(higher))


def _give_to_team(ticket: Ticket, fired: Fired, step: Escalation) -> None:
    if step.team is not None:
        lifecycle.change_fields(ticket=ticket, by=SYSTEM, team=step.team)


def _move_to_queue(ticket: Ticket, fired: Fired, step: Escalation) -> None:
    if step.queue is not None:
        lifecycle.change_fields(ticket=ticket, by=SYSTEM, queue=step.queue)


def _open_task(ticket: Ticket, fired: Fired, step: Escalation) -> None:
    """Of the same house and queue, and without the customer: whoever does it reads the ticket it belongs to."""
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("#%(number)s: %(target)s at %(share)s %%") % {
            "number": ticket.number,
            "target": Target(fired.timer.target).label,
            "share": fired.share,
        }
    lifecycle.open_ticket(
        subject=subject,
        by=SYSTEM,
        queue=step.queue or ticket.queue,
        team=step.team,
        priority=ticket.priority,
        type=TicketType.TASK,
        brand=ticket.brand,
        parent=ticket,
    )


_ACTS: Final[Mapping[str, Callable[[Ticket, Fired, Escalation], None]]] = {
    EscalationAction.RAISE_PRIORITY: _raise_priority,
    EscalationAction.GIVE_TO_TEAM: _give_to_team,
    EscalationAction.MOVE_TO_QUEUE: _move_to_queue,
    EscalationAction.OPEN_TASK: _open_task,
}


def _line(timer: Timer, share: int, step: TimerStep, reason: str) -> TimerChange:
    return TimerChange(
        timer=timer, step=step, at=clock.now(), due_at=timer.due_at, share=share, reason=reason, policy=timer.policy
    )
