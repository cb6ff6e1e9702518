"""What both sides of a conversation have said, as its client reads it: numbered without gaps, and told again on request.

A number is given out under the lock of the conversation's row and becomes visible with its commit, so whoever has read up
to a number never misses one before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from apps.channels import registry
from apps.channels.connectors.protocol import cards, clients, files
from apps.channels.connectors.protocol.clients import Client
from apps.channels.connectors.protocol.errors import ClientMessageChanged, TokenRefused
from apps.channels.connectors.submission import Submission, pack
from apps.channels.contract import IdentityClaim, InboundFile, Outbound
from apps.channels.enums import DeliveryState, InboundState
from apps.channels.keys import key_of
from apps.channels.models import Channel, ClientConversation, ClientFile, ClientMessage
from apps.channels.services import inbox
from apps.channels.services.outbox import record_receipt
from apps.core import clock, live, throttle

MAX_PAGE: Final = 200
HINT: Final = "conversation"
"""The kind of hint that open sockets get."""

HINTS: Final = "conversations"
"""The group that hears all of them. Which conversation a hint is about stands in it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a client wants to say. `attachments` are public ids of its uploads."""

    client_message_id: str
    text: str = ""
    attachments: Sequence[str] = ()
    button: Mapping[str, int] | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    language: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What a client does not know yet, oldest first, and how far the conversation is."""

    conversation: ClientConversation
    messages: list[dict[str, Any]]
    has_more: bool


# --- The customer writes --------------------------------------------------------------------------------------------


def say(client: Client, draft: Draft, *, ip: str) -> dict[str, Any]:
    """Takes a message in, once. A repetition gets the answer of the first time; other words under its id are refused."""
    _throttle(client, ip)
    with transaction.atomic():
        conversation = lock(client.conversation)
        key, digest = key_of("own", draft.client_message_id), _digest(draft)
        known = conversation.messages.filter(key=key).first()
        if known is None:
            known = _take_in(client, conversation, draft, key, digest)
        elif bytes(known.digest or b"") != digest:
            raise ClientMessageChanged
    return as_told(conversation, [known])[0]


def _throttle(client: Client, ip: str) -> None:
    limit = int(registry.get(client.channel.kind).setting(client.channel, "messages_per_minute"))
    minute = timedelta(minutes=1)
    throttle.hit(f"channels.app:{client.channel.pk}:user:{client.conversation.pk}", limit=limit, per=minute)
    # Behind one address there may be a whole office.
    throttle.hit(f"channels.app:{client.channel.pk}:ip:{ip}", limit=limit * 20, per=minute)


def lock(conversation: ClientConversation) -> ClientConversation:
    """The row under which numbers are given out. Raises TokenRefused for one that went on elsewhere."""
    row = (
        ClientConversation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("channel__brand")
        .filter(pk=conversation.pk)
        .first()
    )
    if row is None or row.continued_in_id:
        raise TokenRefused
    return row


def _digest(draft: Draft) -> bytes:
    said: list[Any] = [draft.text, list(draft.attachments), dict(draft.context)]
    if draft.button is not None:
        said.append(dict(draft.button))
    return key_of("said", json.dumps(said, sort_keys=True, ensure_ascii=False))


def _take_in(
    client: Client, conversation: ClientConversation, draft: Draft, key: bytes, digest: bytes
) -> ClientMessage:
    uploads = files.take_uploads(conversation, draft.attachments)
    pressed = cards.press(conversation, draft.button) if draft.button is not None else None
    if pressed is not None:
        draft = replace(draft, text=pressed.label)
    message = _append(
        conversation,
        key=key,
        digest=digest,
        is_own=True,
        content={
            "client_message_id": draft.client_message_id,
            "text": draft.text,
            "files": [upload.pk for upload in uploads],
            **({"button": dict(draft.button)} if draft.button is not None else {}),
        },
    )
    connector: Any = registry.get(client.channel.kind)
    submission = _submission(client, conversation, draft, uploads)
    if pressed is not None:
        submission = replace(submission, quoted=pressed.title)
    submission = connector.submitted(submission, message)
    inbox.accept(
        channel=client.channel,
        external_id=_external_id(conversation, message.sequence),
        order_by=f"conversation:{conversation.pk}",
        payload=pack(submission),
        envelope={"device": client.device, "line": message.sequence},
    )
    return message


def is_underway(conversation: ClientConversation, *, before: int) -> bool:
    """Whether the client's last line before a number waits in the inbox."""
    rows = conversation.messages.filter(is_own=True, sequence__lt=before).order_by("-sequence")
    last = rows.values_list("sequence", flat=True).first()
    if last is None:
        return False
    row = inbox.accepted_before(channel=conversation.channel, external_id=_external_id(conversation, last))
    return row is not None and row.state == InboundState.RECEIVED


