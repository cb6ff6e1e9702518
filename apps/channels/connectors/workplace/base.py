"""What robots on work platforms have in common: an app that signs in, and answers that belong to a message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.bots.connector import BotConnector
from apps.channels.contract import CheckResult, Outbound, SendResult
from apps.channels.enums import DeliveryState, FailureKind, Region
from apps.channels.models import InboundEvent
from apps.channels.platform_http import PlatformTrouble
from apps.channels.services.inbox import external_key
from apps.core.clock import now

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from apps.channels.models import Channel, Delivery
    from apps.channels.services.tokens import Issued

IN_APP: Final = "robot_in_app"
"""The notice of a message that only the platform's own app shows."""


class RobotConnector(BotConnector):
    region = Region.MAINLAND
    in_app_label: StrOrPromise
    remembers: ClassVar[timedelta | None] = None
    """How long the platform knows a repetition of a message by its key, with a margin; None if it does not."""

    def notice_label(self, code: str) -> StrOrPromise:
        return self.in_app_label if code == IN_APP else super().notice_label(code)

    def reconcile(self, delivery: Delivery, channel: Channel) -> SendResult | None:
        """Repeats it under the same key: it is then sent once either way. A no says nothing about the first attempt."""
        first = delivery.log.order_by("pk").first()
        if self.remembers is None or first is None or now() - first.started > self.remembers:
            return None
        result = self.send(Outbound.from_payload(delivery.payload), channel)
        return result if result.state == DeliveryState.SENT else None

    def sign_in(self, channel: Channel) -> Issued:
        """A new token, as proof that the platform knows the app."""
        raise NotImplementedError

    def check(self, channel: Channel) -> CheckResult:
        try:
            self.sign_in(channel)
        except PlatformTrouble as trouble:
            return CheckResult(is_ok=False, message=_why(trouble.result))
        return CheckResult(is_ok=True, message=_("The platform accepts the app id and the secret."))


def _why(result: SendResult) -> StrOrPromise:
    if result.failure == FailureKind.REAUTHENTICATE:
        return _("The platform does not accept the app id or the secret.")
    if result.failure == FailureKind.MISCONFIGURED:
        return _("The address of the platform's API cannot be used.")
    return _("The platform did not answer as it should. Please try again.")


def answered(outbound: Outbound, channel: Channel, id_of: Callable[[str], str]) -> tuple[str, InboundEvent] | None:
    """The newest message of the customer that this answer follows: its id and how it came. `id_of` makes the id of an
    item of the inbox from the id of a message.
    """
    ids = (outbound.in_reply_to, *reversed(outbound.references))
    keys = {external_key(id_of(message_id)): message_id for message_id in ids if message_id}
    found = {bytes(row.external_key): row for row in channel.inbound_events.filter(external_key__in=list(keys))}
    return next(((keys[key], found[key]) for key in keys if key in found), None)
