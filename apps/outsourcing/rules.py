"""What of contracts and vendors a role may be allowed. Contracts themselves belong to who manages people."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Vendor
from apps.core.actor import Actor
from apps.core.errors import PermissionRefused
from apps.core.permissions import declare, require

OWN_AGENTS: Final = "outsourcing.manage_own_agents"

CERTIFY: Final = "outsourcing.certify"

declare(CERTIFY, _("Vendors: certify their people, and tick what on-boarding asks for"))
declare(OWN_AGENTS, _("Vendors: administer the own company's people"))


def company_of(actor: Actor) -> Vendor:
    """The vendor whose people the actor administers."""
    require(actor, OWN_AGENTS)
    if actor.user is None or actor.user.vendor is None:
        raise PermissionRefused
    return actor.user.vendor
