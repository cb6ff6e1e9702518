"""The automatic "we have received your message", in the customer's language.

It contains nothing that the requester wrote, not even the subject, or we would be a relay for mail to victims.
It is never sent to
machines, lists, doubtful senders or ourselves, once an hour at most to an address, and five times a day at most
on a ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from string import Template
from typing import Any

from django.utils import formats, translation
from django.utils.translation import gettext as _

from apps.channels.contract import Inbound, Outbound
from apps.channels.keys import message_key
from apps.channels.services import outbox
from apps.core import throttle
from apps.core.actor import SYSTEM
from apps.core.errors import TooMany
from apps.core.events import publish
from apps.core.richtext import clean_html, text_to_html
from apps.tickets import events
from apps.tickets.enums import MessageKind
from apps.tickets.models import IntakeRule, Message, Ticket
from apps.tickets.selectors.recipients import address_key
from apps.tickets.selectors.routes import Way, refusal_of, refusal_of_content
from apps.tickets.services import allowance, outgoing
from apps.tickets.services.threads import is_doubtful
from apps.tickets.services.timeline import Entry, append_message
from apps.tickets.standards import Standard, standard_of

PER_ADDRESS = timedelta(hours=1)
PER_TICKET = 5


def is_due(ticket: Ticket, rule: IntakeRule, inbound: Inbound) -> bool:
    """Not to a public comment: there it would stand before everybody, or use up the one private answer."""
    return rule.acknowledge and not ticket.is_spam and not inbound.is_public and _is_person(inbound)


def acknowledge(ticket: Ticket, rule: IntakeRule, message: Message, found: Sequence[Way]) -> Message | None:
    """Writes and queues the acknowledgement of a new ticket's first message on the first open one of its ways.

    The caller saves the ticket's `MESSAGE_FIELDS`.
    """
    way = next((way for way in found if _is_asked_for(way) and not refusal_of(way)), None)
    if way is None or not way.addressing.to or not _within_caps(ticket, way):
        return None
    with translation.override(ticket.language or way.channel.default_language):
        return _send(ticket, rule, way, message)


def _is_asked_for(way: Way) -> bool:
    """Where they wrote, or by mail: a text message that nobody asked for costs money."""
    return way.interaction is not None or way.connector.capabilities.has_copies


def _is_person(inbound: Inbound) -> bool:
    classification: Any = inbound.envelope.get("classification") or {}
    reasons = classification.get("reasons") if isinstance(classification, dict) else None
    return not (inbound.is_automatic or inbound.is_bounce or inbound.is_spam or is_doubtful(inbound) or reasons)


def _within_caps(ticket: Ticket, way: Way) -> bool:
    address = address_key(way.addressing.to[0].address)
    try:
        throttle.hit(f"automatic:{way.channel.pk}:{address}", limit=1, per=PER_ADDRESS)
        throttle.hit(f"automatic-ticket:{ticket.pk}", limit=PER_TICKET, per=timedelta(days=1))
    except TooMany:
        return False
    return True


def _send(ticket: Ticket, rule: IntakeRule, way: Way, answered: Message) -> Message | None:
    html = clean_html(text_to_html(_text(ticket, rule, standard_of(way.channel, answered.created))))
    subject = _("We have received your message [#%(number)s]") % {"number": ticket.number}
    outbound = outgoing.prepare(
        ticket=ticket,
        way=way,
        html=html,
        subject=subject,
        to=[way.addressing.to[0].address],
        automatic=True,
        is_reply=False,
        answered=answered if way.interaction is not None else None,
    )
    if refusal_of_content(way, outbound):
        return None  # rather no automatic word than one that uses up what an agent may still say
    message = append_message(ticket=ticket, entry=_entry(way, outbound, html))
    outbox.queue_delivery(
        channel=way.channel,
        message_id=message.pk,
        ticket_id=ticket.pk,
        outbound=outbound,
        order_by=f"ticket:{ticket.pk}",
        by=SYSTEM,
    )
    allowance.use(way.interaction, len(way.connector.parts(outbound, way.channel)))
    _tell(ticket, message)
    return message


def _entry(way: Way, outbound: Outbound, html: str) -> Entry:
    return Entry(
        kind=MessageKind.SYSTEM,
        html=html,
        subject=outbound.subject,
        envelope={"to": [["", address] for address in outbound.recipients.to], "message_id": outbound.client_key},
        interaction=way.interaction,
        channel=way.channel,
        is_automatic=True,
        notice="acknowledgement",
        keys=((way.channel, message_key(outbound.client_key)),),
    )


def _tell(ticket: Ticket, message: Message) -> None:
    publish(
        events.MessageSent(
            ticket_id=ticket.pk,
            message_id=message.pk,
            sequence=message.sequence,
            channel_id=message.channel_id,
            interaction_id=message.interaction_id,
            is_automatic=True,
        ),
        by=SYSTEM,
        customer_id=ticket.customer_id,
    )


def _text(ticket: Ticket, rule: IntakeRule, standard: Standard | None) -> str:
    """The manager's own words, or ours; while nobody is there, the words for that, if there are any."""
    values = _values(ticket, standard)
    written = str(rule.acknowledgement or "")
    if standard is not None and not standard.is_open and standard.out_of_hours_text:
        written = standard.out_of_hours_text
    if written.strip():
        return Template(written).safe_substitute(values)
    if values["answer_by"]:
        ours = _(
            "Thank you for your message. It has reached us under number %(number)s. You will hear from us by %(answer_by)s."
        )
    else:
        ours = _(
            "Thank you for your message. It has reached us under number %(number)s, and we will answer as soon as we can."
        )
    return f"{ours % values}\n\n{values['brand']}"


def _values(ticket: Ticket, standard: Standard | None) -> dict[str, Any]:
    """What may stand in a text as ${name}. Without a promise the times are empty."""
    return {
        "number": ticket.number,
        "brand": str(ticket.brand.name),
        "opens_at": _moment(standard.opens_at) if standard is not None else "",
        "answer_by": _moment(standard.answer_by) if standard is not None and standard.answer_by else "",
    }


def _moment(at: datetime) -> str:
    """Day and clock of the working hours' own place, which is named: the customer may be elsewhere."""
    # Translators: a moment in a message to a customer, in Django's date format characters.
    pattern = _("l, F j, H:i")
    offset = f"{at:%z}"
    return f"{formats.date_format(at, pattern)} (UTC{offset[:3]}:{offset[3:]})"
