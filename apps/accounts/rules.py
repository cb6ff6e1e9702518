"""What the accounts app lets people do, and where everybody's permissions come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from apps.core.permissions import declare

if TYPE_CHECKING:
    from apps.accounts.models import User

declare("accounts.manage", _("Manage people, teams, roles and API tokens"))
declare("audit.view", _("Read the audit trail"))
declare("api.use", _("Use the API"))


def permissions_of(user: User) -> frozenset[str]:
    """What the role gives. A vendor that is switched off takes everything from its people at once."""
    if user.role is None or (user.vendor is not None and not user.vendor.is_active):
        return frozenset()
    return frozenset(user.role.permissions)
