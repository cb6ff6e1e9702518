"""What a connector is, and the neutral shapes that pass between it and the rest of the contact center.

A connector knows one kind of platform. The frame around it (`services.inbox`, `services.outbox`, `listen`)
stores, orders, retries, fences and shows; a connector only verifies, parses, sends, asks and fetches.
None of its methods is called inside a transaction, and none may open a conversation or a ticket by itself.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from apps.channels.enums import DeliveryState, FailureKind, Region
from apps.channels.errors import InputRefused, NothingToPoll

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django_stubs_ext import StrOrPromise

    from apps.channels.models import Channel, Delivery, InboundEvent


class Arrival(StrEnum):
    """How input of a platform reaches us."""

    NONE = "none"
    """By hand or not at all."""
    PUSH = "push"
    """The platform calls us; the call is the input."""
    PULL = "pull"
    """We ask (mail)."""
    HINT_THEN_PULL = "hint_then_pull"
    """The platform calls to say that there is something to ask for."""
    STREAM = "stream"
    """We hold a connection open, and input comes over it."""

    @property
    def is_fetched(self) -> bool:
        """Whether `listen` and the fallback sweep have work with it."""
        return self in {Arrival.PULL, Arrival.HINT_THEN_PULL, Arrival.STREAM}


class SettingType(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    FLAG = "flag"
    CHOICE = "choice"
    EMAIL = "email"
    HOST = "host"
    URL = "url"
    """Where a platform or a gateway of ours is called: http or https."""
    LIST = "list"
    """Several short texts, one a line."""
    TRANSLATED = "translated"
    """A text in each language: an object by language code."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing a manager fills in for a channel. Secret ones are stored encrypted and never shown again."""

    key: str
    label: StrOrPromise
    type: SettingType = SettingType.TEXT
    secret: bool = False
    required: bool = False
    default: Any = None
    choices: tuple[tuple[str, StrOrPromise], ...] = ()
    help: StrOrPromise = ""
    minimum: int | None = None
    maximum: int | None = None


class Content(StrEnum):
    """What a message can be made of."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    FILE = "file"
    LOCATION = "location"
    LINK = "link"
    CARD = "card"
    """A page of a mini program, a product, a menu: something with a title that opens elsewhere."""
    TEMPLATE = "template"


class CaseState(StrEnum):
    """How a case stands, for who handed it over and does not see the ticket."""

    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    RETURNED = "returned"
    """Given back unsolved."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Media:
    """A sort of file that a platform takes from us."""

    content: Content
    max_bytes: int
    types: tuple[str, ...] = ()
    """Content types; one that ends in "/" stands for all below it; none means any."""

    def carries(self, content_type: str, size: int) -> bool:
        fits = not self.types or any(
            content_type.startswith(known) if known.endswith("/") else content_type == known for known in self.types
        )
        return fits and size <= self.max_bytes


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the platform carries, so that the composer can say no before typing, not after failing."""

    can_receive: bool = True
    can_send: bool = True
    can_start: bool = False
    """Whether we may write first, to somebody who never wrote."""
    reconciles: bool = False
    """Whether `reconcile` can find out what became of a message whose outcome is unknown."""
    has_subject: bool = False
    has_copies: bool = False
    """To, CC and BCC."""
    has_receipts: bool = False
    is_live: bool = False
    """Whether the customer waits in front of it: an answer leaves at once, and with it the chance to take it back."""
    hears_states: bool = False
    """Whether the other side is told how its case stands (`Outbound.case_state`)."""
    html: bool = False
    counts_segments: bool = False
    """Whether a text is paid for by the messages of a phone network that it takes."""
    max_length: int | None = None
    attachments: bool = True
    max_attachments: int = 20
    max_attachment_bytes: int = 25 * 1024 * 1024
    reply_window: timedelta | None = None
    """How long after the customer's last message we may answer; None means always."""
    quota: int | None = None
    """How many messages the platform takes until the customer writes again; None means any number. A long text and
    each file may be messages of their own, see `Connector.parts`.
    """
    receives: frozenset[Content] = frozenset({Content.TEXT, Content.FILE})
    sends: frozenset[Content] = frozenset({Content.TEXT, Content.FILE})
    media: tuple[Media, ...] = ()
    """Which files can be sent; none given means whatever the limits above allow."""
    public: Capabilities | None = None
    """What an answer under a public comment carries; None where customers do not comment."""
    private_reply: Capabilities | None = None
    """What a private answer to a public comment carries, where the platform limits it in its own way; None where it is
    like any other.
    """

    def media_for(self, content_type: str, size: int) -> Media | None:
        """As what a file goes out, or None when it cannot."""
        return next((media for media in self.media if media.carries(content_type, size)), None)

    def carries(self, content_type: str, size: int) -> bool:
        if not self.attachments:
            return False
        return not self.media or self.media_for(content_type, size) is not None


