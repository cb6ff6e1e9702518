"""On which channels an answer to a ticket can go out, where it would go, and why not. Known before typing, not after
failing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Max, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.channels import registry
from apps.channels.contract import Capabilities, Connector, Content, Outbound
from apps.channels.errors import UnknownConnector
from apps.channels.models import Channel
from apps.channels.uses import purposes_of
from apps.core.clock import now
from apps.core.models import StoredFile
from apps.customers.models import Identity
from apps.privacy.enums import Purpose
from apps.privacy.errors import UseNotAllowed
from apps.tickets.errors import CustomerRestricted
from apps.tickets.models import Interaction, Message, Ticket
from apps.tickets.selectors.recipients import Addressing, Participant, addressing, own_addresses, recipient_token
from apps.tickets.selectors.rendering import View
from apps.tickets.selectors.vocabulary import vocabulary

_CONTENT: Final = {
    Content.IMAGE: gettext_lazy("pictures"),
    Content.VOICE: gettext_lazy("voice"),
    Content.VIDEO: gettext_lazy("videos"),
    Content.FILE: gettext_lazy("files"),
}


PUBLIC_MARK: Final = "-public"


def route_key(channel_id: int | None, *, is_public: bool) -> str:
    """Names a way in forms: a channel may have one that is public and one that is not."""
    return f"{channel_id}{PUBLIC_MARK}" if is_public else str(channel_id or "")


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person an answer can go to. `token` stands for the address in forms; `label` is how the viewer may see it."""

    token: str
    label: str
    is_customer: bool


@dataclass(frozen=True, slots=True)
class ReplyRoute:
    """One way out. `refusal` says why it cannot be used now; it is empty when it can."""

    channel_id: int
    channel_key: str
    channel_label: str
    icon: str
    kind: str
    to: tuple[Recipient, ...]
    cc_all: tuple[Recipient, ...]
    """Whom "reply all" adds."""
    known: tuple[Recipient, ...]
    has_subject: bool
    has_copies: bool
    html: bool
    counts_segments: bool
    attachments: bool
    has_cards: bool
    max_length: int | None
    window_ends_at: datetime | None
    replies_left: int | None
    refusal: str
    is_default: bool
    is_public: bool
    """Whether everybody reads the answer, under the customer's comment."""

    @property
    def key(self) -> str:
        return route_key(self.channel_id, is_public=self.is_public)


@dataclass(frozen=True, slots=True)
class Contact:
    """What a platform counts by: the person's last message on this channel, and ours since, over all their tickets."""

    last_inbound_at: datetime | None
    replies: int


@dataclass(frozen=True, slots=True)
class Way:
    """As `ReplyRoute`, with raw addresses: for services."""

    channel: Channel
    connector: Connector
    interaction: Interaction | None
    addressing: Addressing
    contact: Contact | None = None
    identity: Identity | None = None
    """The customer's handle there, where no conversation on this ticket has one yet."""
    is_opted_out: bool = False
    is_restricted: bool = False
    """The customer asked that nothing be done with their data."""
    denied: str = ""
    """The use of their data that this way needs and they have not allowed, in the reader's words."""
    is_public: bool = False
    """Under the customer's comment, where everybody reads it."""
    has_comments: bool = False
    """The customer comments in public on this ticket, so that each answer has to say whether everybody reads it."""
    leaves_comments: bool = False
    """And was never met on this channel there."""

    @property
    def comment(self) -> str:
        """The platform's id of the comment that it answers, publicly or as its private answer; else ""."""
        return self.interaction.comment if self.interaction is not None else ""

    @property
    def post(self) -> str:
        """The platform's id of what that comment stands under."""
        return str((self.interaction.post or {}).get("id", "")) if self.interaction is not None else ""

    @property
    def able(self) -> Capabilities:
        """What this way carries, which on one channel differs between what everybody reads and what nobody else does."""
        able = self.connector.capabilities
        if self.is_under_post:
            return (able.public if self.is_public else able.private_reply) or able
        return able

    @property
    def window(self) -> timedelta | None:
        return self.able.reply_window if self.is_under_post else self.connector.reply_window_on(self.channel)

    @property
    def is_under_post(self) -> bool:
        """Whether it answers a comment, before everybody or in private."""
        return self.interaction is not None and self.interaction.is_public


