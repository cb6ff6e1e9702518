"""What one may do with a ticket that one sees. No queries beyond the object and what is granted, read once a request."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from apps.accounts.access import access_of
from apps.core.actor import Actor, ActorKind
from apps.core.clock import now
from apps.core.permissions import declare, may, rule
from apps.tickets.enums import HandOver, Status, ViewScope

if TYPE_CHECKING:
    from apps.tickets.models import SavedView, Ticket

_HELPED = "tickets.helped"

declare("tickets.view", _("See tickets"))
declare("tickets.view_all", _("See all tickets"))
declare("tickets.create", _("Open tickets"))
declare("tickets.reply", _("Answer customers"))
declare("tickets.note", _("Write internal notes"))
declare("tickets.assign", _("Take tickets"))
declare("tickets.assign_others", _("Give tickets to others"))
declare("tickets.transfer", _("Hand on tickets that one holds"))
declare("tickets.edit", _("Change tickets"))
declare("tickets.resolve", _("Resolve and reopen tickets"))
declare("tickets.merge", _("Merge and link tickets"))
declare("tickets.spam", _("Mark spam and block senders"))
declare("tickets.export", _("Export tickets"))
declare("tickets.watch", _("Watch tickets"))
declare("tickets.review_decisions", _("Look at automatic decisions that somebody objects to"))
declare("tickets.share_views", _("Share views with the team or everybody"))


def is_assignee(actor: Actor, ticket: Ticket) -> bool:
    return actor.user_id is not None and ticket.assignee_id == actor.user_id


def may_hold_tickets(actor: Actor) -> bool:
    """Whether tickets can be given to somebody at all, whichever they are."""
    return {"tickets.view", "tickets.reply"} <= actor.permissions


def works_ticket(actor: Actor, ticket: Ticket) -> bool:
    """In the actor's grants, or held by them. Watching and being mentioned open a ticket for reading only."""
    return actor.kind is ActorKind.SYSTEM or is_assignee(actor, ticket) or lies_in_grants(actor, ticket)


def lies_in_grants(actor: Actor, ticket: Ticket) -> bool:
    access = access_of(actor)
    if access.sees_all:
        return True
    if ticket.queue_id not in access.queue_ids:
        return False
    return not access.is_outsourced or _in_contract(actor, ticket)


def _in_contract(actor: Actor, ticket: Ticket) -> bool:
    access = access_of(actor)
    if ticket.is_kept_in_house or ticket.channel_id not in access.channel_ids:
        return False
    if access.category_ids is not None and ticket.category_id not in access.category_ids:
        return False
    if ticket.status != Status.CLOSED:
        return True
    return ticket.closed_at is not None and ticket.closed_at >= now() - timedelta(days=access.closed_days or 0)


for _code in ("assign", "assign_others", "transfer", "edit", "resolve", "merge", "spam"):
    rule(f"tickets.{_code}")(works_ticket)


@rule("tickets.reply")
def answers_ticket(actor: Actor, ticket: Ticket) -> bool:
    """Who works it, and who was called to help."""
    return works_ticket(actor, ticket) or helps_ticket(actor, ticket)


def helps_ticket(actor: Actor, ticket: Ticket) -> bool:
    """Of a vendor's people only those help who could work it anyway: calling one opens nothing to them."""
    return not access_of(actor).is_outsourced and ticket.pk in _helped_by(actor)


def _helped_by(actor: Actor) -> frozenset[int]:
    """Read once for the request, for those whose grants do not say enough."""
    found: frozenset[int] | None = actor.memo.get(_HELPED)
    if found is None:
        rows = apps.get_model("tickets", "Watcher")._base_manager.filter(user_id=actor.user_id or 0, is_helper=True)
        found = actor.memo[_HELPED] = frozenset(rows.values_list("ticket_id", flat=True))
    return found


def may_transfer(actor: Actor, ticket: Ticket) -> bool:
    """Handing on what one holds, or what nobody does, is one thing, disposing of what others hold is another."""
    is_free_or_mine = ticket.assignee_id in (None, actor.user_id)
    return may(actor, "tickets.transfer" if is_free_or_mine else "tickets.assign_others", ticket)


def direction_of(actor: Actor, ticket: Ticket) -> str:
    """Whether somebody may hand a ticket from their vendor to the house, or back to the vendor it came from."""
    if ticket.is_done or not may_transfer(actor, ticket):
        return ""
    if access_of(actor).is_outsourced:
        return HandOver.TO_HOUSE.value
    return HandOver.TO_VENDOR.value if ticket.handed_over_at is not None else ""


@rule("tickets.note")
@rule("tickets.watch")
def reads_ticket(actor: Actor, ticket: Ticket) -> bool:
    """Whoever sees a ticket may answer a mention with a note, and follow it; the service asks `visible_to` first. What a
    vendor handed to the house its people only read.
    """
    return not (ticket.is_kept_in_house and access_of(actor).is_outsourced) or is_assignee(actor, ticket)


def may_change_view(actor: Actor, view: SavedView) -> bool:
    """One's own; a shared one whoever may share."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    if view.scope != ViewScope.PRIVATE:
        return may(actor, "tickets.share_views")
    return view.owner_id == actor.user_id