# --- In -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VerifiedInput:
    """One item of a platform's call, proved genuine, ready for `services.inbox.accept_all`."""

    external_id: str
    order_by: str
    payload: bytes
    envelope: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InboundFile:
    """A file that came with a message. The inbox stores it and fills `stored_id` before intake sees it."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    inline: bool = False
    stored_id: int | None = None


@dataclass(frozen=True, slots=True)
class IdentityClaim:
    """A further handle of the sender that the input names; unverified unless the platform vouches for it."""

    kind: str
    value: str
    scope: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True)
class BounceInfo:
    """A report that something we sent did not arrive. `client_key` names our delivery, when the report does."""

    client_key: str = ""
    provider_id: str = ""
    recipient: str = ""
    is_permanent: bool = True
    status: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """What a public comment stands under. What the platform does not tell is empty."""

    id: str = ""
    url: str = ""
    """Where everybody reads it."""
    parent: str = ""
    """The comment that this one answers."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """That somebody agreed to the brand's notice as they wrote. `notice` is its version, `shown` where it stood."""

    notice: int
    shown: str


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message of a customer, whatever it came through.

    `thread_key` holds the conversation together (see `keys.key_of`): the mail thread, the sender on
    messengers, the submission for forms. `thread_hints` and `message_keys` are hashes by
    `keys.message_key`: of the messages this one answers, and of this one itself. `reply_token` is a secret
    that was in our own mail and proves which ticket is meant.
    """

    sender_kind: str
    sender_value: str
    thread_key: bytes
    sender_scope: str = ""
    sender_name: str = ""
    sender_verified: bool = False
    language: str = ""
    thread_hints: tuple[bytes, ...] = ()
    reply_token: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    quoted: str = ""
    attachments: tuple[InboundFile, ...] = ()
    sent_at: datetime | None = None
    envelope: dict[str, Any] = field(default_factory=dict)
    message_keys: tuple[bytes, ...] = ()
    is_automatic: bool = False
    is_bounce: BounceInfo | None = None
    is_spam: bool = False
    opens_nothing: bool = False
    """It says something about an earlier message, such as that its sender deleted it: shown where that conversation
    goes on, and otherwise left in the inbox.
    """
    notice: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    identities: tuple[IdentityClaim, ...] = ()
    post: Post | None = None
    """Of a comment that everybody can read; None for what was written to us alone."""
    takes_back: str = ""
    """The platform's id of the sender's comment that is there no more."""
    agreement: Agreement | None = None

    @property
    def is_public(self) -> bool:
        return self.post is not None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a platform says about a message of ours: it was delivered, read, or failed after all."""

    state: DeliveryState
    client_key: str = ""
    provider_id: str = ""
    failure: FailureKind | None = None
    detail: str = ""
    with_earlier: bool = False
    """Whether it holds as well for what the same conversation was sent before."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """The input is understood and means nothing to us (our own echo, a heartbeat). Kept, without effects."""

    reason: str


Parsed = Inbound | Receipt | Ignored


# --- Out ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recipients:
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press: with `url` it opens a page, without one its label is the customer's answer."""

    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A message with a title and things to press. `html` are its words; its picture is the first among the attachments."""

    title: str
    html: str = ""
    url: str = ""
    buttons: tuple[Button, ...] = ()

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Card:
        return cls(**{**payload, "buttons": tuple(Button(**button) for button in payload["buttons"])})


@dataclass(frozen=True, slots=True)
class Outbound:
    """All a connector needs to hand one message over. Stored encrypted as the payload of its `Delivery`.

    `client_key` is fixed before the first attempt and never changes (for mail: the Message-ID, without
    angle brackets). `attachments` are ids of `StoredFile`; `inline` maps a content id to one of them.
    """

    client_key: str
    recipients: Recipients = Recipients()
    from_address: str = ""
    from_name: str = ""
    reply_to: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    attachments: tuple[int, ...] = ()
    inline: dict[str, int] = field(default_factory=dict)
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    thread: dict[str, Any] = field(default_factory=dict)
    language: str = ""
    automatic: bool = False
    case_state: str = ""
    """Not a message but a `CaseState`; `text` is then the summary or the reason."""
    is_public: bool = False
    """Whether everybody reads it, under the comment that it answers."""
    comment: str = ""
    """The platform's id of that comment; on a private answer, of the one that it goes to the writer of."""
    post: str = ""
    """The platform's id of what the comment stands under."""
    card: Card | None = None
    """`text` says the same for those who show no cards."""

    def to_payload(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Outbound:
        known = {item.name for item in fields(cls)}
        values = {name: value for name, value in payload.items() if name in known}
        recipients = {name: tuple(value) for name, value in values.pop("recipients", {}).items()}
        for name in ("attachments", "references"):
            values[name] = tuple(values.get(name, ()))
        if values.get("card") is not None:
            values["card"] = Card.from_payload(values["card"])
        return cls(**values, recipients=Recipients(**recipients))


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of one attempt. Build it with one of the named constructors."""

    state: DeliveryState
    provider_id: str = ""
    failure: FailureKind | None = None
    retry_after: timedelta | None = None
    detail: str = ""

    @classmethod
    def sent(cls, provider_id: str = "", detail: str = "") -> SendResult:
        return cls(DeliveryState.SENT, provider_id=provider_id, detail=detail)

    @classmethod
    def retry_later(cls, detail: str = "", after: timedelta | None = None) -> SendResult:
        """The platform certainly did not take it, and may take it later."""
        return cls(DeliveryState.QUEUED, failure=FailureKind.RETRY_LATER, retry_after=after, detail=detail)

    @classmethod
    def failed(cls, failure: FailureKind, detail: str = "") -> SendResult:
        """The platform certainly did not take it. The kind decides whether it is tried again."""
        return cls(DeliveryState.FAILED, failure=failure, detail=detail)

    @classmethod
    def unknown(cls, detail: str = "") -> SendResult:
        """The platform may have taken it: a time-out after handing over, a lost answer."""
        return cls(DeliveryState.UNKNOWN, failure=FailureKind.UNKNOWN_OUTCOME, detail=detail)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The answer of a connection test; `message` is shown to the manager and names no secret."""

    is_ok: bool
    message: StrOrPromise
    details: tuple[StrOrPromise, ...] = ()


class ChannelLease(Protocol):
    """The right of one process to fetch for one channel. It runs out unless it is renewed."""

    @property
    def token(self) -> int:
        """Rises with each new holder."""

    @property
    def is_lost(self) -> bool:
        """Whether this process may have stopped being the holder; cheap, asks nobody."""

    def fence(self) -> None:
        """Inside a transaction: locks the lease and raises `LeaseLost` unless this process still holds it.

        What is written after it, in the same transaction, is never written by a process that was replaced.
        """


class Connector:
    """The code for one kind of channel. Subclass it, fill in what the platform has, register it."""

    kind: ClassVar[str]
    label: ClassVar[StrOrPromise]
    icon: ClassVar[str] = "message-circle"
    """A lucide icon."""
    arrival: ClassVar[Arrival] = Arrival.PUSH
    region: ClassVar[Region] = Region.OWN
    """Where the platform's servers stand; a channel may say otherwise."""
    settings: ClassVar[tuple[Setting, ...]] = ()
    capabilities: ClassVar[Capabilities] = Capabilities()
    identity_kind: ClassVar[str] = ""
    """The kind of identity an answer is addressed to."""
    shows_conversation: ClassVar[bool] = False
    """Whether who is reached there reads the whole conversation: then a handle that was only claimed does not do."""
    carrier_setting: ClassVar[str] = ""
    """The setting with the key of the channel on which messages of this one travel: what becomes of them is told there."""
    poll_seconds: ClassVar[float] = 30.0
    setup_page: ClassVar[str] = ""
    """The page of the administration that sets such a channel up in steps, by the name of its address; "" for the
    form made of `settings`.
    """
    face_page: ClassVar[str] = ""
    """The page of the administration that shows what customers see there, by the name of its address."""

    @property
    def takes_calls(self) -> bool:
        """Whether its platform calls `/hooks/<channel key>/`."""
        return type(self).verify is not Connector.verify

    def thread_key_for(self, value: str) -> bytes | None:
        """Under which key an answer of the handle `value` will come, so that it finds what we wrote first.

        None where the answer itself names what it answers, as mail does.
        """
        return None

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        """Proves a call to `/hooks/<channel key>/` genuine over its raw body and splits it into items.

        Raises `InputRefused`. An empty answer means the call is genuine and carries nothing.
        """
        raise InputRefused

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        """What the platform wants to hear once its call is stored (or repeated): by default an empty 200."""
        from django.http import HttpResponse

        return HttpResponse(status=200)

    def parse(self, event: InboundEvent) -> Parsed:
        """Reads a stored item. Raises `Unreadable` to park it; anything unexpected parks it as well."""
        raise NotImplementedError

    def sends_on(self, channel: Channel) -> bool:
        """Whether answers can go out on this one; a connector that can send may be set up to receive only."""
        return self.capabilities.can_send

    def answers_publicly_on(self, channel: Channel) -> bool:
        """Whether answers that everybody reads can go out on this one."""
        return self.capabilities.public is not None

    def send(self, outbound: Outbound, channel: Channel) -> SendResult:
        """Hands a message over. What it raises counts as an unknown outcome."""
        return SendResult.failed(FailureKind.MISCONFIGURED, "this kind of channel does not send")

    def reconcile(self, delivery: Delivery, channel: Channel) -> SendResult | None:
        """Asks what became of a delivery: sent, certainly not sent (`retry_later`), or still unknown (None)."""
        return None

    def client_key_for(self, channel: Channel, *, ticket_id: int) -> str:
        """A new `Outbound.client_key` for a message of this ticket, fixed before the first attempt to send it."""
        return f"{self.kind}.{uuid.uuid4().hex}"

    def parts(self, outbound: Outbound, channel: Channel) -> tuple[Outbound, ...]:
        """The messages that the platform will see. Each becomes a delivery of its own, so that none is sent twice
        because another failed; see `parts.one_by_one`.
        """
        return (outbound,)

    def reply_window_on(self, channel: Channel) -> timedelta | None:
        """`Capabilities.reply_window`, where an account may be granted a longer one."""
        return self.capabilities.reply_window

    def identity_scope(self, channel: Channel) -> str:
        """`Identity.scope` of the people on this channel: the account or app that issued their ids."""
        return ""

    def reply_address_for(self, channel: Channel, *, ticket_id: int) -> str:
        """`Outbound.reply_to` for a message of this ticket: where answers find their way by themselves, or ""."""
        return ""

    def notice_label(self, code: str) -> StrOrPromise:
        """What `Inbound.notice` of this connector means, for people; "" for a code that needs no word."""
        from apps.channels.labels import notice_label

        return notice_label(code)

    def poll(self, channel: Channel, lease: ChannelLease) -> int:
        """Fetches what is there and accepts it; returns how many items were new."""
        raise NothingToPoll

    def listen(self, channel: Channel, lease: ChannelLease, stop: threading.Event) -> None:
        """Holds a connection until `stop` is set or the lease is lost. By default polls at intervals."""
        while not stop.is_set() and not lease.is_lost:
            self.poll(channel, lease)
            stop.wait(self.poll_seconds)

    def check(self, channel: Channel) -> CheckResult:
        """Tries the configuration without sending anything to a customer."""
        from django.utils.translation import gettext_lazy as _

        return CheckResult(is_ok=True, message=_("Nothing to check: this channel needs no connection."))

    def repairable_text(self, event: InboundEvent) -> str | None:
        """The stored item as text a person can edit, or None when it cannot be edited as text."""
        try:
            text = bytes(event.payload).decode()
        except UnicodeDecodeError:
            return None
        return text if "\x00" not in text else None

    def repaired_payload(self, event: InboundEvent, text: str) -> bytes:
        """The inverse of `repairable_text`."""
        return text.encode()

    def setting(self, channel: Channel, key: str) -> Any:
        """The channel's value of a declared setting, or the declared default."""
        declared = next(item for item in self.settings if item.key == key)
        stored = channel.secrets if declared.secret else channel.settings
        value = stored.get(key)
        return declared.default if value in (None, "") else value

    def word(self, channel: Channel, key: str) -> str:
        """A setting as text, without the white space that comes along when something is copied from a console."""
        return str(self.setting(channel, key) or "").strip()

    def translated_setting(self, channel: Channel, key: str, language: str) -> str:
        """A text that the manager wrote in several languages; any language is better than none."""
        texts: dict[str, str] = self.setting(channel, key) or {}
        return texts.get(language) or next((text for text in texts.values() if text), "")
