"""To whom a ticket can be handed on, with how they are and how much room they have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apps.accounts.models import User
from apps.core.actor import Actor
from apps.core.words import initials
from apps.routing.enums import Presence
from apps.routing.models import AgentState
from apps.routing.selectors.capacity import WHOLE, has_room, loads_of, weights_of
from apps.routing.selectors.floor import ICONS
from apps.tickets.models import Ticket
from apps.tickets.selectors.targets import people_to_transfer_to
from apps.tickets.selectors.work import work_kind_of


@dataclass(frozen=True, slots=True)
class PersonTarget:
    """The state is told without the reason of a break: that is between the person and who supervises them."""

    id: int
    name: str
    initials: str
    company: str
    state: str
    state_label: str
    state_icon: str
    percent: int
    has_room: bool

    @property
    def order(self) -> tuple[bool, bool, bool, int]:
        is_there = self.state == Presence.AVAILABLE
        return not (is_there and self.has_room), not is_there, self.state == Presence.OFFLINE, self.percent


def people_targets(actor: Actor, ticket: Ticket) -> list[PersonTarget]:
    """Who could take it now first."""
    users = people_to_transfer_to(actor, ticket)
    states = dict(AgentState.objects.filter(user__in=users).values_list("user_id", "state"))
    weights, loads = weights_of(users), loads_of([user.pk for user in users])
    kind = work_kind_of(ticket)
    found = [_target(user, states.get(user.pk, ""), weights[user.pk], loads.get(user.pk, {}), kind) for user in users]
    return sorted(found, key=lambda row: row.order)


def _target(user: User, state: str, weights: Mapping[str, int], load: Mapping[str, int], kind: str) -> PersonTarget:
    presence = Presence(state or Presence.OFFLINE)
    taken = sum(weights.get(each, 0) * pieces for each, pieces in load.items())
    return PersonTarget(
        id=user.pk,
        name=str(user),
        initials=initials(str(user)),
        company=str(user.vendor.name) if user.vendor else "",
        state=presence.value,
        state_label=str(presence.label),
        state_icon=ICONS[presence],
        percent=min(100, round(100 * taken / WHOLE)),
        has_room=has_room(weights, load, kind),
    )
