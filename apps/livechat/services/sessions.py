"""A visit from its first line to its end. All of it under the lock of the visitor's conversation.

Locks are taken in one order: the conversation, then the ticket.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.protocol.messages import answers, is_underway, note
from apps.channels.connectors.submission import Submission
from apps.channels.keys import key_of
from apps.channels.models import ClientConversation, ClientMessage
from apps.core.actor import SYSTEM, Actor, ActorKind, Face
from apps.core.clock import now
from apps.core.permissions import require
from apps.core.prepared import Prepared
from apps.livechat.answers import claims_of, read_answers, read_contact, read_page
from apps.livechat.enums import UNSERVED, EndedBy
from apps.livechat.models import ChatSession
from apps.livechat.selectors.line import is_full
from apps.livechat.services.agreeing import note_agreement
from apps.sla.selectors import standard_of
from apps.sla.services import follow_ups
from apps.tickets.models import Interaction, Ticket
from apps.tickets.services.interactions import end_interaction

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from apps.channels.models import Channel

VISITOR: Final = Actor(kind=ActorKind.SYSTEM, face=Face.CHANNEL)
ENDED: Final = "chat.ended"
"""What the visitor's log says of the end."""

NOTICES: Final[Mapping[str, StrOrPromise]] = {
    "chat_ended_visitor": _("The visitor ended the chat."),
    "chat_ended_agent": _("The chat was ended."),
    "chat_ended_silence": _("The chat ended because the visitor wrote no more."),
    "chat_ended_left": _("The visitor left a message instead of waiting."),
    "chat_ended_gone": _("The chat ended because the visitor was not there any more. The question stays."),
}
BATCH: Final = 100
NOTED_EVERY: Final = timedelta(minutes=5)
"""That a visitor is there is written down so often: pages say it every few seconds."""


_open_session: Final = Prepared(
    lambda conversation: ChatSession.objects.open().filter(conversation_id=conversation), conversation=int
)


def open_session(conversation: ClientConversation) -> ChatSession | None:
    return _open_session.first(conversation=conversation.pk)


def is_away(channel: Channel) -> bool:
    """Outside the hours of the channel's policy. Without a policy there are none."""
    standard = standard_of(channel, now())
    return standard is not None and not standard.is_open


# --- The visitor writes ---------------------------------------------------------------------------------------------


def take_line(submission: Submission, message: ClientMessage) -> Submission:
    """As what a line goes to the desk. The first one of a visit opens it, and one that says so ends the waiting.
    Raises FormIncomplete.
    """
    conversation = message.conversation
    session = open_session(conversation)
    follows = ""
    if session is None:
        follows = _last_word(conversation)
        session = _begin(submission, message)
    else:
        session.silent_at, session.gone_at = None, _gone_at(conversation.channel)
        session.save(update_fields=["silent_at", "gone_at", "updated"])
    if submission.fields.get("leave") is True:
        _leave(conversation, session, submission.fields)
    details = session.details
    fields = {
        "category": details.get("category", ""),
        "follows": follows,
        "visit": _visit_key(session) if session.first_sequence == message.sequence else "",
    }
    return replace(
        submission,
        thread=str(session.pk),
        sender_name=submission.sender_name or details.get("name", ""),
        claims=(*submission.claims, *claims_of(details)),
        fields={name: value for name, value in fields.items() if value},
    )


def _begin(submission: Submission, message: ClientMessage) -> ChatSession:
    conversation, context = message.conversation, submission.fields
    channel = conversation.channel
    full = is_full(channel)
    away = full or is_away(channel)
    details = read_answers(channel, context, is_known=conversation.user_key is not None, is_away=away)
    if page := read_page(context):
        details["page"] = page
    session = ChatSession(
        channel=channel,
        conversation=conversation,
        first_sequence=message.sequence,
        is_away=away,
        left_at=now() if full else None,
        gone_at=_gone_at(channel),
        details=details,
    )
    session.pk = ChatSession._meta.pk.get_pk_value_on_save(session)
    session.thread_key = thread_key(session.pk)
    session.save(force_insert=True)
    return session


def _leave(conversation: ClientConversation, session: ChatSession, context: Mapping[str, Any]) -> None:
    """Who does not want to wait says how to be reached. If somebody is there by now, the chat goes on."""
    said = {**session.details, **{name: value for name, value in context.items() if value}}
    session.details |= read_contact(said, is_known=conversation.user_key is not None)
    session.save(update_fields=["details", "updated"])
    if ChatSession.objects.waiting().filter(pk=session.pk).exists():
        session.left_at = now()
        session.save(update_fields=["left_at", "updated"])
        _close(conversation, session, EndedBy.LEFT)  # on the desk once this line is there


def _last_word(conversation: ClientConversation) -> str:
    """The key of our newest answer after the last visit had ended, or of the first line of one that ended unserved: who
    comes back goes on with its ticket.
    """
    last = ChatSession.objects.filter(conversation=conversation).order_by("-id").first()
    if last is None or last.ended_sequence is None:
        return ""
    late = answers(conversation).filter(sequence__gt=last.ended_sequence).order_by("-sequence").first()
    if late is not None:
        return late.client_key
    return _visit_key(last) if last.ended_by in UNSERVED else ""


def _visit_key(session: ChatSession) -> str:
    return f"chat-visit:{session.pk}"


