"""A vendor's manager administers their own company's people, within limits that the house sets.

Whatever is asked for, it is of their own company, gives nobody more than they may themselves, and is in the audit trail in
their name. Everything else about an account is decided by the house.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.errors import ShutOutByHouse
from apps.accounts.models import Role, Team, User, Vendor
from apps.accounts.rules import permissions_for_vendors
from apps.accounts.services import entry_links, second_factor, teams, users
from apps.core import throttle
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.permissions import require
from apps.outsourcing.errors import NoContractInForce, StandsAbove, TooManyPeople
from apps.outsourcing.rules import OWN_AGENTS, company_of
from apps.outsourcing.selectors.contracts import ruling_contract
from apps.outsourcing.selectors.people import own_people, own_teams, roles_to_give
from apps.outsourcing.services.inviting import mail_link

INVITATIONS: Final = (60, timedelta(hours=1))
"""A sign-in name that is taken is told: at this pace nobody learns the names of others by trying."""


class Invited(NamedTuple):
    user: User
    link: str
    """A path that opens once. It is shown to who invited, and is nowhere to be read again. Empty: it was mailed."""


def invite_agent(
    *,
    username: str,
    display_name: str,
    email: str,
    language: str,
    role: Role,
    teams: Collection[Team],
    by: Actor,
    by_mail: bool = False,
) -> Invited:
    """`by_mail`: the person gets the link, and who invites does not see it."""
    _count_invitation(by)
    return _invite(username, display_name, email, language, role, teams, by, by_mail=by_mail)


def _count_invitation(by: Actor) -> None:
    require(by, OWN_AGENTS)
    throttle.hit(f"invitations:{by.user_id}", limit=INVITATIONS[0], per=INVITATIONS[1])


@transaction.atomic
def _invite(
    username: str,
    display_name: str,
    email: str,
    language: str,
    role: Role,
    chosen: Collection[Team],
    by: Actor,
    *,
    by_mail: bool,
) -> Invited:
    vendor = _locked_company(by)
    _require_room(vendor)
    _require_role(role, by)
    _require_not_back_again(vendor, email)
    user = users.create_user(
        username=username,
        display_name=display_name,
        email=email,
        language=language,
        role=role,
        vendor=vendor,
        by=by,
        code=OWN_AGENTS,
    )
    _move_between_teams(user, chosen, by)
    return _with_link(user, by, by_mail=by_mail)


def _with_link(user: User, by: Actor, *, by_mail: bool) -> Invited:
    link = entry_links.make_entry_link(user=user, by=by, code=OWN_AGENTS)
    if not by_mail:
        return Invited(user, link)
    mail_link(user=user, link=link, by=by)
    return Invited(user, "")


@transaction.atomic
def change_agent(*, user: User, by: Actor, teams: Collection[Team] | None = None, **changes: Any) -> User:
    """Name, mail, language, role, and the teams of the own company. A change of role ends the person's sessions."""
    unknown = set(changes) - {"display_name", "email", "language", "role"}
    if unknown:
        raise TypeError(f"change_agent() does not set {sorted(unknown)}")
    user = _own(user, by)
    users.require_not_shut_out(user, OWN_AGENTS)
    if "role" in changes and changes["role"].pk != user.role_id:
        _require_another(user, by)
        _require_role(changes["role"], by)
    if changes:
        user = users.update_user(user=user, by=by, code=OWN_AGENTS, **changes)
    if teams is not None:
        _move_between_teams(user, teams, by)
    return user


@transaction.atomic
def switch_agent_off(*, user: User, by: Actor, reason: str = "") -> User:
    """Sessions, sockets and tokens end, and what they hold waits for others."""
    user = _another(user, by)
    return users.deactivate_user(user=user, by=by, reason=reason, code=OWN_AGENTS)


