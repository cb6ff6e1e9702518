"""A vendor's own people, as their manager sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import is_password_usable
from django.db.models import Exists, Max, OuterRef, Prefetch, QuerySet

from apps.accounts.clearance import bars_of, words_of_bars
from apps.accounts.models import AgentSkill, Role, SecurityKey, Team, TotpFactor, User
from apps.accounts.roles import SUPPORT
from apps.accounts.rules import permissions_for_vendors
from apps.channels.models import Channel
from apps.channels.selectors.senders import can_mail
from apps.core.actor import Actor
from apps.core.permissions import may
from apps.core.words import initials
from apps.outsourcing.querysets import sees_contracts
from apps.outsourcing.rules import CERTIFY, company_of
from apps.outsourcing.selectors.contracts import ruling_contract
from apps.routing.models import AgentState
from apps.routing.selectors.crew import teams_of
from apps.routing.selectors.floor import StateRow, state_row


@dataclass(frozen=True, slots=True)
class AgentRow:
    user: User
    state: StateRow
    teams: tuple[Team, ...]
    skills: tuple[AgentSkill, ...]
    last_seen: datetime | None
    has_second_factor: bool
    is_invited: bool
    """Has not chosen a password yet."""
    is_self: bool
    bar: str
    """Why they are given no new work; empty where they are."""

    @property
    def team_keys(self) -> list[str]:
        return [team.key for team in self.teams]

    @property
    def initials(self) -> str:
        return initials(str(self.user))


@dataclass(frozen=True, slots=True)
class Room:
    """How many accounts are switched on, and how many may be: None where the contract does not say."""

    used: int
    most: int | None
    is_open: bool
    """Whether somebody can be added at all."""


def mailbox_of(vendor_id: int | None) -> Channel | None:
    """By which the vendor's people get their links, where its contract in force names one that can send."""
    contract = ruling_contract(vendor_id) if vendor_id is not None else None
    sender = contract.sender if contract is not None else None
    return sender if sender is not None and can_mail(sender) else None


def own_people(actor: Actor) -> QuerySet[User]:
    return User.objects.visible_to(actor).filter(vendor=company_of(actor)).select_related("role", "vendor")


def own_teams(actor: Actor) -> list[Team]:
    return list(Team.objects.visible_to(actor).filter(vendor=company_of(actor), is_active=True).order_by("key"))


def roles_to_give(actor: Actor) -> list[Role]:
    """Those that the house opened to vendors, and that allow nothing beyond what the actor may. Who works under a
    contract is no helper of the house.
    """
    roles = Role.objects.filter(is_outsourced=True).exclude(key=SUPPORT).order_by("key")
    return [role for role in roles if permissions_for_vendors(role) <= actor.permissions]


def room_of(actor: Actor) -> Room:
    vendor = company_of(actor)
    used, contract = own_people(actor).filter(is_active=True).count(), ruling_contract(vendor.pk)
    most = contract.most_people if contract is not None else None
    return Room(used, most, is_open=contract is not None and (most is None or used < most))


def agent_rows(actor: Actor, username: str = "") -> list[AgentRow]:
    """All of them, those who are switched off last; or one."""
    people = own_people(actor).annotate(
        has_factor=Exists(TotpFactor.objects.filter(user=OuterRef("pk"), confirmed__isnull=False))
        | Exists(SecurityKey.objects.filter(user=OuterRef("pk"))),
        last_active=Max("sessions__last_active"),
    )
    if username:
        people = people.filter(username=username)
    skills = AgentSkill.objects.visible_to(actor).filter(skill__is_active=True).select_related("skill")
    users = list(people.prefetch_related(Prefetch("agent_skills", skills.order_by("skill__key"))).order_by("username"))
    states = {row.user_id: row for row in _states(actor)}
    bars = words_of_bars(bars_of(user for user in users if user.is_active))
    teams, member = own_teams(actor), teams_of([user.pk for user in users])
    rows = [
        _row(
            user,
            states.get(user.pk),
            [team for team in teams if team.pk in member.get(user.pk, ())],
            actor,
            bars.get(user.pk, ""),
        )
        for user in users
    ]
    return sorted(rows, key=lambda row: not row.user.is_active)


def _states(actor: Actor) -> QuerySet[AgentState]:
    return AgentState.objects.visible_to(actor).select_related("reason", "forced_by")


def _row(user: User, state: AgentState | None, teams: list[Team], actor: Actor, bar: str) -> AgentRow:
    # Both are of the query above.
    has_factor, last_active = getattr(user, "has_factor", False), getattr(user, "last_active", None)
    seen = [moment for moment in (last_active, user.last_login) if moment is not None]
    return AgentRow(
        user=user,
        state=state_row(state),
        teams=tuple(teams),
        skills=tuple(user.agent_skills.all()),
        last_seen=max(seen, default=None),
        has_second_factor=has_factor,
        is_invited=not is_password_usable(user.password),
        is_self=user.pk == actor.user_id,
        bar=bar,
    )


def vendors_people(actor: Actor) -> QuerySet[User]:
    """For programs: of every vendor for the house's managers, of the own company for a vendor's manager.

    Raises PermissionRefused for everybody else.
    """
    if sees_contracts(actor) or may(actor, CERTIFY):
        return User.objects.visible_to(actor).filter(vendor__isnull=False).select_related("role", "vendor")
    return own_people(actor)
