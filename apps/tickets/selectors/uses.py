"""What a ticket's customer does not allow, for those who are about to use their data on it."""

from __future__ import annotations

from apps.channels.models import Channel
from apps.channels.uses import purposes_of
from apps.customers.models import Customer
from apps.customers.selectors import family_ids
from apps.privacy.enums import Purpose
from apps.privacy.selectors.notices import notice_in_force
from apps.privacy.services.consenting import allows, denied_uses, require_allowed
from apps.tickets.models import Ticket
from apps.tickets.selectors.vocabulary import vocabulary


def uses_denied(customer: Customer | None) -> frozenset[Purpose]:
    """Nothing is read where no channel asks for anything."""
    if customer is None or not any(purposes_of(channel) for channel in vocabulary().channels.values()):
        return frozenset()
    return denied_uses(family_ids(customer))


def require_uses(customer: Customer | None, channel: Channel) -> None:
    """Before something goes out on it. Raises UseNotAllowed."""
    if customer is None:
        return
    for purpose in purposes_of(channel):
        require_allowed(family_ids(customer), purpose)


def vendors_may_serve(ticket: Ticket) -> bool:
    """Where the brand's notice does not say that vendors answer for it, only whose customer agreed to that."""
    notice = notice_in_force(ticket.brand_id)
    if notice is None or notice.covers_vendors or ticket.customer is None:
        return True
    return allows(family_ids(ticket.customer), Purpose.THIRD_PARTY)