def _external_id(conversation: ClientConversation, sequence: int) -> str:
    return f"{conversation.pk}:{sequence}"


def _submission(
    client: Client, conversation: ClientConversation, draft: Draft, uploads: Iterable[ClientFile]
) -> Submission:
    kind, scope = registry.get(client.channel.kind).identity_kind, client.channel.key
    # What the same person wrote before signing in comes first: the running conversation is with that customer.
    before = [] if client.is_guest else clients.guests_of(conversation)
    return Submission(
        sender=IdentityClaim(kind, client.user_id, scope, verified=True),
        sender_name=client.name,
        claims=(*(IdentityClaim(kind, guest, scope, verified=True) for guest in before), *client.claims),
        language=draft.language,
        text=draft.text,
        thread=str(conversation.pk),
        sent_at=clock.now().isoformat(),
        fields=dict(draft.context),
        files=tuple(
            InboundFile(upload.file.name, upload.file.content_type, b"", stored_id=upload.file_id) for upload in uploads
        ),
    )


# --- The company answers --------------------------------------------------------------------------------------------


@transaction.atomic
def tell(channel: Channel, conversation: ClientConversation, outbound: Outbound) -> ClientMessage:
    """Puts an answer into the conversation, once for its key. From then on it waits for the client."""
    conversation = lock(conversation)
    key = told_key(outbound.client_key)
    known = conversation.messages.filter(key=key).first()
    if known is not None:
        return known
    connector: Any = registry.get(channel.kind)
    grace = int(connector.setting(channel, "away_seconds"))
    conversation.notify_at = conversation.notify_at or clock.now() + timedelta(seconds=grace)
    message = _append(
        conversation,
        key=key,
        is_own=False,
        client_key=outbound.client_key,
        content={
            "text": outbound.text,
            "name": outbound.from_name,
            "is_automatic": outbound.automatic,
            "files": [row.pk for row in files.hand_out(conversation, outbound.attachments)],
            **({"card": cards.as_kept(outbound.card)} if outbound.card is not None else {}),
        },
    )
    connector.answered(message)
    return message


def note(conversation: ClientConversation, event: str, *, key: str, name: str = "", reason: str = "") -> ClientMessage:
    """A line that nobody wrote, such as that a chat has ended. Once for its key, under the conversation's lock.

    `name` is whom it is about, as the client may read it. Clients have words of their own.
    """
    known = conversation.messages.filter(key=key_of("noted", key)).first()
    if known is not None:
        return known
    content = {"text": "", "files": [], "is_automatic": True, "event": event, "name": name, "reason": reason}
    return _append(conversation, key=key_of("noted", key), is_own=False, content=content)


def told(channel: Channel, client_key: str) -> ClientMessage | None:
    """The line that an answer became."""
    return ClientMessage.objects.filter(key=told_key(client_key), conversation__channel=channel).first()


def told_key(client_key: str) -> bytes:
    return key_of("told", client_key)


def _append(conversation: ClientConversation, **fields: Any) -> ClientMessage:
    """The next line, under the conversation's lock."""
    conversation.last_sequence += 1
    conversation.save(update_fields=["last_sequence", "notify_at", "updated"])
    message = ClientMessage(conversation=conversation, sequence=conversation.last_sequence, **fields)
    message.save(force_insert=True)
    live.hint(HINT, conversation.pk, message.sequence, groups=[HINTS])
    return message


def tell_to_look(conversation: ClientConversation) -> None:
    """Something other than a new line has changed."""
    live.hint(HINT, conversation.pk, 0, groups=[HINTS])


# --- The client reads -----------------------------------------------------------------------------------------------


def news(client: Client, *, after: int, limit: int = MAX_PAGE) -> News:
    """What comes after a number: own messages, answers, and what became of them."""
    return news_of_all([(client, after)], limit=limit)[0]


def news_of_all(wanted: Sequence[tuple[Client, int]], *, limit: int = MAX_PAGE) -> list[News]:
    """The same for many at once, each after a number of its own.

    The conversations were read first, with their clients. What commits in between has a higher number than they name, and
    comes next time.
    """
    found = _lines_after([(client.conversation, after) for client, after in wanted], limit + 1)
    return [
        News(client.conversation, as_told(client.conversation, lines[:limit]), has_more=len(lines) > limit)
        for (client, _after), lines in zip(wanted, found, strict=True)
    ]