def ways(
    ticket: Ticket,
    interactions: Sequence[Interaction],
    messages: Sequence[Message],
    identities: Sequence[Identity],
    *,
    is_restricted: bool,
    denied: Collection[Purpose],
) -> list[Way]:
    """The newest interaction's channel first, then the others of the ticket, then wherever else the customer is reached:
    where we may write first, and where they wrote on another ticket, as long as that channel still takes an answer or
    says why not.

    So a ticket from a form, which cannot carry an answer, is answered by mail. A public comment is answered where it
    stands, or in private; of the two that comes first in which the customer wrote last.
    """
    words = vocabulary()
    own = own_addresses(words.channels.values())
    latest: dict[tuple[int, bool], Interaction] = {}
    for interaction in interactions:
        latest.setdefault((interaction.channel_id, interaction.is_public), interaction)
    order = [pk for pk in dict.fromkeys([*(pk for pk, _is_public in latest), ticket.channel_id]) if pk]

    def way(channel: Channel | None, *, is_public: bool = False) -> Way | None:
        running = latest.get((channel.pk, is_public)) if channel is not None else None
        return _way(channel, running, ticket, messages, identities, own)

    def ways_on(channel: Channel | None) -> list[Way]:
        plain = way(channel)
        if plain is None or channel is None or (channel.pk, True) not in latest:
            return [] if plain is None else [plain]
        return _ways_of_comment(plain, way(channel, is_public=True))

    found = [row for channel_id in order for row in ways_on(words.channels.get(channel_id))]
    others = [
        row
        for channel in words.channels.values()
        if channel.is_active and channel.pk not in order and (row := way(channel)) is not None and _reaches(row)
    ]
    others.sort(key=_price)
    if any(is_public for _pk, is_public in latest):
        found = [replace(row, has_comments=True) for row in found]
        others = [replace(row, has_comments=True, leaves_comments=True) for row in others]
    of_brand = [row for row in others if row.channel.brand_id == ticket.brand_id]
    found += of_brand or (others if not found else [])
    return [limited(row, is_restricted, denied) for row in found]


def limited(way: Way, is_restricted: bool, denied: Collection[Purpose]) -> Way:
    """By what the customer asked for and allows."""
    missing = sorted(str(purpose.label) for purpose in purposes_of(way.channel) if purpose in denied)
    return replace(way, is_restricted=is_restricted, denied=", ".join(missing)) if missing or is_restricted else way


def _ways_of_comment(plain: Way, of_comment: Way | None) -> list[Way]:
    """In public, and in private: like anything else, or by the private answer that the platform allows for a comment as
    long as they did not write in private themselves.
    """
    able = plain.connector.capabilities
    if of_comment is None or not plain.connector.answers_publicly_on(plain.channel):
        return [plain]
    public, private = replace(of_comment, is_public=True, contact=None), plain
    if able.private_reply is not None and refusal_of(plain):
        private = plain if refusal_of(of_comment) and _has_written(plain) else of_comment
    return [private, public] if _wrote_later(plain, of_comment) else [public, private]


def _wrote_later(plain: Way, of_comment: Way) -> bool:
    moments = [None if way.interaction is None else way.interaction.last_inbound_at for way in (plain, of_comment)]
    return moments[0] is not None and (moments[1] is None or moments[0] > moments[1])


def _reaches(way: Way) -> bool:
    """Whether it is a way to this customer at all, open now or not."""
    return bool(way.addressing.to) and (way.connector.capabilities.can_start or _has_written(way))


def _price(way: Way) -> tuple[bool, bool, bool]:
    """Mail costs nothing, nor does an answer where the customer wrote; a text message does. What is shut comes last."""
    able = way.connector.capabilities
    return bool(refusal_of(way)), able.counts_segments, not able.has_copies


def way_to(ticket: Ticket, kind: str, value: str) -> Way | None:
    """How one handle is reached, whoever it belongs to: on a channel of the ticket's brand, or else on any.

    Never on a page for the conversation, which opens for handles that are the customer's already.
    """
    to = Addressing(to=(Participant(value),))
    found = [
        Way(channel, connector, None, to)
        for channel in vocabulary().channels.values()
        if channel.is_active
        and (connector := _connector_of(channel)) is not None
        and connector.identity_kind == kind
        and connector.sends_on(channel)
        and connector.capabilities.can_start
        and not connector.shows_conversation
    ]
    return min(found, key=lambda way: way.channel.brand_id != ticket.brand_id, default=None)


def _connector_of(channel: Channel) -> Connector | None:
    try:
        return registry.get(channel.kind)
    except UnknownConnector:
        return None


