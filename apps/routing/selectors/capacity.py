"""How much of somebody a piece of work takes, and how much of them is taken. One home for both, for engine and desk."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

from django.db.models import Count, Q

from apps.accounts.models import User
from apps.core.models.expressions import any_of
from apps.routing.models import CapacityRule
from apps.tickets.enums import RUNNING, AssignmentState, Status, WorkKind
from apps.tickets.models import Assignment
from apps.tickets.selectors.work import chat_is_over

WHOLE: Final = 27_720
"""The points of a whole person: divisible by every number up to 12, so that three thirds are exactly one."""

USUAL: Final[Mapping[str, int]] = {
    WorkKind.CHAT: 3,
    WorkKind.MESSENGER: 5,
    WorkKind.MAIL: 10,
    WorkKind.CALL: 1,
    WorkKind.COUNTER: 1,
    WorkKind.TICKET: 20,
}
"""Until a manager says otherwise: how many of a kind fill somebody."""

_ALWAYS = (WorkKind.CHAT, WorkKind.CALL, WorkKind.COUNTER)
"""Kinds that take their part of somebody however the ticket stands; the others only while it is our turn."""


def weights_of(users: Collection[User]) -> dict[int, dict[str, int]]:
    """By user: the points that a piece of each kind takes. The person's own rule counts before the role's, that before
    everybody's; a kind that is missing is not theirs.
    """
    rules = CapacityRule.objects.filter(
        any_of("user_id", [user.pk for user in users])
        | Q(role__in={user.role_id for user in users})
        | Q(user__isnull=True, role__isnull=True)
    )
    said = {(rule.user_id, rule.role_id, rule.kind): rule.at_most for rule in rules}
    return {user.pk: _weights(user, said) for user in users}


def _weights(user: User, said: Mapping[tuple[int | None, int | None, str], int]) -> dict[str, int]:
    found = {}
    for kind, usual in USUAL.items():
        places = ((user.pk, None, kind), (None, user.role_id, kind), (None, None, kind))
        at_most = next((said[place] for place in places if place in said), usual)
        if at_most:
            found[str(kind)] = WHOLE // at_most
    return found


class Held(NamedTuple):
    """What somebody holds now, open offers included."""

    load: Mapping[str, int]
    """How many pieces of each kind take their part of them. A chat that has ended is a ticket to be finished, and takes
    no chat's part of anybody.
    """
    is_asked: bool
    """Has an offer to answer right now, from whomever."""


EMPTY_HANDED: Final = Held({}, is_asked=False)


def held_by(user_ids: Iterable[int]) -> dict[int, Held]:
    """By user; who holds nothing is left out."""
    running = Assignment.objects.filter(any_of("user_id", user_ids), state__in=RUNNING).order_by()
    is_our_turn = Q(ticket__status__in=(Status.NEW, Status.OPEN))
    takes_part = Q(work_kind__in=_ALWAYS) | is_our_turn
    rows = running.values_list("user_id", "work_kind", "state").annotate(pieces=Count("pk", filter=takes_part))
    loads: dict[int, Counter[str]] = defaultdict(Counter)
    asked = set()
    for user_id, kind, state, pieces in rows:
        loads[user_id][kind or WorkKind.TICKET.value] += pieces  # empty: written before there were kinds
        if state == AssignmentState.OFFERED:
            asked.add(user_id)
    if any(load[WorkKind.CHAT] for load in loads.values()):
        ended = running.filter(chat_is_over()).values_list("user_id")
        for user_id, chats, our_turn in ended.annotate(Count("pk"), our_turn=Count("pk", filter=is_our_turn)):
            loads[user_id] += Counter({WorkKind.CHAT.value: -chats, WorkKind.TICKET.value: our_turn})
    return {
        pk: Held({kind: pieces for kind, pieces in load.items() if pieces}, pk in asked) for pk, load in loads.items()
    }


def loads_of(user_ids: Iterable[int]) -> dict[int, Mapping[str, int]]:
    return {pk: held.load for pk, held in held_by(user_ids).items()}


def has_room(weights: Mapping[str, int], load: Mapping[str, int], kind: str) -> bool:
    if kind not in weights:
        return False
    taken = sum(weights.get(each, 0) * pieces for each, pieces in load.items())
    return taken + weights[kind] <= WHOLE
