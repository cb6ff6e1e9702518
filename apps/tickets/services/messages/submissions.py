"""One sending of a form has one effect, however often it arrives."""

from __future__ import annotations

from django.db import connection

from apps.channels.keys import key_of
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.tickets.models import Message, MessageKey, Ticket


def client_keys(by: Actor, client_id: str) -> tuple[tuple[Channel | None, bytes], ...]:
    return ((None, key_of("client", by.key, client_id)),) if client_id else ()


def sent_before(by: Actor, client_id: str) -> Message | None:
    if not client_id:
        return None
    key = MessageKey.objects.filter(channel__isnull=True, key=key_of("client", by.key, client_id)).first()
    return None if key is None else Message.objects.filter(pk=key.message_id, created=key.created).first()


def submission(client_id: str, *texts: str) -> str:
    """What names one sending of a form that opens a ticket: sent again it is the same, with other words it is not."""
    return f"{client_id}:{key_of('submission', *texts).hex()}" if client_id else ""


def opened_before(by: Actor, client_id: str) -> Ticket | None:
    """The ticket that the same submission opened. Of two at once the second waits until the first is through."""
    if not client_id:
        return None
    key = key_of("client", by.key, client_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(key[:8], "big", signed=True)])
    before = sent_before(by, client_id)
    return None if before is None else before.ticket