def _way(
    channel: Channel | None,
    interaction: Interaction | None,
    ticket: Ticket,
    messages: Sequence[Message],
    identities: Sequence[Identity],
    own: frozenset[str],
) -> Way | None:
    if channel is None:
        return None
    connector = _connector_of(channel)
    if connector is None or not connector.sends_on(channel):
        return None
    reach = _reach(channel, connector, interaction, ticket, messages, identities, own)
    identity = _identity(channel, connector, reach, identities)
    return Way(
        channel,
        connector,
        interaction,
        reach,
        _contact(channel, connector, interaction, identity),
        identity,
        is_opted_out=identity is not None and identity.opted_out_at is not None,
    )


def _identity(
    channel: Channel, connector: Connector, reach: Addressing, identities: Sequence[Identity]
) -> Identity | None:
    """Which of the customer's handles the answer would go to."""
    kind, scope = connector.identity_kind, connector.identity_scope(channel)
    chosen = {person.address for person in reach.to}
    return next(
        (row for row in identities if row.kind == kind and (not scope or row.scope == scope) and row.value in chosen),
        None,
    )


def _reach(
    channel: Channel,
    connector: Connector,
    interaction: Interaction | None,
    ticket: Ticket,
    messages: Sequence[Message],
    identities: Sequence[Identity],
    own: frozenset[str],
) -> Addressing:
    """Only handles that this channel's account issued count, and only messages whose addresses are of its kind: an
    openid is no phone number. Where nobody is chosen, the answer goes to whoever wrote in this conversation.
    """
    kind, scope = connector.identity_kind, connector.identity_scope(channel)
    reachable = [
        row
        for row in identities
        if (not scope or row.scope == scope) and not (connector.shows_conversation and row.is_claimed)
    ]
    alike = [message for message in messages if _kind_of_addresses(message) in ("", kind)]
    found = addressing(ticket, kind, alike, reachable, own)
    writer = (
        None if interaction is None else next((row for row in reachable if row.pk == interaction.identity_id), None)
    )
    if connector.capabilities.has_copies or writer is None or writer.kind != kind:
        return found
    return replace(found, to=(Participant(writer.value, is_customer=True),))


def _kind_of_addresses(message: Message) -> str:
    """The kind of handle that stands on a message; "" where its channel has none of its own, as a form."""
    channel = vocabulary().channels.get(message.channel_id) if message.channel_id else None
    connector = None if channel is None else _connector_of(channel)
    return "" if connector is None else connector.identity_kind


def _contact(
    channel: Channel, connector: Connector, interaction: Interaction | None, identity: Identity | None
) -> Contact | None:
    """By the handle that wrote in this conversation; without one, by the customer's handle on this channel."""
    if interaction is not None and interaction.is_public:
        return Contact(interaction.commented_at, interaction.private_replies)
    able = connector.capabilities
    is_counted = able.reply_window is not None or able.quota is not None
    if interaction is None:
        is_asked = identity is not None and (is_counted or not able.can_start)
        return _contact_of(channel, identity.pk) if is_asked and identity is not None else None
    if not is_counted:
        return None
    own = Contact(interaction.last_inbound_at, interaction.replies_since_inbound)
    if not interaction.identity_id:
        return own
    others = _contact_of(channel, interaction.identity_id, besides=interaction)
    moments = [moment for moment in (own.last_inbound_at, others.last_inbound_at) if moment is not None]
    return Contact(max(moments, default=None), own.replies + others.replies)


def _contact_of(channel: Channel, identity_id: int, besides: Interaction | None = None) -> Contact:
    rows = Interaction.objects.filter(channel=channel, identity_id=identity_id, post__isnull=True)
    others = rows if besides is None else rows.exclude(pk=besides.pk)
    sums = others.aggregate(last=Max("last_inbound_at"), replies=Sum("replies_since_inbound"))
    return Contact(sums["last"], sums["replies"] or 0)


def refusal_of(way: Way) -> str:
    able = way.able
    if not way.channel.is_active:
        return _("This channel is switched off.")
    if way.is_restricted:
        return str(CustomerRestricted.message)
    if way.denied:
        return str(UseNotAllowed.message) % {"purpose": way.denied}
    if way.is_opted_out:
        return _("The customer does not want to be written to there.")
    if way.is_under_post and not way.comment:
        return _("There is no comment left to answer; it was removed.")
    if not way.is_public and not way.addressing.to and (able.has_copies or way.connector.identity_kind):
        return _("No address of the customer is known on this channel.")
    if able.reply_window is not None and not able.can_start and not _has_written(way):
        return _("The customer has to write first on this channel.")
    ends = window_end(way)
    if ends is not None and ends <= now():
        return _("The time in which this channel allows an answer is over.")
    left = replies_left(way)
    if left is not None and left <= 0:
        return _("This channel allows no further answer until the customer writes again.")
    return ""


