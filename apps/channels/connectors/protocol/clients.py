"""Who speaks to us through an app, and which conversation is theirs.

A user is whom a signed token names. A guest is whoever holds a secret that we gave out; only its hash lies here. A guest
who signs in proves both at once, and what they wrote becomes the user's.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from apps.channels import registry
from apps.channels.connectors.protocol.errors import TokenRefused
from apps.channels.connectors.protocol.tokens import GUEST, Proof, read_token
from apps.channels.contract import IdentityClaim
from apps.channels.keys import key_of
from apps.channels.models import Channel, ClientConversation
from apps.core import clock, throttle
from apps.core.errors import Unavailable
from apps.core.ids import read_public_id
from apps.core.inserting import insert_unless_there
from apps.core.prepared import Prepared

GUEST_TOKEN: Final = "guest_"  # noqa: S105 (how such a token begins)
GUEST_LIFE: Final = timedelta(days=90)
"""Of a secret that is not used; each day of use begins it anew."""

_of_user: Final = Prepared(lambda key: ClientConversation.objects.filter(user_key=key), key=bytes)
_of_guest: Final = Prepared(
    lambda channel, key: ClientConversation.objects.filter(channel_id=channel, guest_key=key), channel=int, key=bytes
)
"""Asked by every call and every command."""

MAX_TOKEN: Final = 8192
BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody who has proved who they are, for one request or one look of a socket."""

    channel: Channel
    conversation: ClientConversation
    user_id: str
    is_guest: bool
    name: str = ""
    device: str = ""
    claims: tuple[IdentityClaim, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says by itself, before anything is looked up: `proof` of a user, None of a guest."""

    channel: Channel
    key: bytes
    proof: Proof | None


def identify(channel: Channel, token: str) -> Client:
    """Raises TokenRefused."""
    said = claim(channel, token)
    if said.proof is None:
        return client_of(said, _of_guest.first(channel=channel.pk, key=said.key))
    return client_of(said, _of_user.first(key=said.key))


def claim(channel: Channel, token: str) -> Claim:
    """Raises TokenRefused for what can be nobody's."""
    if token.startswith(GUEST_TOKEN):
        return Claim(channel, _guest_key(channel, token), None)
    proof = read_token(token, channel)
    return Claim(channel, user_key(channel, proof.user_id), proof)


def conversations_of(claims: Iterable[Claim]) -> dict[bytes, ClientConversation]:
    """By the keys of the claims; one statement for any number of them."""
    guests, users = set[bytes](), set[bytes]()
    for said in claims:
        (guests if said.proof is None else users).add(said.key)
    rows = ClientConversation.objects.filter(Q(guest_key__in=guests) | Q(user_key__in=users)) if guests or users else ()
    return {bytes(key): row for row in rows for key in (row.guest_key, row.user_key) if key}


def client_of(said: Claim, found: ClientConversation | None) -> Client:
    """By the conversation that was found for the claim. Raises TokenRefused."""
    return _guest(said.channel, found) if said.proof is None else _user(said.channel, said.proof, found)


# --- Users --------------------------------------------------------------------------------------------------------


def _user(channel: Channel, proof: Proof, found: ClientConversation | None) -> Client:
    return Client(
        channel=channel,
        conversation=found or _conversation_of(channel, proof.user_id),
        user_id=proof.user_id,
        is_guest=False,
        name=proof.name,
        device=proof.device,
        claims=proof.claims,
        expires_at=proof.expires_at,
    )


def _conversation_of(channel: Channel, user_id: str) -> ClientConversation:
    """Made when its user is first seen; of any number who see them at once, one makes it."""
    key = user_key(channel, user_id)
    made = ClientConversation(channel=channel, user_key=key, user_id=user_id)
    return made if insert_unless_there(made) else ClientConversation.objects.get(user_key=key)


def user_key(channel: Channel, user_id: str) -> bytes:
    return key_of("app", "user", str(channel.pk), user_id)


# --- Guests -------------------------------------------------------------------------------------------------------


def welcome_guest(channel: Channel, *, ip: str) -> tuple[Client, str]:
    """A new guest and the secret by which they come back. Raises TokenRefused where guests are not welcome."""
    connector = registry.get(channel.kind)
    if not connector.setting(channel, "takes_guests"):
        raise TokenRefused
    limit = int(connector.setting(channel, "hourly_guests_per_network"))
    throttle.hit(f"channels.app:{channel.pk}:guests:{ip}", limit=limit, per=timedelta(hours=1))
    token = GUEST_TOKEN + secrets.token_urlsafe(32)
    conversation = ClientConversation(
        channel=channel, guest_key=_guest_key(channel, token), guest_until=clock.now() + GUEST_LIFE
    )
    conversation.save(force_insert=True)
    return _as_guest(channel, conversation), token


def _guest(channel: Channel, conversation: ClientConversation | None) -> Client:
    if conversation is None or not _is_current(conversation):
        raise TokenRefused
    if conversation.user_key or conversation.continued_in_id:
        raise TokenRefused  # who has signed in since speaks as the user
    if not registry.get(channel.kind).setting(channel, "takes_guests"):
        raise TokenRefused
    _prolong(conversation)
    return _as_guest(channel, conversation)


def _is_current(conversation: ClientConversation) -> bool:
    return conversation.guest_until is not None and conversation.guest_until > clock.now()


def _prolong(conversation: ClientConversation) -> None:
    until = clock.now() + GUEST_LIFE
    if conversation.guest_until is None or until - conversation.guest_until > timedelta(days=1):
        conversation.guest_until = until
        conversation.save(update_fields=["guest_until", "updated"])


def _as_guest(channel: Channel, conversation: ClientConversation) -> Client:
    return Client(channel, conversation, guest_id(conversation), is_guest=True, expires_at=conversation.guest_until)


def guest_id(conversation: ClientConversation) -> str:
    return f"{GUEST}{conversation.public_id}"


def _guest_key(channel: Channel, token: str) -> bytes:
    if len(token) > MAX_TOKEN:
        raise TokenRefused
    return key_of("app", "guest", str(channel.pk), token)


def forget_silent_guests() -> int:
    """Those who never wrote and did not come back."""
    due = ClientConversation.objects.filter(user_key=None, guest_until__lt=clock.now(), last_sequence=0)
    silent = due.filter(files=None, continues=None).order_by("pk").values("pk")[:BATCH]
    deleted, _by_model = ClientConversation.objects.filter(pk__in=silent).delete()
    return deleted


# --- A guest signs in ---------------------------------------------------------------------------------------------


@transaction.atomic
def adopt_guest(client: Client, token: str) -> ClientConversation:
    """What the guest wrote becomes the user's; returns the conversation that the user has from now on.

    Where the user has one already, it goes on, and the guest's leads there. Either way the secret opens nothing any more.
    Whoever asks again gets the same answer.
    """
    guest = _of_guest.first(channel=client.channel.pk, key=_guest_key(client.channel, token))
    if client.is_guest or guest is None or not _is_current(guest):
        raise TokenRefused
    own, guest = _locked_both(client.conversation, guest)
    if guest.pk == own.pk or guest.continued_in_id == own.pk:
        return own
    if guest.user_key or guest.continued_in_id:
        raise TokenRefused  # somebody else's by now
    if own.last_sequence == 0 and guest.last_sequence > 0 and not own.continues.exists():
        return _take_over(own, guest)
    return _go_on(own, guest)


def _locked_both(own: ClientConversation, guest: ClientConversation) -> tuple[ClientConversation, ClientConversation]:
    pks = [own.pk, guest.pk]
    rows = ClientConversation.objects.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk")
    found = {row.pk: row for row in rows}
    if len(found) < len(set(pks)):
        raise Unavailable  # somebody signs in with another guest at this moment
    return found[own.pk], found[guest.pk]


def _take_over(own: ClientConversation, guest: ClientConversation) -> ClientConversation:
    """The user had nothing yet: theirs is the guest's."""
    key, user_id = own.user_key, own.user_id
    own.files.update(conversation=guest)
    own.delete()
    guest.user_key, guest.user_id = key, user_id
    guest.save(update_fields=["user_key", "user_id", "updated"])
    return guest


def _go_on(own: ClientConversation, guest: ClientConversation) -> ClientConversation:
    """The user's own conversation stays. Answers that the guest has not got yet come along, or nobody would ever get them."""
    waiting = guest.messages.filter(is_own=False, sequence__gt=guest.delivered_sequence).order_by("sequence")
    for message in waiting:
        own.last_sequence += 1
        guest.files.filter(pk__in=message.content["files"]).update(conversation=own)
        message.conversation, message.sequence = own, own.last_sequence
        message.save(update_fields=["conversation", "sequence"])
    own.notify_at, guest.notify_at = own.notify_at or guest.notify_at, None
    own.save(update_fields=["last_sequence", "notify_at", "updated"])
    guest.continued_in = own
    guest.save(update_fields=["continued_in", "notify_at", "updated"])
    return own


def guests_of(conversation: ClientConversation) -> list[str]:
    """The handles under which a user wrote before signing in."""
    before = [conversation] if conversation.guest_key and conversation.user_key else []
    before += conversation.continues.filter(last_sequence__gt=0).order_by("-pk")[:3]
    return [guest_id(row) for row in before]


# --- Where an answer goes -----------------------------------------------------------------------------------------


def conversation_to(channel: Channel, user_id: str) -> ClientConversation | None:
    """By the handle of its user or guest; a guest who signed in is found where they went on."""
    rows = ClientConversation.objects.select_related("continued_in").filter(channel=channel)
    if not user_id.startswith(GUEST):
        return rows.filter(user_key=user_key(channel, user_id)).first()
    pk = read_public_id(ClientConversation, user_id.removeprefix(GUEST))
    found = rows.filter(pk=pk).first() if pk is not None else None
    return found if found is None else found.continued_in or found
