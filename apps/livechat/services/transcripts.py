"""What was said in a visit, as a mail. Made from the visitor's own log: nothing else can stand in it.

We must not become a relay for mail to strangers: a visit has to have been answered by a person, goes to one address only,
and not often.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from apps.channels.connectors.protocol import messages as protocol
from apps.channels.connectors.protocol.clients import Client
from apps.channels.keys import message_key
from apps.channels.services import outbox
from apps.core import throttle
from apps.core.actor import Actor
from apps.core.events import publish
from apps.core.permissions import require
from apps.core.richtext import clean_html
from apps.customers import identities
from apps.customers.enums import IdentityKind
from apps.customers.restrictions import is_restricted
from apps.livechat.errors import NothingToSend, NoTranscripts, TranscriptElsewhere
from apps.livechat.models import ChatSession
from apps.livechat.selectors.desk import newest_chat
from apps.livechat.selectors.mail import mail_way
from apps.livechat.services.rating import was_answered
from apps.livechat.services.sessions import VISITOR, locked_conversation
from apps.tickets import events
from apps.tickets.enums import MessageKind
from apps.tickets.errors import CustomerRestricted, NoRecipient
from apps.tickets.models import Ticket
from apps.tickets.selectors.routes import Way, refusal_of
from apps.tickets.selectors.uses import require_uses
from apps.tickets.services import outgoing
from apps.tickets.services.changing import save_ticket
from apps.tickets.services.lifecycle import head_of
from apps.tickets.services.messages.recipients import choose_people
from apps.tickets.services.messages.sending import open_ways
from apps.tickets.services.timeline import MESSAGE_FIELDS, Entry, append_message

NOTICE: Final = "chat_transcript"
HOURLY: Final = 3
HOUR: Final = timedelta(hours=1)
REPEATED: Final = timedelta(minutes=1)
"""So long a request for the same lines is taken for a repetition of the one before."""


def notice_words(envelope: Mapping[str, Any]) -> str:
    return _("The conversation was sent by mail.")


# --- The visitor asks ---------------------------------------------------------------------------------------------------


def send_to_visitor(client: Client, *, email: str = "") -> None:
    """Of the newest visit, as far as it has come. Without an address: to the one that is known.

    Raises InvalidInput, NothingToSend, NoTranscripts, TranscriptElsewhere, TooMany.
    """
    session = ChatSession.objects.filter(conversation=client.conversation).order_by("-pk").first()
    if session is None:
        raise NothingToSend
    address = _address(session, client, email)
    throttle.hit(f"livechat.transcript:{client.conversation.pk}", limit=HOURLY, per=HOUR)
    throttle.hit(f"livechat.transcript:to:{address}", limit=HOURLY, per=HOUR)
    _send(session.pk, address, language=translation.get_language() or "", by=VISITOR, is_visitor=True)


def _address(session: ChatSession, client: Client, typed: str) -> str:
    claimed = next((claim.value for claim in client.claims if claim.kind == IdentityKind.EMAIL), "")
    known = session.details.get("transcript_to") or session.details.get("email") or claimed
    address = typed.strip() or str(known)
    if not address:
        raise NoRecipient(fields={"email": [_("This field is required.")]})
    return identities.normalize(IdentityKind.EMAIL, address)


# --- An agent sends it --------------------------------------------------------------------------------------------------


def send_by_agent(*, ticket: Ticket, to: str, by: Actor) -> None:
    """`to` is the token of somebody in the conversation, or an address where the agent may type one."""
    ticket = Ticket.objects.visible_to(by).get(pk=ticket.pk)
    require(by, "tickets.reply", ticket)
    session = newest_chat(by, ticket)
    if session is None:
        raise NothingToSend
    throttle.hit(f"livechat.transcript:ticket:{ticket.pk}", limit=HOURLY * 3, per=HOUR)
    [address] = _chosen(ticket, by, to)
    _send(session.pk, address, language=ticket.language, by=by)


def _chosen(ticket: Ticket, by: Actor, to: str) -> Sequence[str]:
    found = [way for way in open_ways(ticket) if way.connector.capabilities.has_copies and not refusal_of(way)]
    way = next(iter(found), None) or mail_way(ticket, "")
    if way is None:
        raise NoTranscripts
    return [person.address for person in choose_people(ticket, by, way, [to], (), ()).to]


# --- The mail -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def _send(session_id: int, address: str, *, language: str, by: Actor, is_visitor: bool = False) -> None:
    """Under the conversation's lock, then the ticket's."""
    row = ChatSession.objects.get(pk=session_id)
    conversation = locked_conversation(row.conversation_id)
    session = ChatSession.objects.select_related("interaction__ticket__merged_into", "channel").get(pk=row.pk)
    session.conversation = conversation
    if session.interaction is None or not was_answered(session):
        raise NothingToSend
    if is_visitor:
        _keep_to_one(session, address)
    ticket = Ticket.objects.locked().get(pk=head_of(session.interaction.ticket).pk)
    if is_restricted(ticket.customer, ticket_id=ticket.pk):
        raise CustomerRestricted
    way = mail_way(ticket, address)
    if way is None:
        raise NoTranscripts
    require_uses(ticket.customer, way.channel)
    if not throttle.is_first(f"livechat.transcript:{session.pk}:{conversation.last_sequence}:{address}", per=REPEATED):
        return
    with translation.override(language or session.channel.default_language):
        _queue(ticket, way, address, session, by)


def _keep_to_one(session: ChatSession, address: str) -> None:
    named = session.details.get("transcript_to")
    if named and named != address:
        raise TranscriptElsewhere
    if not named:
        session.details = {**session.details, "transcript_to": address}
        session.save(update_fields=["details", "updated"])


def _queue(ticket: Ticket, way: Way, address: str, session: ChatSession, by: Actor) -> None:
    brand = str(ticket.brand.name)
    html = clean_html(render_to_string("livechat/transcript.html", {"brand": brand, **_said(session)}))
    outbound = outgoing.prepare(
        ticket=ticket,
        way=way,
        html=html,
        subject=_("Your conversation with %(brand)s") % {"brand": brand},
        to=[address],
        automatic=True,
        is_reply=False,
    )
    entry = Entry(
        kind=MessageKind.SYSTEM,
        subject=outbound.subject,
        envelope={"to": [["", address]], "message_id": outbound.client_key},
        channel=way.channel,
        is_automatic=True,
        notice=NOTICE,
        keys=((way.channel, message_key(outbound.client_key)),),
    )
    message = append_message(ticket=ticket, entry=entry)
    outbox.queue_delivery(
        channel=way.channel,
        message_id=message.pk,
        ticket_id=ticket.pk,
        outbound=outbound,
        order_by=f"ticket:{ticket.pk}",
        by=by,
    )
    publish(
        events.MessageSent(
            ticket_id=ticket.pk,
            message_id=message.pk,
            sequence=message.sequence,
            channel_id=way.channel.pk,
            interaction_id=None,
            is_automatic=True,
        ),
        by=by,
        customer_id=ticket.customer_id,
    )
    save_ticket(ticket, MESSAGE_FIELDS)


def _said(session: ChatSession) -> dict[str, Any]:
    """The lines of the visit as the visitor reads them, with the clock of the installation's place."""
    rows = session.conversation.messages.filter(sequence__gte=session.first_sequence)
    if session.ended_sequence is not None:
        rows = rows.filter(sequence__lte=session.ended_sequence)
    told = protocol.as_told(session.conversation, list(rows.order_by("sequence")))
    lines = [{**line, "at": _local(line["created"])} for line in told]
    offset = f"{lines[0]['at']:%z}"
    return {"lines": lines, "began": lines[0]["at"], "zone": f"UTC{offset[:3]}:{offset[3:]}"}


def _local(text: str) -> Any:
    moment = parse_datetime(text)
    return localtime(moment) if moment is not None else None
