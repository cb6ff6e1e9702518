"""What a customer can be asked to prove from a ticket, and where their answer would come in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from apps.channels import registry
from apps.channels.errors import UnknownConnector
from apps.core.actor import Actor
from apps.customers.identities import all_kinds, kind_of
from apps.customers.models import Identity
from apps.customers.selectors import family_identities
from apps.privacy.enums import FieldClass, Mode
from apps.tickets.models import Interaction, Ticket
from apps.tickets.selectors.minors import lens_over_ticket
from apps.tickets.selectors.routes import way_to
from apps.tickets.selectors.timeline import family_ids
from apps.tickets.selectors.vocabulary import vocabulary

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TYPED: Final = frozenset({FieldClass.PHONE, FieldClass.EMAIL})
"""What people know by heart and tell each other; an id on a platform is found by the platform."""


@dataclass(frozen=True, slots=True)
class Provable:
    """A handle of the customer that nobody proved yet, as the viewer may see it."""

    public_id: str
    icon: str
    label: str


@dataclass(frozen=True, slots=True)
class ProofChoices:
    known: tuple[Provable, ...]
    new_kinds: tuple[tuple[str, StrOrPromise], ...]
    """Kinds of which the viewer may enter a new one; empty for who sees them masked."""
    answered_on: str
    """The channel on which the code would come back; empty when there is none."""


def proof_choices(ticket: Ticket, actor: Actor) -> ProofChoices:
    """For a ticket that the actor sees."""
    lens = lens_over_ticket(actor, ticket)
    writer = conversation_identity(ticket)
    known = [
        Provable(row.public_id, kind_of(row.kind).icon, lens.value(row.kind, row.value))
        for row in (family_identities(ticket.customer) if ticket.customer is not None else ())
        if row.verified_at is None and _is_not(row, writer) and way_to(ticket, row.kind, row.value) is not None
    ]
    new = [
        (kind.key, kind.label)
        for kind in all_kinds().values()
        if kind.field_class in TYPED and lens.mode(kind.field_class) is Mode.RAW and way_to(ticket, kind.key, "")
    ]
    return ProofChoices(tuple(known), tuple(new), _channel_label(ticket, writer))


def _is_not(row: Identity, writer: Identity | None) -> bool:
    return writer is None or row.pk != writer.pk


def conversation_identity(ticket: Ticket, besides: tuple[str, str] | None = None) -> Identity | None:
    """The handle under which the customer writes on this ticket: of the newest conversation that can bring an answer,
    `besides` the handle that is to be proved.
    """
    found = _conversation(ticket, besides)
    return None if found is None else found.identity


def _conversation(ticket: Ticket, besides: tuple[str, str] | None) -> Interaction | None:
    rows = Interaction.objects.filter(ticket_id__in=family_ids(ticket), identity__isnull=False)
    for row in rows.select_related("identity__customer__merged_into", "channel").order_by("-started_at", "-id")[:20]:
        if row.identity is not None and (row.identity.kind, row.identity.value) != besides and _is_two_way(row):
            return row
    return None


def _is_two_way(row: Interaction) -> bool:
    try:
        connector = registry.get(row.channel.kind)
    except UnknownConnector:
        return False
    return row.channel.is_active and connector.capabilities.can_receive and connector.sends_on(row.channel)


def _channel_label(ticket: Ticket, writer: Identity | None) -> str:
    found = None if writer is None else _conversation(ticket, None)
    return "" if found is None else vocabulary().channel_label(found.channel_id)
