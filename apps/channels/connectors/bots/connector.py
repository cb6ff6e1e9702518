"""What connectors of messengers have in common: ids as addresses, a text or a file at a time, credentials to check."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

from apps.channels import media
from apps.channels.contract import Arrival, CheckResult, Connector, Media, Outbound, SendResult, Setting, SettingType
from apps.channels.enums import FailureKind
from apps.channels.media import OutgoingMedia
from apps.channels.parts import one_by_one
from apps.channels.platform_http import PlatformTrouble

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from apps.channels.models import Channel


def address_setting(default: str, key: str = "api_base", label: StrOrPromise = "") -> Setting:
    return Setting(
        key,
        label or _("Address of the platform's API"),
        SettingType.URL,
        default=default,
        help=_("Another one only for a gateway of your own."),
    )


class BotConnector(Connector):
    arrival = Arrival.PUSH
    text_bytes: ClassVar[int]
    """Of one message, in `text_encoding`. A longer text goes out in pieces."""
    text_encoding: ClassVar[str] = "utf-8"

    # Out

    def parts(self, outbound: Outbound, channel: Channel) -> tuple[Outbound, ...]:
        return one_by_one(outbound, max_bytes=self.text_bytes, encoding=self.text_encoding)

    def send(self, outbound: Outbound, channel: Channel) -> SendResult:
        to = next(iter(outbound.recipients.to), "")
        if not to:
            return SendResult.failed(FailureKind.RECIPIENT_GONE, "no id of the customer")
        try:
            if outbound.attachments:
                return self._send_attachment(outbound, channel, to)
            return self.send_text(outbound, channel, to)
        except PlatformTrouble as trouble:
            return trouble.result

    def _send_attachment(self, outbound: Outbound, channel: Channel, to: str) -> SendResult:
        file = media.outgoing(outbound.attachments[0])
        if file is None:
            return SendResult.failed(FailureKind.REJECTED, "The file is no longer there.")
        sort = self.capabilities.media_for(file.content_type, len(file.content))
        if sort is None:
            return SendResult.failed(FailureKind.REJECTED, "The platform does not take such a file.")
        return self.send_file(outbound, channel, to, file, sort)

    def send_text(self, outbound: Outbound, channel: Channel, to: str) -> SendResult:
        raise NotImplementedError

    def send_file(self, outbound: Outbound, channel: Channel, to: str, file: OutgoingMedia, sort: Media) -> SendResult:
        return SendResult.failed(FailureKind.REJECTED, "The platform does not take files.")

    # Configuration

    def base(self, channel: Channel, key: str = "api_base") -> str:
        return self.word(channel, key).rstrip("/")

    def probe(self, channel: Channel) -> SendResult:
        """A call that reaches nobody: whether the platform lets us in. The detail names the account."""
        raise NotImplementedError

    def check(self, channel: Channel) -> CheckResult:
        try:
            result = self.probe(channel)
        except PlatformTrouble as trouble:
            result = trouble.result
        details = (result.detail,) if result.detail else ()
        if result.failure is None:
            return CheckResult(is_ok=True, message=_("The platform accepts the credentials."), details=details)
        if result.failure == FailureKind.REAUTHENTICATE:
            return CheckResult(is_ok=False, message=_("The platform does not accept the credentials."), details=details)
        if result.failure != FailureKind.MISCONFIGURED:
            return CheckResult(
                is_ok=False, message=_("The platform did not answer as it should. Please try again."), details=details
            )
        if result.detail.partition(":")[0].isdigit():
            return CheckResult(is_ok=False, message=_("The platform refused."), details=details)
        return CheckResult(is_ok=False, message=_("The address of the platform's API cannot be used."), details=details)
