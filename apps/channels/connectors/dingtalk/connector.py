"""A robot in DingTalk (钉钉), by calls to us or over a connection that we open."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.bots.connector import address_setting
from apps.channels.connectors.dingtalk import messages, push, stream
from apps.channels.connectors.dingtalk.api import API_BASE, OLD_API_BASE, DingtalkApi
from apps.channels.connectors.dingtalk.messages import OUTSIDE, USER, Session
from apps.channels.connectors.workplace.base import RobotConnector, answered
from apps.channels.contract import (
    Arrival,
    Capabilities,
    ChannelLease,
    Content,
    Media,
    Outbound,
    Parsed,
    SendResult,
    Setting,
    VerifiedInput,
)
from apps.channels.enums import FailureKind
from apps.customers.identities import register_kind
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from django.http import HttpRequest

    from apps.channels.media import OutgoingMedia
    from apps.channels.models import Channel, InboundEvent
    from apps.channels.services.tokens import Issued

MB: Final = 1024 * 1024
MAX_LENGTH: Final = 5000
MAX_TEXT_BYTES: Final = 5000
"""Of one message; from memory, like the sizes of files."""

register_kind(USER, _("DingTalk"), "zap", FieldClass.HANDLE)


class DingtalkConnector(RobotConnector):
    """What both ways of arriving have in common. A robot of the platform is set up for one of them."""

    identity_kind = USER
    icon = "zap"
    text_bytes = MAX_TEXT_BYTES
    in_app_label = _("This message can be seen in the DingTalk app only.")
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("app_key", _("Client ID (AppKey)"), required=True, help=_("Stands with the app's credentials.")),
        Setting(
            "app_secret",
            _("Client Secret (AppSecret)"),
            secret=True,
            required=True,
            help=_("Proves calls, and is for answers and files."),
        ),
        Setting("robot_code", _("Robot code"), help=_("Only where it is another than the Client ID.")),
        address_setting(API_BASE),
        Setting(
            "old_api_base",
            _("Address of the platform's older API"),
            address_setting("").type,
            default=OLD_API_BASE,
            help=_("For files, and for answers by the address that comes with a message."),
        ),
    )
    capabilities: ClassVar[Capabilities] = Capabilities(
        can_start=True,
        max_length=MAX_LENGTH,
        max_attachment_bytes=20 * MB,
        receives=frozenset({Content.TEXT, Content.IMAGE, Content.VOICE, Content.VIDEO, Content.FILE}),
        sends=frozenset({Content.TEXT, Content.IMAGE, Content.FILE}),
        media=(
            Media(Content.IMAGE, 20 * MB, ("image/jpeg", "image/png", "image/gif", "image/bmp")),
            Media(Content.FILE, 20 * MB),
        ),
    )

    def parse(self, event: InboundEvent) -> Parsed:
        return messages.parse(event, self.api(event.channel))

    # Out

    def identity_scope(self, channel: Channel) -> str:
        return self.word(channel, "app_key")

    def send_text(self, outbound: Outbound, channel: Channel, to: str) -> SendResult:
        api, session = self.api(channel), _session(outbound, channel)
        if session is not None and session.is_open and api.is_ours(session.address):
            result = api.answer(session.address, outbound.text, _mentioned(session))
            if result.failure != FailureKind.REJECTED or not _can_bring(session, to):
                return result
        return _bring(api, session, to, "sampleText", {"content": outbound.text})

    def send_file(self, outbound: Outbound, channel: Channel, to: str, file: OutgoingMedia, sort: Media) -> SendResult:
        api, session = self.api(channel), _session(outbound, channel)
        if not _can_bring(session, to):
            return _nowhere()
        if sort.content == Content.IMAGE:
            return _bring(api, session, to, "sampleImageMsg", {"photoURL": api.upload(file, "image")})
        ending = file.name.rpartition(".")[2].lower() if "." in file.name else "bin"
        content = {"mediaId": api.upload(file, "file"), "fileName": file.name, "fileType": ending}
        return _bring(api, session, to, "sampleFile", content)

    # Configuration

    def api(self, channel: Channel) -> DingtalkApi:
        key, secret, robot = (self.word(channel, name) for name in ("app_key", "app_secret", "robot_code"))
        return DingtalkApi(key, secret, robot or key, self.base(channel), self.base(channel, "old_api_base"))

    def sign_in(self, channel: Channel) -> Issued:
        return self.api(channel).issue_token()


@registry.register
class CallbackConnector(DingtalkConnector):
    kind = "dingtalk"
    label = _("DingTalk robot (HTTP mode)")
    arrival = Arrival.PUSH

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        return push.verify(request, self.word(channel, "app_secret"))


@registry.register
class StreamConnector(DingtalkConnector):
    kind = "dingtalk_stream"
    label = _("DingTalk robot (Stream mode)")
    arrival = Arrival.STREAM

    def listen(self, channel: Channel, lease: ChannelLease, stop: threading.Event) -> None:
        stream.listen(self.api(channel), channel, lease, stop)


def _session(outbound: Outbound, channel: Channel) -> Session | None:
    found = answered(outbound, channel, push.external_id)
    return None if found is None else messages.session_of(found[1])


def _bring(api: DingtalkApi, session: Session | None, to: str, kind: str, content: Mapping[str, Any]) -> SendResult:
    """With the app's token: into the group where it was asked, else to the person."""
    if not _can_bring(session, to):
        return _nowhere()
    if session is not None and session.is_group:
        return api.write_in(session.conversation_id, kind, content)
    return api.write_to(to, kind, content)


def _can_bring(session: Session | None, to: str) -> bool:
    return (session is not None and session.is_group) or not to.startswith(OUTSIDE)


def _nowhere() -> SendResult:
    """Who is outside of the company can be answered for as long as their message's address is good."""
    return SendResult.failed(FailureKind.OUTSIDE_WINDOW, "The address that came with the message has run out.")


def _mentioned(session: Session) -> str:
    return session.sender if session.is_group and not session.sender.startswith(OUTSIDE) else ""
