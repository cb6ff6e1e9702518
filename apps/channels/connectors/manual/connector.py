"""A walk-in or a call that an agent records by hand. Nothing arrives by itself, and nothing is sent."""

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.contract import Arrival, Capabilities, Connector, Setting, SettingType


@registry.register
class ManualConnector(Connector):
    kind = "manual"
    label = _("Recorded by hand")
    icon = "notebook-pen"
    arrival = Arrival.NONE
    capabilities = Capabilities(can_receive=False, can_send=False, attachments=True)
    settings = (
        Setting(
            "contact",
            _("Contacts are"),
            SettingType.CHOICE,
            required=True,
            default="visit",
            choices=(("visit", _("visits in person")), ("call", _("phone calls"))),
            help=_("Decides how such contacts are shown in the timeline."),
        ),
    )
