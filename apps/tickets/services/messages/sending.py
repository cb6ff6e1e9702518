"""How something of ours leaves, whoever it goes to: the way is chosen, the message appended, its delivery queued."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from apps.channels.contract import Card, Outbound
from apps.channels.keys import message_key
from apps.channels.models import Channel
from apps.channels.services import outbox
from apps.core.actor import Actor
from apps.core.events import publish
from apps.core.richtext import text_to_html
from apps.customers.restrictions import is_restricted
from apps.customers.selectors import family_identities
from apps.privacy.errors import UseNotAllowed
from apps.tickets import events
from apps.tickets.enums import MessageKind
from apps.tickets.errors import CustomerRestricted, NoReplyChannel, NotCarried
from apps.tickets.models import Interaction, Message, Ticket
from apps.tickets.selectors.detail import family_ids
from apps.tickets.selectors.routes import Way, refusal_of, refusal_of_content, undo_time, ways
from apps.tickets.selectors.uses import uses_denied
from apps.tickets.services import allowance, outgoing
from apps.tickets.services.comments import count_private_reply
from apps.tickets.services.content import Finding, findings, require_content_allowed
from apps.tickets.services.exposure import exposed
from apps.tickets.services.messages.recipients import People
from apps.tickets.services.messages.submissions import client_keys
from apps.tickets.services.timeline import Entry, FileToAttach, append_message, is_written_blind

RECENT = 40


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes out, and to whom. `html` is clean already."""

    html: str
    people: People
    subject: str
    files: tuple[FileToAttach, ...] = ()
    client_id: str = ""
    is_forward: bool = False
    is_confirmed: bool = False
    """The writer was told what breaks the channel's content rule, and means it."""
    is_taking: bool = False
    """The writer took the free ticket with it, and gives it back when they take it back."""
    quote: str = ""
    """What somebody else wrote, below it: clean as well, and not the writer's to answer for."""
    card: Card | None = None
    """`html` says the same in words."""

    @property
    def body(self) -> str:
        return self.html + self.quote


def open_ways(ticket: Ticket) -> list[Way]:
    """The ticket's ways out, with raw addresses."""
    ids = family_ids(ticket)
    interactions = list(Interaction.objects.filter(ticket_id__in=ids).order_by("-started_at", "-id")[:20])
    newest = Message.objects.filter(ticket_id__in=ids, created__gte=ticket.opened_at - timedelta(days=1))
    messages = list(reversed(newest.order_by("-created", "-id")[:RECENT]))
    identities = family_identities(ticket.customer) if ticket.customer is not None else []
    is_shut = is_restricted(ticket.customer, ticket_id=ticket.pk)
    denied = uses_denied(ticket.customer)
    return ways(ticket, interactions, messages, identities, is_restricted=is_shut, denied=denied)


def choose_way(ticket: Ticket, channel: Channel | None, *, is_public: bool = False) -> Way:
    """Nothing becomes public that does not say so."""
    found = possible_ways(ticket, channel, is_public=is_public)
    usable = [way for way in found if not refusal_of(way)]
    if not usable:
        if any(way.is_restricted for way in found):
            raise CustomerRestricted
        if found and found[0].denied:
            raise UseNotAllowed(purpose=found[0].denied)
        if found:
            raise NoReplyChannel(reason=refusal_of(found[0]))
        raise NoReplyChannel(reason=_("There is no public comment to answer there.")) if is_public else NoReplyChannel
    return usable[0]


def possible_ways(ticket: Ticket, channel: Channel | None, *, is_public: bool) -> list[Way]:
    """Open or shut, what comes first before the others. Who comments is not written to elsewhere unless that is said:
    they would not know what the mail is about.
    """
    found = [way for way in open_ways(ticket) if way.is_public == is_public]
    if channel is not None:
        return [way for way in found if way.channel.pk == channel.pk]
    return [way for way in found if not way.leaves_comments]


def send_letter(ticket: Ticket, by: Actor, way: Way, letter: Letter) -> Message:
    """Appends the message to the locked ticket and queues its delivery; the caller saves `MESSAGE_FIELDS`."""
    if way.is_restricted:
        raise CustomerRestricted
    if way.denied:
        raise UseNotAllowed(purpose=way.denied)
    found = breaches(ticket, by, way, letter.html, letter.subject)
    require_content_allowed(found, is_confirmed=letter.is_confirmed)
    outbound = _prepare(ticket, by, way, letter)
    _require_carried(way, outbound)
    message = append_message(ticket=ticket, entry=_entry(ticket, by, way, letter, outbound))
    outbox.queue_delivery(
        channel=way.channel,
        message_id=message.pk,
        ticket_id=ticket.pk,
        outbound=outbound,
        order_by=f"ticket:{ticket.pk}",
        by=by,
        delay=undo_time(way.channel),
    )
    if not letter.is_forward:
        _count(way, outbound)
    _tell(ticket, by, message, is_forward=letter.is_forward)
    return message