def refusal_of_content(way: Way, outbound: Outbound) -> str:
    """Why this very answer cannot go out on a way that is open, or ""."""
    able = way.able
    if outbound.card is not None and Content.CARD not in able.sends:
        return _("This channel carries no cards.")
    if able.max_length is not None and len(outbound.text) > able.max_length:
        return _("This channel carries at most %(limit)s characters.") % {"limit": able.max_length}
    if len(outbound.attachments) > able.max_attachments:
        return _("This channel carries at most %(limit)s files.") % {"limit": able.max_attachments}
    for stored in StoredFile.objects.filter(pk__in=outbound.attachments) if able.media or not able.attachments else ():
        if not able.carries(stored.content_type, stored.size):
            return _("This channel does not carry the file “%(name)s”: %(reason)s") % {
                "name": stored.name,
                "reason": _what_is_carried(able),
            }
    parts, left = len(way.connector.parts(outbound, way.channel)), replies_left(way)
    if left is not None and parts > left:
        return _(
            "This answer is %(parts)s messages, and the channel takes %(left)s more until the customer writes again."
        ) % {"parts": parts, "left": left}
    return ""


def _what_is_carried(able: Capabilities) -> str:
    if not able.attachments:
        return _("it carries no files.")
    kinds = [f"{_CONTENT[media.content]} ≤ {media.max_bytes // (1024 * 1024) or 1} MB" for media in able.media]
    return _("it carries %(kinds)s.") % {"kinds": ", ".join(kinds)}


def _has_written(way: Way) -> bool:
    return way.contact is not None and way.contact.last_inbound_at is not None


def undo_time(channel: Channel) -> timedelta:
    """How long an answer waits before it leaves, so that it can be taken back: not where the customer waits for it."""
    is_live = registry.get(channel.kind).capabilities.is_live
    return timedelta(0) if is_live else timedelta(seconds=settings.TICKETS_UNDO_SECONDS)


def window_end(way: Way) -> datetime | None:
    window = way.window
    if window is None or way.contact is None or way.contact.last_inbound_at is None:
        return None
    return way.contact.last_inbound_at + window


def replies_left(way: Way) -> int | None:
    quota = way.able.quota
    return None if quota is None or way.contact is None else max(0, quota - way.contact.replies)


def reply_routes(
    ticket: Ticket,
    view: View,
    interactions: Sequence[Interaction],
    messages: Sequence[Message],
    identities: Sequence[Identity],
    *,
    is_restricted: bool,
    denied: Collection[Purpose],
) -> list[ReplyRoute]:
    """What can be used now first: where an answer goes by itself. What cannot says why."""
    found = ways(ticket, interactions, messages, identities, is_restricted=is_restricted, denied=denied)
    found.sort(key=lambda way: bool(refusal_of(way)))
    return [_route(ticket, view, way, is_default=place == 0) for place, way in enumerate(found)]


def _route(ticket: Ticket, view: View, way: Way, *, is_default: bool) -> ReplyRoute:
    able = way.able
    return ReplyRoute(
        channel_id=way.channel.pk,
        channel_key=way.channel.key,
        channel_label=str(way.channel.name),
        icon=way.connector.icon,
        kind=way.channel.kind,
        to=_recipients(ticket, view, way.addressing.to),
        cc_all=_recipients(ticket, view, way.addressing.cc_all),
        known=_recipients(ticket, view, way.addressing.known),
        has_subject=able.has_subject,
        has_copies=able.has_copies,
        html=able.html,
        counts_segments=able.counts_segments,
        attachments=able.attachments,
        has_cards=Content.CARD in able.sends,
        max_length=able.max_length,
        window_ends_at=window_end(way),
        replies_left=replies_left(way),
        refusal=refusal_of(way),
        is_default=is_default,
        is_public=way.is_public,
    )


def _recipients(ticket: Ticket, view: View, people: Sequence[Participant]) -> tuple[Recipient, ...]:
    return tuple(
        Recipient(recipient_token(ticket, person.address), view.person(person.name, person.address), person.is_customer)
        for person in people
    )
