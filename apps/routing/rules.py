"""Who takes part in routing, and who may act for others."""

from django.utils.translation import gettext_lazy as _

from apps.core.permissions import declare

declare("routing.serve", _("Take part in routing: own state and offers"))
declare("routing.supervise", _("See and change the states of others"))
