"""What a supervisor does with a chat of their floor: watch it, whisper to whoever holds it, join, take it over.

Watching leaves no trace on the ticket and none with the visitor; the audit trail tells of it.
"""

from __future__ import annotations

from django.db import transaction

from apps.core.actor import Actor
from apps.core.audit import record_view
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.permissions import require
from apps.livechat.selectors.running import supervised_chats
from apps.tickets.models import Message, Ticket
from apps.tickets.services.helping import add_helper
from apps.tickets.services.messages.notes import whisper
from apps.tickets.services.transferring import TAKEN_OVER, Target, transfer_ticket


def watch_chat(*, ticket: Ticket, by: Actor) -> None:
    _require_supervised(ticket, by)
    record_view("chat.watch", by=by, subject=ticket)


@transaction.atomic
def whisper_to_agent(*, ticket: Ticket, by: Actor, text: str) -> Message:
    """A note that whoever holds the chat is called to. It never leaves the desk."""
    _require_supervised(ticket, by)
    return whisper(ticket=ticket, by=by, text=text)


@transaction.atomic
def join_chat(*, ticket: Ticket, by: Actor) -> Ticket:
    """Reads along and answers beside whoever holds the chat; the visitor is told."""
    _require_supervised(ticket, by)
    return add_helper(ticket=ticket, by=by)


@transaction.atomic
def take_over_chat(*, ticket: Ticket, by: Actor, why: str) -> Ticket:
    """It is theirs at once. Why, is told whoever had it, and stands in the history."""
    _require_supervised(ticket, by)
    if by.user is None:
        raise PermissionRefused
    if not why.strip():
        raise InvalidInput(fields={"why": [str(InvalidInput.message)]})
    return transfer_ticket(ticket=ticket, to=Target(user=by.user), by=by, whisper=why, reason=TAKEN_OVER)


def _require_supervised(ticket: Ticket, by: Actor) -> None:
    require(by, "routing.supervise")
    if not supervised_chats(by).of_ticket(ticket.pk).exists():
        raise NotVisible