def note_presence(visits: Mapping[int, ChatSession], conversations: Iterable[ClientConversation]) -> None:
    """Their visitors' pages are open. Whose row somebody writes to at this moment comes next time."""
    due: dict[datetime, list[int]] = {}
    until = {channel: _gone_at(channel) for channel in {conversation.channel for conversation in conversations}}
    for conversation in conversations:
        visit, gone_at = visits.get(conversation.pk), until[conversation.channel]
        if visit and visit.is_open and (visit.gone_at is None or gone_at - visit.gone_at > NOTED_EVERY):
            due.setdefault(gone_at, []).append(visit.pk)
    for gone_at, pks in due.items():
        with transaction.atomic():
            free = ChatSession.objects.open().select_for_update(no_key=True, skip_locked=True)
            ChatSession.objects.filter(pk__in=free.filter(pk__in=pks).values("pk")).update(gone_at=gone_at)


def _gone_at(channel: Channel) -> datetime:
    return now() + timedelta(minutes=int(registry.get(channel.kind).setting(channel, "gone_after_minutes")))


def thread_key(session_id: int) -> bytes:
    return key_of("chat", "session", str(session_id))


# --- The company answers --------------------------------------------------------------------------------------------


def note_answer(message: ClientMessage) -> None:
    """From a person's answer on, it is the visitor's turn."""
    session = open_session(message.conversation)
    if session is None or message.content.get("is_automatic"):
        return
    channel = message.conversation.channel
    minutes = int(registry.get(channel.kind).setting(channel, "end_after_minutes"))
    session.silent_at = now() + timedelta(minutes=minutes)
    session.save(update_fields=["silent_at", "updated"])


# --- The end --------------------------------------------------------------------------------------------------------


@transaction.atomic
def end_by_visitor(conversation: ClientConversation) -> None:
    conversation = locked_conversation(conversation.pk)
    session = open_session(conversation)
    if session is not None:
        _end(conversation, session, EndedBy.VISITOR, by=VISITOR)


@transaction.atomic
def end_of_ticket(ticket_id: int, *, by: Actor) -> None:
    """The desk is done with the ticket: so are its chats."""
    for row in ChatSession.objects.open().of_ticket(ticket_id).order_by("conversation_id"):
        _end_if_open(row, EndedBy.AGENT, by=by)


def end_by_agent(*, ticket: Ticket, by: Actor) -> None:
    """The ticket goes on: who only ends the chat may still have something to do."""
    ticket = Ticket.objects.visible_to(by).get(pk=ticket.pk)
    require(by, "tickets.reply", ticket)
    end_of_ticket(ticket.pk, by=by)


@transaction.atomic
def end_silent() -> int:
    """Those whose visitor did not write again, or is not there any more. Which of several workers does it, the
    conversation's row decides.
    """
    moment = now()
    due = list(ChatSession.objects.due_to_end(moment).order_by("conversation_id")[:BATCH])
    for row in due:
        conversation = locked_conversation(row.conversation_id)
        session = ChatSession.objects.due_to_end(moment).filter(pk=row.pk).first()
        if session is not None:
            ended_by = EndedBy.GONE if session.silent_at is None else EndedBy.SILENCE
            _end(conversation, session, ended_by, by=SYSTEM)
    return len(due)


def _end_if_open(row: ChatSession, ended_by: EndedBy, *, by: Actor) -> None:
    conversation = locked_conversation(row.conversation_id)
    session = ChatSession.objects.open().filter(pk=row.pk).first()
    if session is not None:
        _end(conversation, session, ended_by, by=by)


def _end(conversation: ClientConversation, session: ChatSession, ended_by: EndedBy, *, by: Actor) -> None:
    _close(conversation, session, ended_by)
    _end_on_desk(conversation, session, by=by)


def _close(conversation: ClientConversation, session: ChatSession, ended_by: EndedBy) -> None:
    line = note(conversation, ENDED, key=f"{ENDED}:{session.pk}", reason=ended_by.value)
    session.ended_at, session.ended_by, session.ended_sequence = now(), ended_by, line.sequence
    session.silent_at = None
    session.save(update_fields=["ended_at", "ended_by", "ended_sequence", "silent_at", "updated"])


def _end_on_desk(conversation: ClientConversation, session: ChatSession, *, by: Actor) -> None:
    """Not before the visitor's last line is there: behind the end it would begin another contact."""
    contact: int | None = session.interaction_id
    if contact is not None and not is_underway(conversation, before=session.ended_sequence or 0):
        end_interaction(interaction_id=contact, notice=f"chat_ended_{session.ended_by}", by=by)


@transaction.atomic
def note_arrival(*, interaction_id: int, ticket_id: int, position: int) -> None:
    """A line of the visit has reached the desk. It may have ended meanwhile, or be a message that was left."""
    key = Interaction.objects.filter(pk=interaction_id).values_list("thread_key", flat=True).first()
    row = ChatSession.objects.filter(thread_key=key).first() if key is not None else None
    contact: int | None = row.interaction_id if row is not None else None
    if row is None or (contact is not None and row.is_open and row.left_at is None):
        return
    conversation = locked_conversation(row.conversation_id)
    session = ChatSession.objects.get(pk=row.pk)
    if contact is None:
        session.interaction_id = interaction_id
        session.save(update_fields=["interaction", "updated"])
        note_agreement(session)
    if not session.is_open:
        _end_on_desk(conversation, session, by=SYSTEM)
    if session.left_at is not None:
        follow_ups.note_left(ticket_id=ticket_id, since=session.created, position=position)


def locked_conversation(conversation_id: int) -> ClientConversation:
    rows = ClientConversation.objects.select_for_update(of=("self",), no_key=True).select_related("channel__brand")
    return rows.get(pk=conversation_id)
