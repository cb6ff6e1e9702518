"""What may be done with channels."""

from django.utils.translation import gettext_lazy as _

from apps.core.permissions import declare

declare("channels.view_health", _("See the state of channels"))
declare("channels.repair", _("Repair and replay parked items"))
declare("channels.configure", _("Configure channels"))
