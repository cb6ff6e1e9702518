"""A customer proves that another phone number or address is theirs, asked for from a ticket.

The code or link goes out to the other handle. The code is answered in the ticket's own conversation, where intake looks
for it; the link on a page of ours. Neither stands on the timeline or anywhere else that staff can look.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from apps.accounts.models import Brand
from apps.channels.contract import Outbound
from apps.channels.models import Channel
from apps.channels.services import outbox
from apps.core.actor import SYSTEM, Actor
from apps.core.errors import NotVisible
from apps.core.permissions import require
from apps.core.richtext import clean_html, text_to_html
from apps.customers.enums import ProofMethod
from apps.customers.identities import kind_of, normalize
from apps.customers.models import Customer, Identity, Verification
from apps.customers.restrictions import is_restricted
from apps.customers.selectors import family_identities
from apps.customers.services.verification import (
    answer_code,
    answer_link,
    code_in,
    pending_link,
    request_verification,
    throttle_request,
)
from apps.privacy.enums import Mode
from apps.tickets.errors import CustomerRestricted, NoConversation, NoReplyChannel, RecipientRefused
from apps.tickets.models import Message, Ticket
from apps.tickets.selectors.minors import lens_over_ticket
from apps.tickets.selectors.proving import conversation_identity
from apps.tickets.selectors.routes import Way, refusal_of, way_to
from apps.tickets.selectors.uses import require_uses
from apps.tickets.services import outgoing
from apps.tickets.services.changing import lock_ticket, save_ticket
from apps.tickets.services.timeline import MESSAGE_FIELDS, record_entry


def request_proof(
    *,
    ticket: Ticket,
    by: Actor,
    method: ProofMethod,
    identity: Identity | None = None,
    kind: str = "",
    value: str = "",
) -> Message:
    """Sends a code or a link to a handle that the customer says is theirs: one of theirs that nobody proved yet, or a
    new one, by whoever may see such handles in full.
    """
    require(by, "tickets.reply", ticket)
    if identity is not None:
        kind, value = _of_customer(ticket, identity, by)
    elif lens_over_ticket(by, ticket).mode(kind_of(kind).field_class) is not Mode.RAW:
        raise RecipientRefused(value="")
    value = normalize(kind, value)
    throttle_request(kind=kind, value=value, by=by)
    return _request(ticket, by, method, kind, value)


def _of_customer(ticket: Ticket, identity: Identity, by: Actor) -> tuple[str, str]:
    family = Customer.objects.visible_to(by).filter(pk=ticket.customer_id or 0).first()
    rows = Identity.objects.visible_to(by).filter(pk=identity.pk)
    row = None if family is None else rows.filter(customer__in=Customer.objects.merged_with(family)).first()
    if row is None:
        raise NotVisible
    return row.kind, row.value


@transaction.atomic
def _request(ticket: Ticket, by: Actor, method: ProofMethod, kind: str, value: str) -> Message:
    ticket = lock_ticket(ticket, by=by, code="tickets.reply", allow_closed=False)
    writer = conversation_identity(ticket, besides=(kind, value))
    if writer is None:
        raise NoConversation
    if is_restricted(ticket.customer, ticket_id=ticket.pk):
        raise CustomerRestricted
    way = way_to(ticket, kind, value)
    if way is None:
        raise NoReplyChannel
    require_uses(ticket.customer, way.channel)
    if reason := refusal_of(replace(way, is_opted_out=_wants_no_more(ticket, kind, value))):
        raise NoReplyChannel(reason=reason)
    row, secret = request_verification(
        identity=writer, kind=kind, value=value, method=method, ticket_id=ticket.pk, by=by
    )
    message = record_entry(ticket=ticket, notice="proof_requested", by=by, envelope=_envelope(row))
    outbox.queue_delivery(
        channel=way.channel,
        message_id=message.pk,
        ticket_id=ticket.pk,
        outbound=_outbound(ticket, way, row, secret),
        order_by=f"proof:{row.pk}",
        by=by,
    )
    save_ticket(ticket, MESSAGE_FIELDS)
    return message


def _wants_no_more(ticket: Ticket, kind: str, value: str) -> bool:
    """Of this customer's own handles only: what others wish is nothing that asking may tell."""
    rows = family_identities(ticket.customer) if ticket.customer is not None else ()
    return any(row.opted_out_at is not None for row in rows if (row.kind, row.value) == (kind, value))


def _envelope(row: Verification) -> dict[str, Any]:
    return {"handle": {"kind": row.kind, "value": row.value}, "method": row.method}


def _outbound(ticket: Ticket, way: Way, row: Verification, secret: str) -> Outbound:
    with translation.override(ticket.language or way.channel.default_language):
        text = _text(way, row, secret)
        return outgoing.prepare(
            ticket=ticket,
            way=way,
            html=clean_html(text_to_html(text)),
            subject=_("Confirm that this is you"),
            to=[row.value],
            is_reply=False,
            automatic=True,
        )


def _text(way: Way, row: Verification, secret: str) -> str:
    """Says nothing of the customer and nothing of the case: it may reach the wrong person."""
    brand = str(way.channel.brand.name)
    if row.method == ProofMethod.CODE:
        return _(
            "%(code)s is your code for %(brand)s. Send it to us in our conversation within 10 minutes."
            " If you did not ask for it, give it to nobody."
        ) % {"code": secret, "brand": brand}
    return _(
        "%(brand)s: somebody who is writing to us says that they are reached here. If that is you, confirm it within an"
        " hour: %(url)s"
    ) % {"brand": brand, "url": link_of(secret)}


def link_of(token: str) -> str:
    return f"{settings.SITE_URL}{reverse('conversation:confirmation')}?t={quote(token, safe=':')}"


# Answers


def take_code(*, ticket: Ticket, identity: Identity | None, text: str) -> bool:
    """Looks whether a customer's message is a code that was asked for in its conversation; says so on the timeline.

    The ticket is locked, or new; the caller saves `MESSAGE_FIELDS`.
    """
    code = code_in(text)
    row = answer_code(identity=identity, code=code) if code and identity is not None else None
    if row is None:
        return False
    _tell(ticket, row)
    return True


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page says to whoever holds the link: which company, and where somebody writes to it."""

    brand: Brand | None
    channel: Channel | None
    language: str


def asked_by(row: Verification) -> Asked:
    ticket = Ticket.objects.select_related("brand").filter(pk=row.ticket_id or 0).first()
    running = row.identity.interactions.select_related("channel").order_by("-id").first()
    return Asked(
        brand=None if ticket is None else ticket.brand,
        channel=None if running is None else running.channel,
        language=ticket.language if ticket is not None else "",
    )


@transaction.atomic
def answer_confirmation(*, token: str, agrees: bool) -> Verification:
    """What the holder of the other handle says on the page that the link opens."""
    asked = pending_link(token)
    ticket = Ticket.objects.locked().filter(pk=asked.ticket_id or 0).first()
    row = answer_link(token=token, agrees=agrees)
    if ticket is not None:
        _tell(ticket, row)
        save_ticket(ticket, MESSAGE_FIELDS)
    return row


def _tell(ticket: Ticket, row: Verification) -> None:
    outcome = row.outcome or "wrong"
    record_entry(ticket=ticket, notice=f"proof_{outcome}", by=SYSTEM, envelope=_envelope(row))
