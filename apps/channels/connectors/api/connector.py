"""Messages that another system hands over through the REST API."""

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.submission import SubmissionConnector
from apps.channels.contract import Arrival, Capabilities, Setting, SettingType


@registry.register
class ApiConnector(SubmissionConnector):
    kind = "api"
    label = _("API")
    icon = "webhook"
    arrival = Arrival.PUSH
    capabilities = Capabilities(can_send=False, html=True, max_length=100_000)
    settings = (
        Setting(
            "trusts_identities",
            _("Trust the sender's identity"),
            SettingType.FLAG,
            default=False,
            help=_("The system behind this channel has verified who its customers are."),
        ),
        Setting(
            "max_attachment_mb",
            _("Largest attachments together (MB)"),
            SettingType.INTEGER,
            default=10,
            minimum=0,
            maximum=50,
        ),
    )