def breaches(ticket: Ticket, by: Actor, way: Way, html: str, subject: str) -> list[Finding]:
    """What of the writer's own words must not go out there, or only when they mean it."""
    found = [*findings(way.channel, text_to_html(_own_subject(ticket, subject)) + html)]
    return [*found, *exposed(ticket, html, by)] if way.is_public else found


def _own_subject(ticket: Ticket, subject: str) -> str:
    """The subject where it is ours: what a customer wrote, there or as their first line, is not the writer's to answer for."""
    written = subject.removeprefix("Fwd: ")
    theirs = Message.objects.filter(ticket_id__in=family_ids(ticket), kind=MessageKind.CUSTOMER).order_by(
        "created", "id"
    )
    for message in theirs[:RECENT]:
        if written in " ".join(f"{message.subject} {message.text}".split()):
            return ""
    return written


def _count(way: Way, outbound: Outbound) -> None:
    """What everybody reads may be answered as often as one likes."""
    messages = len(way.connector.parts(outbound, way.channel))
    if way.is_public:
        return
    if way.interaction is not None and way.interaction.is_public:
        count_private_reply(way.interaction, way.comment, messages)
    else:
        allowance.use(way.interaction or allowance.counting(way.channel, way.identity), messages)


def _prepare(ticket: Ticket, by: Actor, way: Way, letter: Letter) -> Outbound:
    return outgoing.prepare(
        ticket=ticket,
        way=way,
        html=letter.body,
        subject=letter.subject,
        to=[person.address for person in letter.people.to],
        cc=[person.address for person in letter.people.cc],
        bcc=[person.address for person in letter.people.bcc],
        files=letter.files,
        by=by,
        is_reply=not letter.is_forward,
        card=letter.card,
    )


def _require_carried(way: Way, outbound: Outbound) -> None:
    reason = refusal_of_content(way, outbound)
    if reason:
        raise NotCarried(reason=reason)


def _entry(ticket: Ticket, by: Actor, way: Way, letter: Letter, outbound: Outbound) -> Entry:
    return Entry(
        kind=MessageKind.AGENT,
        html=letter.body,
        subject=outbound.subject,
        envelope=_envelope(ticket, way, letter, outbound),
        interaction=way.interaction,
        channel=way.channel,
        is_public=way.is_public,
        author=by.user,
        sender_name=by.label if by.user is None else "",
        keys=((way.channel, message_key(outbound.client_key)), *client_keys(by, letter.client_id)),
        files=letter.files,
        # What is forwarded is not typed.
        is_blind=not letter.is_forward and is_written_blind(ticket, by),
    )


def _envelope(ticket: Ticket, way: Way, letter: Letter, outbound: Outbound) -> dict[str, Any]:
    envelope: dict[str, Any] = {
        "from": [["", outbound.from_address]] if outbound.from_address else [],
        "to": [[person.name, person.address] for person in letter.people.to],
        "cc": [[person.name, person.address] for person in letter.people.cc],
        "bcc": [[person.name, person.address] for person in letter.people.bcc],
        "message_id": outbound.client_key,
        "references": list(outbound.references),
        "before": _restorable(ticket),
    }
    if outbound.comment:
        envelope["comment"] = outbound.comment
    if letter.is_forward:
        envelope["is_forward"] = True
    elif way.has_comments and not way.is_public:
        envelope["is_private"] = True
    if letter.is_taking:
        envelope["took"] = True
    if letter.card is not None:
        envelope["card"] = asdict(letter.card)
    if letter.client_id:
        envelope["client_id"] = letter.client_id
    return envelope


def _restorable(ticket: Ticket) -> dict[str, Any]:
    """What taking the message back puts back."""
    return {
        "status": ticket.status,
        "preview": ticket.preview,
        "preview_kind": ticket.preview_kind,
        "preview_is_blind": ticket.preview_is_blind,
        "last_message_at": ticket.last_message_at.isoformat(),
        "waiting_since": ticket.waiting_since.isoformat() if ticket.waiting_since else None,
        "first_replied_at": ticket.first_replied_at.isoformat() if ticket.first_replied_at else None,
    }


def _tell(ticket: Ticket, by: Actor, message: Message, *, is_forward: bool) -> None:
    publish(
        events.MessageSent(
            ticket_id=ticket.pk,
            message_id=message.pk,
            sequence=message.sequence,
            channel_id=message.channel_id,
            interaction_id=message.interaction_id,
            is_forward=is_forward,
            is_public=message.is_public,
        ),
        by=by,
        customer_id=ticket.customer_id,
    )
