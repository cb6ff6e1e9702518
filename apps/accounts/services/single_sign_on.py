"""Whom a provider's word opens an account to, what its claims make of them, and ending what it ends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.backends import StaffBackend
from apps.accounts.errors import StillNeeded
from apps.accounts.models import ClaimRule, ExternalIdentity, IdentityProvider, StaffSession, Team, User
from apps.accounts.room import require_room
from apps.accounts.rules import comes_from_allowed_place, needs_security_key
from apps.accounts.services.teams import join_team, leave_team
from apps.accounts.services.users import create_user, update_user
from apps.core import audit, clock
from apps.core.actor import SYSTEM, Actor
from apps.core.errors import AppError, PermissionRefused
from apps.core.live import cut_off
from apps.core.permissions import require

PHISHING_RESISTANT: Final = frozenset({"phr", "phrh", "fido"})
"""What acr or amr say of keys (OpenID EAP ACR values 1.0; Entra ID and others write fido)."""
_NOT_IN_NAMES = re.compile(r"[^\w.@+-]+")
MOST_NAMESAKES: Final = 50


class NotAdmitted(Exception):
    """The word says why, for the audit trail."""


@transaction.atomic
def admit(*, provider: IdentityProvider, claims: Mapping[str, Any], ip: str) -> ExternalIdentity:
    """The account that the provider vouches for, found by issuer and subject, else by what the provider may do besides.

    Raises NotAdmitted. A vendor's provider opens its own people's accounts only, whatever it claims.
    """
    identity = _known(provider, claims) or _linked(provider, claims) or _created(provider, claims)
    if identity is None:
        raise NotAdmitted("nobody")
    if identity.provider_id != provider.pk or identity.user.vendor_id != provider.vendor_id:
        raise NotAdmitted("company")
    if StaffBackend().get_user(identity.user_id) is None:
        raise NotAdmitted("switched off")
    if not comes_from_allowed_place(identity.user, ip):
        raise NotAdmitted("place")
    _apply_rules(provider, identity.user, claims)
    identity.last_used = clock.now()
    identity.save(update_fields=["last_used"])
    identity.user = User.objects.select_related("role", "vendor").get(pk=identity.user_id)
    return identity


def counts_as_second_factor(provider: IdentityProvider, user: User, claims: Mapping[str, Any]) -> bool:
    amr = claims.get("amr")
    told = {claims.get("acr"), *(amr if isinstance(amr, list) else [])}
    proofs = {value for value in told if isinstance(value, str)} & set(provider.proofs)
    return bool(proofs & PHISHING_RESISTANT if needs_security_key(user) else proofs)


def may_use_password(user: User) -> bool:
    elsewhere = ExternalIdentity.objects.filter(user=user, provider__is_active=True, provider__allows_password=False)
    return not elsewhere.exists()


# Finding the account


def _known(provider: IdentityProvider, claims: Mapping[str, Any]) -> ExternalIdentity | None:
    rows = ExternalIdentity.objects.select_related("user__role", "user__vendor").select_for_update(of=("self",))
    return rows.filter(issuer=provider.issuer, subject=claims["sub"]).first()


def _linked(provider: IdentityProvider, claims: Mapping[str, Any]) -> ExternalIdentity | None:
    """By a verified address at a domain that the provider is trusted for, when just one account has it."""
    address = _trusted_address(provider, claims)
    if not address:
        return None
    people = User.objects.filter(email__iexact=address, vendor=provider.vendor).select_related("role", "vendor")
    found = list(people.exclude(external_identities__provider=provider)[:2])
    return _tie(provider, found[0], claims, "linked") if len(found) == 1 else None


def _created(provider: IdentityProvider, claims: Mapping[str, Any]) -> ExternalIdentity | None:
    """Where domains are named, somebody new needs an address at one of them."""
    role, address = provider.default_role, _trusted_address(provider, claims)
    if not provider.creates_people or role is None or (provider.domains and not address):
        return None
    if address and User.objects.filter(email__iexact=address).exists():
        return None  # whose it is cannot be told: a manager decides
    name = _text(claims, "preferred_username") or address.partition("@")[0] or provider.key
    try:
        if provider.vendor is not None:
            require_room(provider.vendor)
        user = create_user(
            username=_free_name(name),
            display_name=(_text(claims, "name") or name)[:80],
            email=address,
            role=role,
            vendor=provider.vendor,
            by=SYSTEM,
        )
    except AppError as error:
        raise NotAdmitted(error.code) from error
    return _tie(provider, user, claims, "created")


def _tie(provider: IdentityProvider, user: User, claims: Mapping[str, Any], how: str) -> ExternalIdentity:
    identity = ExternalIdentity.objects.create(
        user=user, provider=provider, issuer=provider.issuer, subject=claims["sub"]
    )
    audit.record(f"identity.{how}", by=SYSTEM, subject=user, details={"provider": provider.key})
    return identity


def _trusted_address(provider: IdentityProvider, claims: Mapping[str, Any]) -> str:
    address = _text(claims, "email").lower()
    domain = address.rpartition("@")[2]
    return address if claims.get("email_verified") is True and domain in provider.domains else ""


def _free_name(wanted: str) -> str:
    base = _NOT_IN_NAMES.sub("-", wanted)[:140].strip("-") or "user"
    names = [base, *(f"{base}-{number}" for number in range(2, MOST_NAMESAKES))]
    taken = {
        name.casefold() for name in User.objects.filter(username__istartswith=base).values_list("username", flat=True)
    }
    free = next((name for name in names if name.casefold() not in taken), None)
    if free is None:
        raise NotAdmitted("name")
    return free


def _text(claims: Mapping[str, Any], name: str) -> str:
    found = claims.get(name)
    return found.replace("\0", "").strip()[:200] if isinstance(found, str) else ""


# Connecting one's own account


@transaction.atomic
def connect(*, provider: IdentityProvider, claims: Mapping[str, Any], by: Actor) -> None:
    """Somebody who is signed in, and has just signed in there, says: that is me. It gives nothing but another way in.

    Raises NotAdmitted. What is tied to somebody stays theirs; where domains are named, a verified address at one counts.
    """
    user = _self(by)
    if user.vendor_id != provider.vendor_id:
        raise NotAdmitted("company")
    if not comes_from_allowed_place(user, by.ip):
        raise NotAdmitted("place")
    if provider.domains and not _trusted_address(provider, claims):
        raise NotAdmitted("address")
    known = _known(provider, claims)
    if known is not None and known.user_id != user.pk:
        raise NotAdmitted("taken")
    if known is None:
        if ExternalIdentity.objects.filter(user=user, provider=provider).exists():
            raise NotAdmitted("other")
        ExternalIdentity.objects.create(user=user, provider=provider, issuer=provider.issuer, subject=claims["sub"])
        audit.record("identity.connected", by=by, subject=user, details={"provider": provider.key})


@transaction.atomic
def disconnect(*, provider: IdentityProvider, by: Actor, keeping: str = "") -> None:
    """The provider's word opens the own account no more; sessions that came in by it end, all but the one `keeping` names.

    Raises StillNeeded where nothing else would open the account, or the company wants this way in.
    """
    user = _self(by)
    identity = ExternalIdentity.objects.filter(user=user, provider=provider).first()
    if identity is None:
        return
    others = ExternalIdentity.objects.filter(user=user, provider__is_active=True).exclude(pk=identity.pk)
    if not provider.allows_password or not (user.has_usable_password() or others.exists()):
        raise StillNeeded(name=str(provider))
    StaffSession.objects.filter(identity=identity).exclude(session_key=keeping).delete()
    identity.delete()
    audit.record("identity.disconnected", by=by, subject=user, details={"provider": provider.key})
    cut_off([user.pk])


def _self(by: Actor) -> User:
    """Under the person's lock: of two who connect at once, the second finds what the first did."""
    if by.user is None:
        raise PermissionRefused
    return User.objects.select_related("vendor").select_for_update(of=("self",), no_key=True).get(pk=by.user.pk)


