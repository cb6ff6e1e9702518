"""What the accounts app lets people do, and where everybody's permissions come from."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.accounts.enums import SecondFactorRule
from apps.core.permissions import declare

if TYPE_CHECKING:
    from apps.accounts.models import Role, User

declare("accounts.manage", _("Manage people, teams, roles and API tokens"))
declare("audit.view", _("Read the audit trail"))
declare("api.use", _("Use the API"))
declare("accounts.act_as", _("See the desk as somebody else does, without writing"))


HOUSE_ONLY: Final = frozenset(
    {
        "accounts.act_as",
        "accounts.manage",
        "audit.view",
        "automation.manage_webhooks",
        "channels.configure",
        "channels.repair",
        "channels.view_health",
        "customers.merge",
        "outsourcing.certify",
        "privacy.approve_erasure",
        "privacy.approve_reveals",
        "privacy.manage_holds",
        "privacy.manage_requests",
        "privacy.see_minors",
        "tickets.export",
        "tickets.review_decisions",
    }
)
"""What is behind these is the whole company's: no role gives them to people of vendors."""
VENDOR_ONLY: Final = frozenset({"outsourcing.manage_own_agents"})
"""What means something only to people of a vendor."""


def permissions_of(user: User) -> frozenset[str]:
    """What the role gives. A vendor that is switched off takes everything from its people at once."""
    if user.role is None or (user.vendor is not None and not user.vendor.is_active):
        return frozenset()
    permissions = frozenset(user.role.permissions)
    return permissions - (HOUSE_ONLY if user.is_outsourced else VENDOR_ONLY)


def permissions_for_vendors(role: Role) -> frozenset[str]:
    """What the role would give to somebody of a vendor."""
    return frozenset(role.permissions) - HOUSE_ONLY


def reads_only(user: User) -> bool:
    """People who help the house change nothing, unless a manager said so for this time."""
    return user.vendor is not None and user.vendor.is_support and user.vendor.reads_only


def needs_second_factor(user: User) -> bool:
    """By the role. Without a word of a manager: whoever could open the company's data to others, or comes from outside."""
    rule = _second_factor_rule(user)
    if rule is SecondFactorRule.BY_ROLE:
        return user.is_outsourced or "accounts.manage" in permissions_of(user)
    return rule is not SecondFactorRule.OPTIONAL


def needs_security_key(user: User) -> bool:
    """Whether nothing but a security key or passkey counts, which no forged page can ask for."""
    return _second_factor_rule(user) is SecondFactorRule.KEY


def _second_factor_rule(user: User) -> SecondFactorRule:
    if user.username in settings.SECOND_FACTOR_EXCEPTED:
        return SecondFactorRule.OPTIONAL
    if user.vendor is not None and user.vendor.is_support and not _asks_for_key(user):
        return SecondFactorRule.NEEDED
    return SecondFactorRule.BY_ROLE if user.role is None else SecondFactorRule(user.role.second_factor)


def _asks_for_key(user: User) -> bool:
    return user.role is not None and user.role.second_factor == SecondFactorRule.KEY


def comes_from_allowed_place(user: User, ip: str) -> bool:
    """Where the user's company may come from. An address that we cannot tell is nowhere."""
    networks = user.vendor.networks if user.vendor is not None else []
    if not networks:
        return True
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain in ipaddress.ip_network(network) for network in networks)
