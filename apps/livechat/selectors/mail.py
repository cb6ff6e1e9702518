"""By which mail a chat can go on."""

from __future__ import annotations

from apps.channels.models import Channel
from apps.customers.enums import IdentityKind
from apps.tickets.models import Ticket
from apps.tickets.selectors.routes import Way, way_to


def mail_way(ticket: Ticket, address: str) -> Way | None:
    """From the ticket's own brand: another one's mail would be from strangers."""
    way = way_to(ticket, IdentityKind.EMAIL, address)
    return way if way is not None and way.channel.brand_id == ticket.brand_id else None


def sends_transcripts(channel: Channel) -> bool:
    return mail_way(Ticket(brand_id=channel.brand_id), "") is not None
