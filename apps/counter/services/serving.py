"""From sitting down to standing up: interaction, ticket, what was said, how it was."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.accounts.access import access_of
from apps.core import audit
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.errors import InvalidInput, PermissionRefused
from apps.core.richtext import text_to_html
from apps.counter import events
from apps.counter.enums import Document, Proof, VisitState
from apps.counter.errors import NotServed
from apps.counter.models import Visit
from apps.counter.rules import serves
from apps.counter.services.calling import lock_mine
from apps.counter.services.telling import tell
from apps.customers.enums import IdentityKind
from apps.customers.models import Customer, Identity
from apps.customers.services.resolution import resolve_customer
from apps.tickets.models import Interaction, Ticket
from apps.tickets.services import lifecycle
from apps.tickets.services.lifecycle import WrapUpInput
from apps.tickets.services.messages import visits

TAIL = re.compile(r"[0-9A-Za-z]{4}")


@dataclass(frozen=True, slots=True)
class Claim:
    """Who somebody says they are: a phone number or an e-mail address, and a name."""

    contact: str = ""
    name: str = ""


@transaction.atomic
def start_serving(
    *, visit: Visit, by: Actor, claim: Claim | None = None, has_consented: bool = False, ticket: Ticket | None = None
) -> Visit:
    """The person called is there. Opens interaction and ticket, or goes on with those that another window opened;
    with `ticket` the visit is about one that is there.
    """
    visit = lock_mine(visit, by, VisitState.CALLED)
    if by.user is None:
        raise PermissionRefused
    if not serves(access_of(by), visit.service, visit.branch):
        raise NotServed
    if visit.interaction is None:
        visit.interaction = _open(visit, by, claim or Claim(), ticket)
        visit.ticket = visit.interaction.ticket
        visit.proof = Proof.CLAIMED if visit.interaction.identity is not None else ""
        visit.has_consented = has_consented
    else:
        visits.hand_visit_on(interaction=visit.interaction, to=by.user, queue=visit.service.queue)
    visit.state, visit.serving_at, visit.agent = VisitState.SERVING, now(), by.user
    visit.save(
        update_fields=[
            "state", "serving_at", "agent", "interaction", "ticket", "proof", "has_consented", "updated",
        ]
    )  # fmt: skip
    tell(events.VisitStarted, visit, by=by, interaction_id=visit.interaction.pk)
    return visit


def _open(visit: Visit, by: Actor, claim: Claim, ticket: Ticket | None) -> Interaction:
    channel, key = visit.branch.channel, f"{visit.pk}"
    customer, identity = _claimant(visit, by, claim)
    if ticket is not None:
        if customer is None or customer.pk != ticket.customer_id:
            identity = None  # the handle of somebody else: the ticket keeps its customer
        return visits.join_visit(ticket=ticket, by=by, channel=channel, key=key, identity=identity)
    assert by.user is not None  # noqa: S101 (asked by the caller)
    return visits.open_visit(
        channel=channel,
        key=key,
        subject=_subject(visit),
        agent=by.user,
        queue=visit.service.queue,
        category=visit.service.category,
        customer=customer,
        identity=identity,
        language=visit.language,
    )


def _subject(visit: Visit) -> str:
    """In the company's language, whoever presses the button."""
    with override(visit.branch.channel.default_language):
        return _("Visit %(number)s: %(service)s") % {"number": visit.number, "service": visit.service.name}


def _claimant(visit: Visit, by: Actor, claim: Claim) -> tuple[Customer | None, Identity | None]:
    """The customer of the number or address. It is a claim: nobody's identities are tied by it."""
    if not claim.contact:
        return None, None
    kind = IdentityKind.EMAIL if "@" in claim.contact else IdentityKind.PHONE
    try:
        customer, identity, _is_new = resolve_customer(
            kind=kind.value, value=claim.contact, name=claim.name, language=visit.language, by=by
        )
    except InvalidInput as error:
        raise InvalidInput(fields={"contact": [_("Enter a phone number or an e-mail address.")]}) from error
    return customer, identity


@transaction.atomic
def record_proof(*, visit: Visit, by: Actor, proof: str, document: str = "", tail: str = "") -> Visit:
    """Notes how the visitor showed who they are: the kind of document and its last four characters, never the number."""
    visit = lock_mine(visit, by, VisitState.SERVING)
    errors: dict[str, list[str]] = {}
    if proof not in (Proof.DOCUMENT, Proof.CODE):
        errors["proof"] = [_("Say what was shown.")]
    if proof == Proof.DOCUMENT:
        if document not in Document.values:
            errors["document"] = [_("Say which document was shown.")]
        if not TAIL.fullmatch(tail):
            errors["tail"] = [_("Enter the last four characters and nothing more.")]
    if errors:
        raise InvalidInput(fields=errors)
    visit.proof = proof
    visit.document, visit.document_tail = (document, tail.upper()) if proof == Proof.DOCUMENT else ("", "")
    visit.save(update_fields=["proof", "document", "document_tail", "updated"])
    audit.record("counter.visit.proved", by=by, subject=visit, details={"proof": proof, "document": document})
    tell(events.VisitProved, visit, by=by, proof=proof)
    return visit


@transaction.atomic
def finish(
    *, visit: Visit, by: Actor, summary: str, satisfaction: int | None = None, wrap_up: WrapUpInput | None = None
) -> Visit:
    """Writes what was said, ends the interaction, and with a wrap-up resolves the ticket."""
    visit = lock_mine(visit, by, VisitState.SERVING)
    if satisfaction is not None and satisfaction not in range(1, 6):
        raise InvalidInput(fields={"satisfaction": [_("Give one to five.")]})
    assert visit.interaction is not None  # noqa: S101 (since serving began)
    ticket = visits.end_visit(interaction=visit.interaction, by=by, html=text_to_html(summary))
    if wrap_up is not None and not ticket.is_done:
        lifecycle.resolve_ticket(ticket=ticket, by=by, wrap_up=wrap_up)
    visit.state, visit.ended_at, visit.satisfaction = VisitState.DONE, now(), satisfaction
    visit.save(update_fields=["state", "ended_at", "satisfaction", "updated"])
    tell(events.VisitFinished, visit, by=by, satisfaction=satisfaction)
    return visit
