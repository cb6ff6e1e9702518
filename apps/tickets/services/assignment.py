"""Who holds a ticket, and who follows it."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.access import access_of
from apps.accounts.clearance import bar_by_hand
from apps.accounts.models import Team, User
from apps.core.actor import Actor, ActorKind
from apps.core.clock import now
from apps.core.errors import PermissionRefused
from apps.core.events import publish
from apps.core.permissions import may, require
from apps.tickets import events
from apps.tickets.enums import RUNNING, AssignmentState, Status
from apps.tickets.errors import AlreadyClaimed, NotAssignable
from apps.tickets.models import Assignment, Ticket, Watcher
from apps.tickets.selectors.choices import can_work, is_in_allowed_team
from apps.tickets.selectors.work import work_kind_of
from apps.tickets.services.changing import lock_ticket, next_version, save_ticket
from apps.tickets.services.lifecycle import move
from apps.tickets.services.running import accept, end
from apps.tickets.services.teams import require_allowed_person, require_allowed_team

_UNCHANGED = object()


@transaction.atomic
def assign_ticket(
    *,
    ticket: Ticket,
    to: User | None,
    by: Actor,
    team: Team | object | None = _UNCHANGED,
    version: int | None = None,
) -> Ticket:
    """Gives the ticket to somebody who can work on it, or to nobody. The running assignment ends, a new one begins."""
    ticket = lock_ticket(ticket, by=by, version=version, allow_closed=False)
    changes_team = team is not _UNCHANGED and team != ticket.team
    require(by, "tickets.assign_others" if changes_team else _permission_for(ticket, to, by), ticket)
    if changes_team and isinstance(team, Team):
        require_allowed_team(ticket, team)
    require_allowed_person(ticket, to)
    if to is not None and to.pk != ticket.assignee_id and not can_work(to, ticket):
        raise NotAssignable(fields={"assignee": [NotAssignable.message]})
    fields = hand_over(ticket, to, by, team)
    if fields:
        save_ticket(ticket, fields)
    return ticket


def _permission_for(ticket: Ticket, to: User | None, by: Actor) -> str:
    """Taking a free ticket and putting one's own back is one thing, disposing of others' is another."""
    mine = by.user_id is not None and ticket.assignee_id in (None, by.user_id)
    for_me = to is None or to.pk == by.user_id
    return "tickets.assign" if mine and for_me else "tickets.assign_others"


def hand_over(
    ticket: Ticket, to: User | None, by: Actor, team: Team | object | None = _UNCHANGED, *, is_transfer: bool = False
) -> list[str]:
    """Changes the holder of a locked ticket in memory, and publishes; the columns to save."""
    old_user, old_team = ticket.assignee_id, ticket.team_id
    if team is not _UNCHANGED:
        ticket.team = team if isinstance(team, Team) else None
    ticket.assignee = to
    if ticket.assignee_id == old_user and ticket.team_id == old_team:
        return []
    if ticket.assignee_id != old_user:
        _change_assignment(ticket, to, by, is_transfer=is_transfer or (to is not None and old_user is not None))
    publish(
        events.TicketAssigned(
            ticket_id=ticket.pk,
            old_user_id=old_user,
            new_user_id=ticket.assignee_id,
            old_team_id=old_team,
            new_team_id=ticket.team_id,
            is_transfer=is_transfer,
            version=next_version(ticket),
        ),
        by=by,
        customer_id=ticket.customer_id,
    )
    return ["assignee", "team"]


def _change_assignment(ticket: Ticket, to: User | None, by: Actor, *, is_transfer: bool) -> None:
    """Ends what ran. An offer to the one who has the ticket now is accepted thereby, an offer to another is over."""
    moment = now()
    ended = AssignmentState.TRANSFERRED if is_transfer else AssignmentState.FINISHED
    running = Assignment.objects.filter(ticket=ticket, state__in=RUNNING).first()
    if running is not None and running.state == AssignmentState.OFFERED and running.user == to:
        accept(running, moment, by)
        return
    if running is not None:
        end(running, AssignmentState.WITHDRAWN if running.state == AssignmentState.OFFERED else ended, moment, by)
    if to is not None and not ticket.is_done:
        Assignment.objects.create(
            ticket=ticket,
            user=to,
            team_id=ticket.team_id,
            state=AssignmentState.ACCEPTED,
            work_kind=work_kind_of(ticket),
            assigned_by=by.user,
            started_at=moment,
        )


@transaction.atomic
def claim_ticket(*, ticket: Ticket, by: Actor) -> Ticket:
    """Takes a free ticket. Of any number who try at once one gets it, and the others are told who."""
    if by.user is None:
        raise PermissionRefused
    ticket = lock_ticket(ticket, by=by, code="tickets.assign", allow_closed=False)
    if ticket.assignee is not None and ticket.assignee_id != by.user_id:
        raise AlreadyClaimed(name=str(ticket.assignee))
    require_allowed_person(ticket, by.user)
    take(ticket, by.user, by)
    return ticket


def take(ticket: Ticket, user: User, by: Actor) -> None:
    """A locked ticket becomes somebody's, who begins with it."""
    fields = hand_over(ticket, user, by)
    if ticket.status == Status.NEW:
        fields += move(ticket, Status.OPEN, by=by, reason="assigned")
    if fields:
        save_ticket(ticket, fields)


def take_if_free(ticket: Ticket, by: Actor) -> list[str]:
    """Whoever answers a free ticket holds it from then on, if they may; the columns to save of the locked row."""
    if by.user is None or by.kind is not ActorKind.PERSON or ticket.assignee_id is not None:
        return []
    if not may(by, "tickets.assign", ticket) or not is_in_allowed_team(by.user, ticket) or bar_by_hand(by.user):
        return []
    return hand_over(ticket, by.user, by)


def give_back(ticket: Ticket, by: Actor) -> list[str]:
    """The opposite, when the answer is taken back and nobody gave the ticket to somebody else meanwhile."""
    return hand_over(ticket, None, by) if ticket.assignee_id == by.user_id else []


@transaction.atomic
def watch(*, ticket: Ticket, by: Actor, user: User | None = None) -> None:
    """Follows a ticket oneself, or has a colleague follow it, who may then read it. Not for people of vendors."""
    watcher = user or by.user
    if watcher is None or access_of(by).is_outsourced or watcher.is_outsourced:
        raise PermissionRefused
    ticket = lock_ticket(ticket, by=by, code="tickets.watch", allow_merged=True)
    _row, created = Watcher.objects.get_or_create(ticket=ticket, user=watcher)
    if created:
        tell_watching(ticket, watcher, by, is_watching=True)


@transaction.atomic
def unwatch(*, ticket: Ticket, by: Actor, user: User | None = None) -> None:
    watcher = user or by.user
    if watcher is None:
        raise PermissionRefused
    ticket = lock_ticket(ticket, by=by, code="" if watcher.pk == by.user_id else "tickets.watch", allow_merged=True)
    row = Watcher.objects.filter(ticket=ticket, user=watcher).first()
    if row is not None:
        row.delete()
        tell_watching(ticket, watcher, by, is_watching=False, is_helper=row.is_helper)


def tell_watching(ticket: Ticket, watcher: User, by: Actor, *, is_watching: bool, is_helper: bool = False) -> None:
    event = events.TicketWatched(ticket_id=ticket.pk, user_id=watcher.pk, is_watching=is_watching, is_helper=is_helper)
    publish(event, by=by)
    save_ticket(ticket, ["version"])
