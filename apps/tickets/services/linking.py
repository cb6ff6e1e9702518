"""Tickets that refer to each other: related, duplicates, and the parts of a larger matter."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.core.events import publish
from apps.tickets import events
from apps.tickets.enums import LinkKind, Relation
from apps.tickets.models import Ticket, TicketLink
from apps.tickets.services.changing import lock_pair, save_ticket

DEPTH = 20
"""How many levels of parts there may be; nobody can read more."""


@transaction.atomic
def link_tickets(*, ticket: Ticket, other: Ticket, by: Actor, kind: str = Relation.RELATED) -> None:
    """Says how `ticket` stands to `other`. Both must be within reach; what is said already stays as it is."""
    relation = _relation(ticket, other, kind)
    one, two = lock_pair(ticket, other, by=by, code="tickets.merge")
    if _write(one, two, relation):
        _tell(one, two, relation, by)


@transaction.atomic
def unlink_tickets(*, ticket: Ticket, other: Ticket, by: Actor, kind: str = Relation.RELATED) -> None:
    """Takes it back, from whichever side it was said."""
    relation = _relation(ticket, other, kind)
    one, two = lock_pair(ticket, other, by=by, code="tickets.merge")
    for a, b, said in ((one, two, relation), (two, one, relation)):
        if _remove(a, b, said):
            _tell(a, b, said, by, is_removed=True)


def _relation(ticket: Ticket, other: Ticket, kind: str) -> Relation:
    if ticket.pk == other.pk or kind not in Relation.values:
        raise InvalidInput(fields={"other": [_("Choose another ticket.")]})
    return Relation(kind)


def _write(one: Ticket, two: Ticket, relation: Relation) -> bool:
    match relation:
        case Relation.PARENT:
            return _put_under(one, parent=two)
        case Relation.CHILD:
            return _put_under(two, parent=one)
        case Relation.DUPLICATED | Relation.FIRST_MATTER:
            return _write(two, one, relation.inverse)
    present = TicketLink.objects.filter(kind=relation)
    if relation == Relation.RELATED and present.filter(ticket=two, other=one).exists():
        return False
    _row, is_new = TicketLink.objects.get_or_create(ticket=one, other=two, kind=LinkKind(relation))
    return is_new


def _put_under(child: Ticket, *, parent: Ticket) -> bool:
    if child.parent_id == parent.pk:
        return False
    if child.parent is not None:
        raise InvalidInput(fields={"other": [_("It is part of another ticket already.")]})
    above: Ticket | None = parent
    for _level in range(DEPTH):
        if above is None:
            child.parent = parent
            return True
        if above.pk == child.pk:
            raise InvalidInput(fields={"other": [_("That ticket is a part of this one.")]})
        above = above.parent
    raise InvalidInput(fields={"other": [_("Choose another ticket.")]})


def _remove(one: Ticket, two: Ticket, relation: Relation) -> bool:
    match relation:
        case Relation.PARENT:
            return _take_out(one, parent=two)
        case Relation.CHILD:
            return _take_out(two, parent=one)
        case Relation.DUPLICATED | Relation.FIRST_MATTER:
            return _remove(two, one, relation.inverse)
    deleted, _by_model = TicketLink.objects.filter(kind=relation, ticket=one, other=two).delete()
    return deleted > 0


def _take_out(child: Ticket, *, parent: Ticket) -> bool:
    if child.parent_id != parent.pk:
        return False
    child.parent = None
    return True


def _tell(one: Ticket, two: Ticket, relation: Relation, by: Actor, *, is_removed: bool = False) -> None:
    """Each ticket's history tells it from its own side, and both pages look again."""
    for row, other, said in ((one, two, relation), (two, one, relation.inverse)):
        publish(events.TicketLinked(ticket_id=row.pk, other_id=other.pk, link=said, is_removed=is_removed), by=by)
        save_ticket(row, ["parent"] if relation in (Relation.PARENT, Relation.CHILD) else ["version"])
