"""The chat on the company's own pages: the protocol of apps, with visits that begin and end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.protocol import inputs as protocol
from apps.channels.connectors.protocol.clients import Client
from apps.channels.connectors.protocol.connector import LIMITS, SIGNING, ProtocolConnector
from apps.channels.connectors.protocol.tokens import guest_name
from apps.channels.connectors.submission import Submission, unpack
from apps.channels.contract import Inbound, Setting, SettingType
from apps.channels.keys import message_key
from apps.customers.identities import register_kind
from apps.livechat.enums import Asked
from apps.livechat.inputs import RatingInput, TranscriptInput
from apps.livechat.selectors.line import newest_visits, progress_of
from apps.livechat.services import rating, sessions, transcripts, typing

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from apps.channels.models import ClientConversation, ClientMessage, InboundEvent

KIND: Final = "chat_visitor"
"""The handle of a visitor: what the company's pages call them, or a guest's of our own making."""

register_kind(KIND, _("Chat visitor"), "messages-square", alias=guest_name)


def _field(key: str, label: StrOrPromise, default: str = Asked.NO) -> Setting:
    return Setting(
        f"asks_{key}", label, SettingType.CHOICE, required=True, default=default, choices=tuple(Asked.choices)
    )


FORM: Final = (
    _field("name", _("Form before the chat: name"), Asked.OPTIONAL),
    _field("email", _("Form before the chat: e-mail")),
    _field("phone", _("Form before the chat: phone")),
    _field("category", _("Form before the chat: category")),
    Setting(
        "consent",
        _("Line of consent"),
        SettingType.TRANSLATED,
        help=_("Shown above the first line with a box to tick. Empty: nothing has to be agreed to."),
    ),
)
FACE: Final = (
    Setting("title", _("Title of the chat"), SettingType.TRANSLATED, help=_("Empty: the name of the brand.")),
    Setting("greeting", _("Greeting"), SettingType.TRANSLATED, help=_("The first line that a visitor sees.")),
    Setting(
        "away_text",
        _("When nobody is there"),
        SettingType.TRANSLATED,
        help=_("Stands above the form outside the working hours of the channel's policy."),
    ),
    Setting(
        "accent",
        _("Color"),
        default="",
        help=_("Of the button and the visitor's own lines, as #3b5bdb. Empty: the color of the desk."),
    ),
    Setting(
        "side",
        _("Corner of the page"),
        SettingType.CHOICE,
        required=True,
        default="end",
        choices=(("end", _("Where lines end (right, for our languages)")), ("start", _("Where lines begin"))),
    ),
)
LINE: Final = (
    Setting(
        "names_agents",
        _("Tell visitors who answers"),
        SettingType.FLAG,
        default=True,
        help=_("By the display name of the agent's account. Off: only that somebody is there."),
    ),
    Setting(
        "leave_after_seconds",
        _("Offer to be answered later when somebody waits for (seconds)"),
        SettingType.INTEGER,
        required=True,
        default=120,
        minimum=0,
        maximum=3600,
        help=_(
            "Or when it is expected to take that long. The visitor leaves an address, and the chat becomes a ticket."
        ),
    ),
    Setting(
        "most_waiting",
        _("Most chats that wait at a time"),
        SettingType.INTEGER,
        minimum=0,
        help=_("Beyond it, visitors are asked for an address at once. Empty: as many as come."),
    ),
)


@registry.register
class ChatConnector(ProtocolConnector):
    kind = "chat"
    label = _("Live chat")
    icon = "messages-square"
    identity_kind = KIND
    face_page = "admin:livechat-widget"
    capabilities = replace(ProtocolConnector.capabilities, is_live=True)
    commands = frozenset({"typing", "chat.end", "chat.rating", "chat.rate", "chat.transcript"})
    signals = frozenset({typing.HINT})
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "allowed_domains",
            _("Sites that may show the chat"),
            SettingType.LIST,
            default=(),
            help=_("One origin a line, as https://www.example.com. Without any, only pages of this installation may."),
        ),
        *FACE,
        *FORM,
        Setting(
            "end_after_minutes",
            _("End a chat when its visitor is silent for (minutes)"),
            SettingType.INTEGER,
            default=30,
            minimum=1,
            maximum=1440,
            help=_("Counted from our last answer."),
        ),
        Setting(
            "gone_after_minutes",
            _("End a chat that waits for us when its visitor is away for (minutes)"),
            SettingType.INTEGER,
            default=60,
            minimum=10,
            maximum=10080,
            help=_(
                "With the page closed. The ticket stays where it is, and is answered as what is left outside hours."
            ),
        ),
        *LINE,
        Setting("takes_guests", _("Let people write without signing in"), SettingType.FLAG, default=True),
        *LIMITS,
        *SIGNING,
    )

    # In

    def submitted(self, submission: Submission, message: ClientMessage) -> Submission:
        """The first line of a visit opens its session, with what was filled in before it. Raises InvalidInput."""
        return sessions.take_line(submission, message)

    def envelope(self, event: InboundEvent, submission: Submission) -> dict[str, Any]:
        """The number of the line, by which a reader on the desk is told to the visitor."""
        return {"line": event.envelope.get("line", 0)}

    def parse(self, event: InboundEvent) -> Inbound:
        """Of what a visitor filled in, the category decides; it was compared with what the channel offers."""
        fields = unpack(event.payload).fields
        return replace(
            super().parse(event),
            thread_hints=_keys(fields.get("follows")),
            message_keys=_keys(fields.get("visit")),
            fields={"category": fields["category"]} if "category" in fields else {},
        )

    def thread_key(self, event: InboundEvent, submission: Submission) -> bytes:
        return sessions.thread_key(int(submission.thread))

    def perform(self, command: str, client: Client, data: Any) -> dict[str, Any]:
        match command:
            case "typing":
                typing.visitor_types(client.conversation)
            case "chat.rating":
                return rating.rating_of(client.conversation)
            case "chat.rate":
                return rating.rate(client.conversation, **protocol.read(RatingInput, data))
            case "chat.transcript":
                transcripts.send_to_visitor(client, **protocol.read(TranscriptInput, data))
            case _:
                sessions.end_by_visitor(client.conversation)
        return {}

    def progress(self, conversations: Sequence[ClientConversation]) -> Mapping[int, dict[str, Any]]:
        """Asked by visitors' open pages again and again, which shows that they are there."""
        visits = newest_visits(conversations)
        sessions.note_presence(visits, conversations)
        return {pk: asdict(progress) for pk, progress in progress_of(conversations, visits).items()}

    # Out

    def answered(self, message: ClientMessage) -> None:
        sessions.note_answer(message)

    # Words

    def notice_label(self, code: str) -> StrOrPromise:
        return sessions.NOTICES.get(code) or super().notice_label(code)


def _keys(name: Any) -> tuple[bytes, ...]:
    return (message_key(str(name)),) if name else ()
