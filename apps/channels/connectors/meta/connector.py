"""What the channels of Meta's platforms have in common: one app, one way to call and to be called."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.bots import reading
from apps.channels.connectors.bots.connector import BotConnector, address_setting
from apps.channels.connectors.documents import Document
from apps.channels.connectors.meta import push
from apps.channels.connectors.meta.graph import GRAPH_BASE, VERSION, Graph
from apps.channels.contract import Setting, SettingType, VerifiedInput
from apps.channels.enums import Region

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from apps.channels.models import Channel

WINDOW: Final = timedelta(hours=24)
"""After the customer's last message (developers.facebook.com, all three platforms)."""

MB: Final = 1024 * 1024


def meta_settings(*own: Setting, base: str = GRAPH_BASE) -> tuple[Setting, ...]:
    return (
        *own,
        Setting(
            "access_token",
            _("Access token"),
            secret=True,
            required=True,
            help=_("For answers and files. The platform's console makes it."),
        ),
        Setting(
            "app_secret",
            _("App secret"),
            secret=True,
            required=True,
            help=_("Proves that a call comes from the platform."),
        ),
        Setting(
            "verify_token",
            _("Verify token"),
            secret=True,
            required=True,
            help=_("Chosen by you: the same words here and where the platform is told the address of this channel."),
        ),
        Setting(
            "proves_calls",
            _("Prove our calls"),
            SettingType.FLAG,
            default=False,
            help=_("Needed where the app requires an app secret proof."),
        ),
        Setting(
            "api_version",
            _("Version of the platform's API"),
            default=VERSION,
            help=_("The platform keeps each for about two years."),
        ),
        address_setting(base),
    )


class MetaConnector(BotConnector):
    region = Region.US
    # In

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        secrets = {key: self.word(channel, key) for key in ("app_secret", "verify_token")}
        body = push.proved_body(request, **secrets)
        if body is None:
            return ()
        call = reading.readable(body)
        if call is None or not isinstance(call.get("entry"), list):
            return (reading.unread(body),)
        return tuple(self.items(call))

    def items(self, call: Document) -> list[VerifiedInput]:
        """What a call holds, each as a call of its own."""
        raise NotImplementedError

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        return push.answer(request)

    # Configuration

    def graph(self, channel: Channel) -> Graph:
        return Graph(
            self.word(channel, "access_token"),
            self.base(channel),
            self.word(channel, "api_version"),
            self.word(channel, "app_secret") if self.setting(channel, "proves_calls") else "",
        )
