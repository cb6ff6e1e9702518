"""What both sides of a conversation have said, as its client reads it: numbered without gaps, and told again on request.

A number is given out under the lock of the conversation's row and becomes visible with its commit, so whoever has read up
to a number never misses one before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation

from apps.channels import registry
from apps.channels.connectors.protocol import cards, clients, files
from apps.channels.connectors.protocol.clients import Client
from apps.channels.connectors.protocol.errors import ClientMessageChanged, TokenRefused
from apps.channels.connectors.submission import Submission, pack
from apps.channels.contract import IdentityClaim, InboundFile, Outbound, VerifiedInput
from apps.channels.enums import DeliveryState, InboundState
from apps.channels.keys import key_of
from apps.channels.models import Channel, ClientConversation, ClientFile, ClientMessage
from apps.channels.services import inbox
from apps.channels.services.outbox import record_receipt
from apps.core import clock, live, throttle
from apps.core.errors import AppError
from apps.core.inserting import insert
from apps.core.prepared import Prepared
from apps.core.together import for_accepted
from apps.core.updating import update_rows

MAX_PAGE: Final = 200
HINT: Final = "conversation"
"""The kind of hint that open sockets get."""

HINTS: Final = "conversations"
"""The group that hears all of them. Which conversation a hint is about stands in it."""

_locked: Final = Prepared(
    lambda pk: (
        ClientConversation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("channel__brand")
        .filter(pk=pk)
    ),
    pk=int,
)
_known: Final = Prepared(
    lambda conversation, key: ClientMessage.objects.filter(conversation_id=conversation, key=key),
    conversation=int,
    key=bytes,
)


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
class Line:
    """What somebody says, who has proved who they are."""

    client: Client
    draft: Draft
    ip: str


@dataclass(frozen=True, slots=True)
class News:
    """What a client does not know yet, oldest first, and how far the conversation is."""

    conversation: ClientConversation
    messages: list[dict[str, Any]]
    has_more: bool


# --- The customer writes --------------------------------------------------------------------------------------------


def say(client: Client, draft: Draft, *, ip: str) -> dict[str, Any]:
    """Takes a message in, once. A repetition gets the answer of the first time; other words under its id are refused."""
    told = say_all([Line(client, draft, ip)])[0]
    if isinstance(told, AppError):
        raise told
    return told


def say_all(lines: Sequence[Line]) -> list[dict[str, Any] | AppError]:
    """The same for many at once: in one transaction, or each in its own where one of them is refused."""
    return for_accepted([_throttled(line) for line in lines], _say_together)


def _say_together(lines: Sequence[Line]) -> Sequence[dict[str, Any] | AppError]:
    try:
        with transaction.atomic():
            return _take_in(lines)
    except AppError as refusal:
        return [refusal] if len(lines) == 1 else [told for line in lines for told in _say_together([line])]


def _throttled(line: Line) -> Line | AppError:
    try:
        _throttle(line.client, line.ip)
    except AppError as refusal:
        return refusal
    return line


def _throttle(client: Client, ip: str) -> None:
    limit = int(registry.get(client.channel.kind).setting(client.channel, "messages_per_minute"))
    minute = timedelta(minutes=1)
    throttle.hit(f"channels.app:{client.channel.pk}:user:{client.conversation.pk}", limit=limit, per=minute)
    # Behind one address there may be a whole office.
    throttle.hit(f"channels.app:{client.channel.pk}:ip:{ip}", limit=limit * 20, per=minute)


def lock(conversation: ClientConversation) -> ClientConversation:
    """The row under which numbers are given out. Raises TokenRefused for one that went on elsewhere."""
    row = _locked.first(pk=conversation.pk)
    if row is None or row.continued_in_id:
        raise TokenRefused
    return row


def _lock_all(lines: Sequence[Line]) -> dict[int, ClientConversation]:
    """In one order, so that those who write at the same time never wait for each other in a circle."""
    if len(lines) == 1:
        row = lock(lines[0].client.conversation)
        return {row.pk: row}
    pks = {line.client.conversation.pk for line in lines}
    rows = ClientConversation.objects.select_for_update(of=("self",), no_key=True).select_related("channel__brand")
    found = {row.pk: row for row in rows.filter(pk__in=pks, continued_in=None).order_by("pk")}
    if found.keys() != pks:
        raise TokenRefused
    return found


def _digest(draft: Draft) -> bytes:
    said: list[Any] = [draft.text, list(draft.attachments), dict(draft.context)]
    if draft.button is not None:
        said.append(dict(draft.button))
    return key_of("said", json.dumps(said, sort_keys=True, ensure_ascii=False))


@dataclass(frozen=True, slots=True)
class _Said:
    """A new line, and what comes with it. `quoted` is the title of the card that it answers."""

    line: Line
    message: ClientMessage
    uploads: Sequence[ClientFile]
    quoted: str


def _take_in(lines: Sequence[Line]) -> list[dict[str, Any]]:
    conversations = _lock_all(lines)
    places = [(line.client.conversation.pk, key_of("own", line.draft.client_message_id)) for line in lines]
    known, new = _known_at(places), list[_Said]()
    for line, (pk, key) in zip(lines, places, strict=True):
        digest = _digest(line.draft)
        message = known.get((pk, key))
        if message is None:
            with _in_its_language(line):
                new.append(_said(line, conversations[pk], key=key, digest=digest))
            known[pk, key] = new[-1].message
        elif bytes(message.digest or b"") != digest:
            raise ClientMessageChanged
    _write([said.message for said in new])
    _hand_in(new)
    return [as_told(conversations[pk], [known[pk, key]])[0] for pk, key in places]


def _known_at(places: Sequence[tuple[int, bytes]]) -> dict[tuple[int, bytes], ClientMessage]:
    """What was said before under these ids of clients, each in its conversation."""
    if len(places) == 1:
        [(conversation, key)] = places
        found = _known(conversation=conversation, key=key)
    else:
        pks, keys = zip(*places, strict=True)
        found = list(ClientMessage.objects.filter(conversation__in=pks, key__in=keys))
    return {(message.conversation_id, bytes(message.key)): message for message in found}


def _in_its_language(line: Line) -> AbstractContextManager[None]:
    """Lines of many languages are taken in together."""
    return translation.override(line.draft.language or translation.get_language())


def _said(line: Line, conversation: ClientConversation, *, key: bytes, digest: bytes) -> _Said:
    draft = line.draft
    uploads = files.take_uploads(conversation, draft.attachments) if draft.attachments else []
    pressed = cards.press(conversation, draft.button) if draft.button is not None else None
    if pressed is not None:
        draft = replace(draft, text=pressed.label)
    content = {
        "client_message_id": draft.client_message_id,
        "text": draft.text,
        "files": [upload.pk for upload in uploads],
        **({"button": dict(draft.button)} if draft.button is not None else {}),
    }
    message = _next(conversation, key=key, digest=digest, is_own=True, content=content)
    return _Said(replace(line, draft=draft), message, uploads, quoted=pressed.title if pressed is not None else "")


def _hand_in(new: Iterable[_Said]) -> None:
    """To the inbox, which is asked once for each channel."""
    items: dict[Channel, list[VerifiedInput]] = {}
    for said in new:
        client, conversation = said.line.client, said.message.conversation
        connector: Any = registry.get(client.channel.kind)
        submission = _submission(client, conversation, said.line.draft, said.uploads)
        with _in_its_language(said.line):
            submission = connector.submitted(replace(submission, quoted=said.quoted), said.message)
        item = VerifiedInput(
            external_id=_external_id(conversation, said.message.sequence),
            order_by=f"conversation:{conversation.pk}",
            payload=pack(submission),
            envelope={"device": client.device, "line": said.message.sequence},
        )
        items.setdefault(client.channel, []).append(item)
    for channel, of_channel in items.items():
        inbox.accept_all(channel=channel, items=of_channel)


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
    known = _known.first(conversation=conversation.pk, key=key)
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
    known = _known.first(conversation=conversation.pk, key=key_of("noted", key))
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
    message = _next(conversation, **fields)
    _write([message])
    return message


def _next(conversation: ClientConversation, **fields: Any) -> ClientMessage:
    conversation.last_sequence += 1
    conversation.updated = clock.now()
    return ClientMessage(conversation=conversation, sequence=conversation.last_sequence, **fields)


def _write(messages: Sequence[ClientMessage]) -> None:
    """With the conversations as they stand by now. Whoever listens hears of it with the commit."""
    conversations = {message.conversation_id: message.conversation for message in messages}
    update_rows(conversations.values(), ("last_sequence", "notify_at", "updated"))
    insert(*messages)
    for message in messages:
        live.hint(HINT, message.conversation_id, message.sequence, groups=[HINTS])


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
