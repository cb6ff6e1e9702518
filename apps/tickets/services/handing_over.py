"""From a vendor to the house and back, in one step, with the reason that managers named for it."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.models import User
from apps.core.actor import Actor
from apps.core.errors import PermissionRefused
from apps.tickets.enums import HandOver
from apps.tickets.errors import HandOverReasonMissing, InstructionMissing
from apps.tickets.models import Assignment, HandOverReason, Ticket
from apps.tickets.rules import direction_of
from apps.tickets.selectors.targets import can_get
from apps.tickets.services.teams import require_vendors_allowed
from apps.tickets.services.transferring import Target, transfer_ticket


@transaction.atomic
def hand_to_house(*, ticket: Ticket, by: Actor, cause: str, whisper: str = "") -> Ticket:
    """It waits for people in-house only. The vendor's people read it for some days, and work on it no more."""
    _require(ticket, by, HandOver.TO_HOUSE, cause)
    to = Target(is_house=True)
    return transfer_ticket(ticket=ticket, to=to, by=by, whisper=whisper, reason="handed_to_house", cause=cause)


@transaction.atomic
def hand_back(*, ticket: Ticket, by: Actor, cause: str, whisper: str) -> Ticket:
    """To whom of the vendor had it last; where they cannot work it any more, it waits in its queue for everybody."""
    _require(ticket, by, HandOver.TO_VENDOR, cause)
    if not whisper.strip():
        raise InstructionMissing(fields={"whisper": [InstructionMissing.message]})
    require_vendors_allowed(ticket)
    last = last_of_vendor(ticket, by)
    to = Target(user=last) if last is not None else Target(queue=ticket.queue)
    return transfer_ticket(ticket=ticket, to=to, by=by, whisper=whisper, reason="handed_back", cause=cause)


def _require(ticket: Ticket, by: Actor, direction: HandOver, cause: str) -> None:
    if direction_of(by, ticket) != direction:
        raise PermissionRefused
    offered = set(HandOverReason.objects.offered(direction).values_list("key", flat=True))
    if offered and cause not in offered:
        raise HandOverReasonMissing(fields={"cause": [HandOverReasonMissing.message]})


def last_of_vendor(ticket: Ticket, by: Actor) -> User | None:
    rows = Assignment.objects.filter(ticket=ticket, user__vendor__isnull=False, started_at__isnull=False)
    row = rows.select_related("user__role", "user__vendor").order_by("-started_at").first()
    return row.user if row is not None and row.user.may_sign_in and can_get(row.user, ticket, by) else None
