"""Whom something of ours goes to: addresses and tokens, as far as the writer may name them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from apps.core.actor import Actor
from apps.privacy.enums import FieldClass, Mode
from apps.tickets.errors import NoRecipient, RecipientRefused, TooManyRecipients
from apps.tickets.models import Ticket
from apps.tickets.selectors.minors import lens_over_ticket
from apps.tickets.selectors.recipients import MARK, Participant, address_key, find_by_token, own_addresses
from apps.tickets.selectors.routes import Way
from apps.tickets.selectors.vocabulary import vocabulary
from apps.tickets.services.timeline import CONTROL, one_line


@dataclass(frozen=True, slots=True)
class People:
    to: tuple[Participant, ...] = ()
    cc: tuple[Participant, ...] = ()
    bcc: tuple[Participant, ...] = ()


def choose_people(
    ticket: Ticket, by: Actor, way: Way, to: Sequence[str], cc: Sequence[str], bcc: Sequence[str]
) -> People:
    if not way.connector.capabilities.has_copies:
        return People(to=way.addressing.to)
    own = own_addresses(vocabulary().channels.values())
    taken: set[str] = set()
    chosen: list[tuple[Participant, ...]] = []
    for entries, default in ((to, way.addressing.to), (cc, ()), (bcc, ())):
        chosen.append(tuple(_resolve(ticket, by, way, entries, own, taken)) if entries else default)
        taken.update(address_key(person.address) for person in chosen[-1])
    people = People(*chosen)
    if not people.to:
        raise NoRecipient(fields={"to": [NoRecipient.message]})
    if sum(map(len, chosen)) > settings.TICKETS_MAX_RECIPIENTS:
        raise TooManyRecipients(limit=settings.TICKETS_MAX_RECIPIENTS)
    return people


def _resolve(
    ticket: Ticket, by: Actor, way: Way, entries: Sequence[str], own: frozenset[str], taken: set[str]
) -> Iterable[Participant]:
    """Addresses for tokens and typed addresses; our own mailboxes and repetitions are left out."""
    for entry in entries:
        person = _one_recipient(ticket, by, way, entry.strip())
        key = address_key(person.address)
        if key not in own and key not in taken:
            taken.add(key)
            yield person


def _one_recipient(ticket: Ticket, by: Actor, way: Way, entry: str) -> Participant:
    if entry.startswith(MARK):
        found = find_by_token(ticket, entry, way.addressing.known)
        if found is None:
            raise RecipientRefused(value=entry[:40])
        return found
    known = next((row for row in way.addressing.known if address_key(row.address) == address_key(entry)), None)
    if known is not None:
        return known
    if lens_over_ticket(by, ticket).mode(FieldClass.EMAIL) != Mode.RAW:
        # Who sees addresses masked answers the people of the conversation and nobody else.
        raise RecipientRefused(value=entry[:40])
    return Participant(valid_address(entry))


def valid_address(entry: str) -> str:
    if CONTROL.search(entry) or len(entry) > 254:
        raise RecipientRefused(value=one_line(entry, 40))
    try:
        validate_email(entry)
    except ValidationError as error:
        raise RecipientRefused(value=one_line(entry, 40)) from error
    return entry