_AFTER: Final = """
SELECT line.*, asked.place
  FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[]) AS asked (place, conversation, after, until)
 CROSS JOIN LATERAL (
       SELECT * FROM contact_channels_clientmessage
        WHERE conversation_id = asked.conversation AND sequence > asked.after AND sequence <= asked.until
        ORDER BY sequence LIMIT %s) AS line
 ORDER BY asked.place, line.sequence
"""


def _lines_after(wanted: Sequence[tuple[ClientConversation, int]], limit: int) -> list[list[ClientMessage]]:
    """Up to so many lines for each, by one statement."""
    found: list[list[ClientMessage]] = [[] for _ in wanted]
    behind = [
        (place, conversation.pk, after, conversation.last_sequence)
        for place, (conversation, after) in enumerate(wanted)
        if after < conversation.last_sequence
    ]
    if behind:
        columns = [list(column) for column in zip(*behind, strict=True)]
        for line in ClientMessage.objects.raw(_AFTER, [*columns, limit]):
            found[line.place].append(line)  # type: ignore[attr-defined]  # selected beside the columns
    return found


def as_told(conversation: ClientConversation, messages: Sequence[ClientMessage]) -> list[dict[str, Any]]:
    """Messages as the protocol writes them. Nothing else of the desk's side ever stands in them."""
    wanted = {pk for message in messages for pk in message.content["files"]}
    found = ClientFile.objects.filter(pk__in=wanted, conversation=conversation).select_related("file") if wanted else ()
    by_pk = {row.pk: row for row in found}
    return [_message(conversation, message, by_pk) for message in messages]


def _message(
    conversation: ClientConversation, message: ClientMessage, by_pk: Mapping[int, ClientFile]
) -> dict[str, Any]:
    content = message.content
    told_files = [files.as_told(by_pk[pk]) for pk in content["files"] if pk in by_pk]
    return {
        "id": message.public_id,
        "sequence": message.sequence,
        "client_message_id": content.get("client_message_id"),
        "sender": "customer" if message.is_own else "automatic" if content.get("is_automatic") else "agent",
        "name": content.get("name", ""),
        "text": content["text"],
        "attachments": told_files,
        "created": message.created.isoformat(),
        "state": _state(conversation, message),
        **{name: content[name] for name in ("event", "reason", "button") if content.get(name)},
        **({"card": cards.as_told(content, told_files)} if "card" in content else {}),
    }


def _state(conversation: ClientConversation, message: ClientMessage) -> str:
    if message.is_own:
        return "accepted"
    if message.sequence <= conversation.read_sequence:
        return str(DeliveryState.READ)
    return str(DeliveryState.DELIVERED if message.sequence <= conversation.delivered_sequence else DeliveryState.SENT)


# --- The client has it ----------------------------------------------------------------------------------------------


@transaction.atomic
def acknowledge(client: Client, *, delivered: int = 0, read: int = 0) -> ClientConversation:
    """The client has, and its user has seen, everything up to these numbers. They only ever rise."""
    conversation = lock(client.conversation)
    old_delivered, old_read = conversation.delivered_sequence, conversation.read_sequence
    conversation.read_sequence = max(old_read, min(read, conversation.last_sequence))
    conversation.delivered_sequence = max(
        old_delivered, min(delivered, conversation.last_sequence), conversation.read_sequence
    )
    if (conversation.delivered_sequence, conversation.read_sequence) == (old_delivered, old_read):
        return conversation
    if not waiting(conversation).exists():
        conversation.notify_at = None
    conversation.save(update_fields=["delivered_sequence", "read_sequence", "notify_at", "updated"])
    _record_receipts(conversation, old_delivered, old_read)
    tell_to_look(conversation)
    return conversation


def waiting(conversation: ClientConversation) -> QuerySet[ClientMessage]:
    """Answers that no client has yet."""
    return answers(conversation).filter(sequence__gt=conversation.delivered_sequence)


def answers(conversation: ClientConversation) -> QuerySet[ClientMessage]:
    """What was handed over to the client: not its own lines, and not those that nobody wrote."""
    return conversation.messages.filter(is_own=False).exclude(client_key="")


def _record_receipts(conversation: ClientConversation, old_delivered: int, old_read: int) -> None:
    """Reading says as much as having, so what is read is told once."""
    delivered, read = conversation.delivered_sequence, conversation.read_sequence
    steps = ((DeliveryState.READ, old_read, read), (DeliveryState.DELIVERED, max(old_delivered, read), delivered))
    for state, after, until in steps:
        rows = answers(conversation).filter(sequence__gt=after, sequence__lte=until)
        for client_key in rows.order_by("sequence").values_list("client_key", flat=True):
            record_receipt(channel=conversation.channel, state=state, client_key=client_key)
