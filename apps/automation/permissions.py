from django.utils.translation import gettext_lazy as _

from apps.core.permissions import declare

declare("automation.manage_webhooks", _("Manage outgoing webhooks"))
