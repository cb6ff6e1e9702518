"""What may be done with customers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.core.permissions import declare

declare("customers.view", _("See customers"))
declare("customers.edit", _("Edit customers, their identities, tags and notes"))
declare("customers.merge", _("Merge customers and undo merges"))
