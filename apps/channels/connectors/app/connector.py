"""The company's own app, and whatever else speaks the protocol of `docs/api/app-protocol.md`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.app.agreeing import agreed
from apps.channels.connectors.protocol.connector import LIMITS, SIGNING, ProtocolConnector
from apps.channels.connectors.protocol.tokens import guest_name
from apps.channels.contract import Setting, SettingType
from apps.customers.identities import register_kind

if TYPE_CHECKING:
    from apps.channels.connectors.submission import Submission
    from apps.channels.models import ClientMessage

KIND: Final = "app_user"
"""The handle of a user: what the company's backend calls them, meaningful on one channel."""

register_kind(KIND, _("App user"), "smartphone", alias=guest_name)


@registry.register
class AppConnector(ProtocolConnector):
    kind = "app"
    label = _("Own app")
    icon = "smartphone"
    identity_kind = KIND
    settings: ClassVar[tuple[Setting, ...]] = (
        *SIGNING,
        Setting(
            "takes_guests",
            _("Let people write without signing in"),
            SettingType.FLAG,
            default=False,
        ),
        Setting(
            "allowed_domains",
            _("Sites whose pages may use this channel"),
            SettingType.LIST,
            default=(),
            help=_("One origin a line, as https://www.example.com. Apps need none."),
        ),
        *LIMITS,
    )

    def submitted(self, submission: Submission, message: ClientMessage) -> Submission:
        return agreed(submission, message.conversation)
