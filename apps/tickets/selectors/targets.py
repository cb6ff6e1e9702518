"""Where a ticket may go on to, and who may join whoever holds it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from apps.accounts.access import access_of
from apps.accounts.clearance import cleared
from apps.accounts.models import Team, User
from apps.core.actor import Actor, person
from apps.core.words import in_order
from apps.tickets.models import QueueGroupObjectPermission, Ticket, Watcher
from apps.tickets.selectors.choices import PersonChoice, can_work, named, person_choice, queues_to_move, staff

LOOKED_AT = 200
ANSWERS = ["tickets.reply"]


@dataclass(frozen=True, slots=True)
class QueueTarget:
    """A queue, and whose people work it as far as the viewer may know."""

    id: int
    label: str
    crew: tuple[str, ...]


def people_to_transfer_to(actor: Actor, ticket: Ticket, limit: int = 50) -> list[User]:
    """A vendor's people name their own colleagues alone: whom of the house it goes to, the house decides."""
    access = access_of(actor)
    here = [pk for pk in (actor.user_id, ticket.assignee_id) if pk]
    people = staff().filter(role__permissions__contains=ANSWERS).exclude(pk__in=here)
    if access.is_outsourced:
        people = people.filter(vendor_id=access.vendor_id or 0)
    return cleared(user for user in named(people, "")[:LOOKED_AT] if can_get(user, ticket, actor))[:limit]


def can_get(user: User, ticket: Ticket, by: Actor) -> bool:
    """What the house keeps, the house may give to a vendor's people: then it keeps it no longer."""
    if not (ticket.is_kept_in_house and user.is_outsourced) or access_of(by).is_outsourced:
        return can_work(user, ticket)
    ticket.is_kept_in_house = False
    try:
        return can_work(user, ticket)
    finally:
        ticket.is_kept_in_house = True


def queues_to_transfer_to(actor: Actor, ticket: Ticket) -> list[QueueTarget]:
    crews = _crews(actor)
    is_free = ticket.assignee_id is None and not ticket.is_kept_in_house
    return [
        QueueTarget(choice.id, choice.label, crews.get(choice.id, ()))
        for choice in queues_to_move(actor)
        if choice.id != ticket.queue_id or not is_free
    ]


def _crews(actor: Actor) -> dict[int, tuple[str, ...]]:
    found: defaultdict[int, set[str]] = defaultdict(set)
    teams = Team.objects.visible_to(actor).filter(is_active=True).select_related("vendor")
    parties = {team.group_id: str(team.vendor.name) if team.vendor else _("In-house") for team in teams}
    grants = QueueGroupObjectPermission.objects.filter(group_id__in=list(parties))
    for queue_id, group_id in grants.values_list("content_object_id", "group_id"):
        found[queue_id].add(parties[group_id])
    return {queue_id: tuple(sorted(names, key=in_order)) for queue_id, names in found.items()}


def house_works(queue_id: int) -> bool:
    """Whether anybody in-house has a grant on the queue."""
    grants = QueueGroupObjectPermission.objects.filter(content_object_id=queue_id, group_id=OuterRef("group_id"))
    return Team.objects.filter(Exists(grants), is_active=True, vendor__isnull=True).exists()


def people_to_call(actor: Actor, ticket: Ticket, limit: int = 50) -> list[PersonChoice]:
    """Colleagues who could join whoever holds this ticket."""
    known = User.objects.visible_to(actor).exclude(pk=ticket.assignee_id or 0)
    people = staff().filter(pk__in=known.values("pk"), role__permissions__contains=ANSWERS)
    people = people.exclude(pk__in=Watcher.objects.filter(ticket=ticket, is_helper=True).values("user_id"))
    return [person_choice(user, actor) for user in named(people, "")[:LOOKED_AT] if can_help(user, ticket)][:limit]


def can_help(user: User, ticket: Ticket) -> bool:
    """Anybody in-house who answers customers; of a vendor those who could work on it. Joining opens nothing to them."""
    permissions = person(user).permissions
    answers = user.is_active and {"tickets.view", *ANSWERS} <= permissions
    return answers and (not user.is_outsourced or can_work(user, ticket))