@transaction.atomic
def switch_agent_on(*, user: User, by: Actor, reason: str = "") -> User:
    user = _another(user, by)
    if not user.is_active:
        _require_room(_locked_company(by))
    return users.reactivate_user(user=user, by=by, reason=reason, code=OWN_AGENTS)


def renew_link(*, user: User, by: Actor, by_mail: bool = False) -> Invited:
    """The password opens nothing from now on; the link lets them choose another."""
    if by_mail:
        _count_invitation(by)
    with transaction.atomic():
        return _with_link(_let_in(user, by), by, by_mail=by_mail)


@transaction.atomic
def reset_factor(*, user: User, by: Actor) -> None:
    second_factor.reset_second_factor(user=_let_in(user, by), by=by, code=OWN_AGENTS)


@transaction.atomic
def sign_agent_out(*, user: User, by: Actor) -> None:
    """Everywhere."""
    users.end_sessions(user=_another(user, by), by=by, code=OWN_AGENTS)


# Limits


def _own(user: User, by: Actor) -> User:
    company_of(by)
    row = own_people(by).filter(pk=user.pk).select_for_update(of=("self",), no_key=True).first()
    if row is None:
        raise NotVisible
    if row.pk != by.user_id and not _reach(row) <= by.permissions:
        raise StandsAbove
    return row


def _another(user: User, by: Actor) -> User:
    user = _own(user, by)
    _require_another(user, by)
    return user


def _let_in(user: User, by: Actor) -> User:
    user = _another(user, by)
    users.require_not_shut_out(user, OWN_AGENTS)
    return user


def _require_not_back_again(vendor: Vendor, email: str) -> None:
    """Whom the house shut out does not come back by a second account at the same address."""
    shut_out = User.objects.filter(vendor=vendor, is_shut_out_by_house=True)
    if email and shut_out.filter(email__iexact=email.strip()).exists():
        raise ShutOutByHouse


def _require_another(user: User, by: Actor) -> None:
    """Nobody shuts themselves out, or gets rid of their own second factor."""
    if user.pk == by.user_id:
        raise PermissionRefused


def _reach(user: User) -> frozenset[str]:
    return frozenset() if user.role is None else permissions_for_vendors(user.role)


def _require_role(role: Role, by: Actor) -> None:
    if role.pk not in {choice.pk for choice in roles_to_give(by)}:
        raise InvalidInput(fields={"role": [_("This role is not yours to give.")]})


def _locked_company(by: Actor) -> Vendor:
    """So that two who add somebody at once are counted one after the other."""
    return Vendor.objects.select_for_update(of=("self",), no_key=True).get(pk=company_of(by).pk)


def _require_room(vendor: Vendor) -> None:
    contract = ruling_contract(vendor.pk)
    if contract is None:
        raise NoContractInForce
    if contract.most_people is None:
        return
    if User.objects.active().filter(vendor=vendor).count() >= contract.most_people:
        raise TooManyPeople(most=contract.most_people)


def require_agreed_room(vendor: Vendor) -> None:
    """For accounts that come about without a manager. A vendor that no contract binds yet has what its managers set up."""
    row = Vendor.objects.select_for_update(of=("self",), no_key=True).get(pk=vendor.pk)
    if ruling_contract(row.pk) is not None:
        _require_room(row)


def _move_between_teams(user: User, chosen: Collection[Team], by: Actor) -> None:
    """Of those that are in use; what somebody has in one that is switched off stays."""
    offered = {team.pk: team for team in own_teams(by)}
    wanted = {team.pk for team in chosen}
    if not wanted <= offered.keys():
        raise InvalidInput(fields={"teams": [_("This team belongs to another company.")]})
    current = set(Team.objects.filter(pk__in=offered, group__user=user).values_list("pk", flat=True))
    for pk in sorted(wanted - current):
        teams.join_team(user=user, team=offered[pk], by=by, code=OWN_AGENTS)
    for pk in sorted(current - wanted):
        teams.leave_team(user=user, team=offered[pk], by=by, code=OWN_AGENTS)
