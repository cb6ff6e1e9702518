"""Who may do what at the counter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from apps.accounts.access import Access
from apps.core.permissions import declare

if TYPE_CHECKING:
    from apps.counter.models import Branch, ServiceType

declare("counter.serve", _("Serve visitors at a counter"))


def serves(access: Access, service: ServiceType, branch: Branch) -> bool:
    """Whether a visit of this service becomes a ticket that they may work. As `tickets.rules.works_ticket`."""
    if access.sees_all:
        return True
    if service.queue_id not in access.queue_ids:
        return False
    if not access.is_outsourced:
        return True
    in_category = access.category_ids is None or service.category_id in access.category_ids
    return branch.channel_id in access.channel_ids and in_category
