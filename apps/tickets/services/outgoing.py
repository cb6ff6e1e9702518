"""From an answer to what its connector is given: addresses, ids, threading, signature."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from html import escape

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.channels.contract import Card, Outbound, Recipients
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.richtext import clean_html, html_to_text, text_to_html
from apps.tickets.enums import MessageKind
from apps.tickets.models import Message, Ticket
from apps.tickets.selectors.recipients import address_pairs
from apps.tickets.selectors.routes import Way
from apps.tickets.services.timeline import FileToAttach

REFERENCES = 20


def prepare(
    *,
    ticket: Ticket,
    way: Way,
    html: str,
    subject: str,
    to: Sequence[str],
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    files: Sequence[FileToAttach] = (),
    by: Actor | None = None,
    is_reply: bool = True,
    automatic: bool = False,
    answered: Message | None = None,
    card: Card | None = None,
) -> Outbound:
    """All that the connector needs, complete before the first attempt. `html` is clean already.

    `answered` is the newest message on this way, where the caller has it at hand.
    """
    connector, channel = way.connector, way.channel
    parent, references = _thread(answered or _newest(ticket, way))
    # Before everybody the company answers, not one of its people.
    body = html + signature_of(None if by is None or way.is_public else by.user)
    return Outbound(
        client_key=connector.client_key_for(channel, ticket_id=ticket.pk),
        recipients=Recipients(to=tuple(to), cc=tuple(cc), bcc=tuple(bcc)),
        from_address=str(channel.settings.get("address") or ""),
        from_name=_sender_name(channel, ticket.language),
        reply_to=connector.reply_address_for(channel, ticket_id=ticket.pk),
        subject=_subject(subject, answering=is_reply and bool(parent or ticket.preview_kind)),
        text=html_to_text(body),
        html=body if connector.capabilities.html else "",
        attachments=tuple(file.stored_id for file in files),
        inline={file.content_id: file.stored_id for file in files if file.is_inline and file.content_id},
        in_reply_to=parent,
        references=references,
        thread=_thread_info(way),
        language=ticket.language,
        automatic=automatic,
        is_public=way.is_public,
        comment=way.comment,
        post=way.post,
        card=card,
    )


def _sender_name(channel: Channel, language: str) -> str:
    """As the customer reads it, whatever language the writer's desk speaks."""
    with translation.override(language or channel.default_language):
        return str(channel.brand.sender_name) or str(channel.brand.name)


def _subject(subject: str, *, answering: bool) -> str:
    """An answer says that it is one, also to what did not come as a mail: a form, a call."""
    if not answering or subject[:3].casefold() in ("re:", "re：", "回复", "答复"):
        return subject
    return f"Re: {subject}"


def signature_of(user: User | None) -> str:
    """Added to what leaves, not to what the timeline shows."""
    if user is None or not user.signature.strip():
        return ""
    return clean_html(f"<p>-- </p>{text_to_html(user.signature)}")


def _newest(ticket: Ticket, way: Way) -> Message | None:
    if way.interaction is None:
        return None
    since = ticket.opened_at - timedelta(days=1)
    rows = Message.objects.filter(ticket_id=way.interaction.ticket_id, interaction=way.interaction, created__gte=since)
    return rows.filter(kind__in=(MessageKind.CUSTOMER, MessageKind.AGENT)).order_by("-sequence").first()


def _thread(newest: Message | None) -> tuple[str, tuple[str, ...]]:
    """In-Reply-To and References: the newest message on this way and what it refers to itself."""
    if newest is None:
        return "", ()
    parent = str(newest.envelope.get("message_id") or "")
    earlier = [str(entry) for entry in newest.envelope.get("references") or ()]
    chain = [*earlier, parent] if parent else earlier
    kept = chain[:1] + chain[1:][-REFERENCES:]
    return parent, tuple(dict.fromkeys(kept))


def _thread_info(way: Way) -> dict[str, str]:
    """What a messenger's connector needs to find the conversation."""
    identity = way.identity if way.interaction is None else way.interaction.identity
    if identity is None:
        return {}
    return {"kind": identity.kind, "scope": identity.scope, "value": identity.value}


def forwarded(message: Message) -> str:
    """The passed-on message as a quotation, under who wrote it and when."""
    with translation.override(message.ticket.language or None):
        sender = message.sender_name or (str(message.author) if message.author else "")
        addresses = [address for _name, address in address_pairs(message.envelope.get("from"))]
        if addresses:
            sender = f"{sender} <{addresses[0]}>".strip()
        head = [
            _("Forwarded message"),
            _("From: %(sender)s") % {"sender": sender},
            _("Date: %(date)s") % {"date": date_format(timezone.localtime(message.created), "DATETIME_FORMAT")},
            _("Subject: %(subject)s") % {"subject": message.subject},
        ]
    lines = "<br>".join(escape(line) for line in head)
    return clean_html(f"<p>{lines}</p><blockquote>{message.html}</blockquote>")
