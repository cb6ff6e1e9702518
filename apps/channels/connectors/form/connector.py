"""A form that customers fill in, on a page of ours or inside another site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.submission import Submission, SubmissionConnector
from apps.channels.contract import Arrival, Capabilities, Setting, SettingType

if TYPE_CHECKING:
    from apps.channels.models import InboundEvent


@registry.register
class FormConnector(SubmissionConnector):
    kind = "form"
    label = _("Web form")
    icon = "clipboard-list"
    arrival = Arrival.PUSH
    capabilities = Capabilities(can_send=False, has_subject=True, max_length=20_000, max_attachments=5)
    settings = (
        Setting("intro", _("Introduction"), SettingType.TRANSLATED, help=_("Stands above the form.")),
        Setting("thanks", _("Thank-you text"), SettingType.TRANSLATED, help=_("Stands on the page after sending.")),
        Setting(
            "contact",
            _("How the customer can be reached"),
            SettingType.CHOICE,
            required=True,
            default="email",
            choices=(
                ("email", _("E-mail required, phone optional")),
                ("phone", _("Phone required, e-mail optional")),
                ("either", _("One of both required")),
            ),
        ),
        Setting("asks_category", _("Let the customer choose a category"), SettingType.FLAG, default=True),
        Setting("takes_files", _("Accept attachments"), SettingType.FLAG, default=True),
        Setting("max_files", _("Attachments at most"), SettingType.INTEGER, default=5, minimum=1, maximum=20),
        Setting(
            "max_attachment_mb",
            _("Largest attachments together (MB)"),
            SettingType.INTEGER,
            default=10,
            minimum=1,
            maximum=50,
        ),
        Setting(
            "allowed_domains",
            _("Sites that may embed the form"),
            SettingType.LIST,
            default=(),
            help=_("One origin a line, as https://www.example.com. Without any, the form opens on its own page only."),
        ),
        Setting(
            "min_seconds",
            _("Fastest filling in (seconds)"),
            SettingType.INTEGER,
            default=2,
            minimum=0,
            maximum=60,
            help=_("Who is faster is asked to send again: programs are, people are not."),
        ),
        Setting(
            "hourly_per_network",
            _("Submissions an hour from one network address"),
            SettingType.INTEGER,
            default=30,
            minimum=1,
        ),
        Setting(
            "hourly_per_sender",
            _("Submissions an hour from one e-mail address or phone"),
            SettingType.INTEGER,
            default=6,
            minimum=1,
        ),
    )

    def envelope(self, event: InboundEvent, submission: Submission) -> dict[str, Any]:
        return {"reference": event.public_id}
