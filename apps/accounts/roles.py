"""The roles that a new installation starts with. Managers change them; nothing here overwrites what they did."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings

from apps.accounts.enums import SecondFactorRule

_AGENT = (
    "tickets.view",
    "tickets.create",
    "tickets.reply",
    "tickets.note",
    "tickets.assign",
    "tickets.assign_others",
    "tickets.transfer",
    "tickets.edit",
    "tickets.resolve",
    "tickets.merge",
    "tickets.spam",
    "tickets.watch",
    "customers.view",
    "customers.edit",
    "counter.serve",
    "routing.serve",
)
_SUPERVISOR = (
    *_AGENT,
    "tickets.view_all",
    "tickets.export",
    "customers.merge",
    "channels.view_health",
    "channels.repair",
    "tickets.share_views",
    "tickets.review_decisions",
    "knowledge.share_snippets",
    "routing.supervise",
    "privacy.approve_reveals",
)
_MANAGER = (
    *_SUPERVISOR,
    "channels.configure",
    "accounts.manage",
    "accounts.act_as",
    "audit.view",
    "api.use",
    "automation.manage_webhooks",
    "privacy.manage_requests",
    "privacy.approve_erasure",
    "privacy.manage_holds",
    "privacy.see_minors",
    "outsourcing.certify",
)
# What of a ticket a vendor's people may edit is narrowed further by the rules of tickets.
_VENDOR_AGENT = (
    "tickets.view",
    "tickets.reply",
    "tickets.note",
    "tickets.assign",
    "tickets.transfer",
    "tickets.edit",
    "tickets.resolve",
    "customers.view",
    "routing.serve",
)
# Administers their own company's people, and leads them on the floor.
_VENDOR_MANAGER = (*_VENDOR_AGENT, "tickets.assign_others", "routing.supervise", "outsourcing.manage_own_agents")

SUPPORT: Final = "support"
# People who help the house; whether they may write at all is decided each time they are let in.
_SUPPORT = ("tickets.view", "tickets.reply", "tickets.note", "tickets.edit", "customers.view")

DEFAULT_ROLES: dict[str, dict[str, Any]] = {
    "manager": {"name": {"zh-hans": "经理", "en": "Manager"}, "permissions": _MANAGER},
    "supervisor": {"name": {"zh-hans": "主管", "en": "Supervisor"}, "permissions": _SUPERVISOR},
    "agent": {"name": {"zh-hans": "客服", "en": "Agent"}, "permissions": _AGENT},
    "vendor_agent": {
        "name": {"zh-hans": "外包客服", "en": "Vendor agent"},
        "permissions": _VENDOR_AGENT,
        "is_outsourced": True,
    },
    "vendor_manager": {
        "name": {"zh-hans": "外包经理", "en": "Vendor manager"},
        "permissions": _VENDOR_MANAGER,
        "is_outsourced": True,
    },
    SUPPORT: {
        "name": {"zh-hans": "技术支持", "en": "Support"},
        "permissions": _SUPPORT,
        "is_outsourced": True,
        "second_factor": SecondFactorRule.NEEDED.value,
    },
}


def ensure_roles(*, using: str = "default", **kwargs: Any) -> None:
    """After migrate and flush: an installation without any role gets the default ones."""
    from django.db import connections

    from apps.accounts.models import Role

    if Role._meta.db_table not in connections[using].introspection.table_names():
        return
    if Role.objects.using(using).exists():
        return
    rule = SecondFactorRule.NEEDED if settings.NEW_ROLES_NEED_SECOND_FACTOR else SecondFactorRule.BY_ROLE
    Role.objects.using(using).bulk_create(
        Role(key=key, **{"second_factor": rule, **fields, "permissions": list(fields["permissions"])})
        for key, fields in DEFAULT_ROLES.items()
    )