# What claims make of somebody


def _apply_rules(provider: IdentityProvider, user: User, claims: Mapping[str, Any]) -> None:
    """The first role that a rule gives, else the first role; and of the teams that rules name, just those that hold."""
    rules = list(provider.rules.select_related("role", "team").all())
    holding = [rule for rule in rules if rule.value in _values(claims, rule.claim)]
    _give_role(provider, user, rules, holding)
    named = {rule.team for rule in rules if rule.team is not None and rule.team.vendor_id == provider.vendor_id}
    wanted = {rule.team for rule in holding if rule.team in named}
    current: set[Team] = set(Team.objects.filter(group__user=user))
    for team in wanted - current:
        if team is not None:
            join_team(user=user, team=team, by=SYSTEM)
    for team in (named - wanted) & current:
        leave_team(user=user, team=team, by=SYSTEM)


def _give_role(provider: IdentityProvider, user: User, rules: list[ClaimRule], holding: list[ClaimRule]) -> None:
    if all(rule.role is None for rule in rules):
        return
    given = next((rule.role for rule in holding if rule.role is not None), provider.default_role)
    if given is not None and given.pk != user.role_id and provider.may_give(given):
        update_user(user=user, role=given, by=SYSTEM)


def _values(claims: Mapping[str, Any], path: str) -> set[str]:
    """A claim by its own name, or through what it lies in: realm_access.roles."""
    found: Any = claims
    for name in [path] if path in claims else path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    values = found if isinstance(found, list) else [found]
    return {value for value in values if isinstance(value, str)}


# Ending


@transaction.atomic
def end_at_provider(*, provider: IdentityProvider, subject: str, session: str) -> int:
    """The provider says that somebody signed out there: what began there ends here, pages and sockets at once."""
    rows = StaffSession.objects.filter(identity__provider=provider)
    rows = rows.filter(identity__subject=subject) if subject else rows
    rows = rows.filter(provider_session=session) if session else rows
    people = {row.user_id: row.user for row in rows.select_related("user") if row.user is not None}
    ended, _by_model = rows.delete()
    for user in people.values():
        audit.record("session.ended_at_provider", by=SYSTEM, subject=user, details={"provider": provider.key})
    cut_off([user.pk for user in people.values()])
    return ended


@transaction.atomic
def forget_identities(*, user: User, by: Actor) -> None:
    """Nobody's word from outside opens the account any more; what came in by it ends."""
    require(by, "accounts.manage")
    rows: QuerySet[ExternalIdentity] = ExternalIdentity.objects.filter(user=user)
    StaffSession.objects.filter(identity__in=rows).delete()
    if rows.delete()[0]:
        audit.record("identity.forgotten", by=by, subject=user)
