"""What may be done about people's rights over their data."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.core.permissions import declare

declare("privacy.manage_requests", _("Take in and answer requests about personal data"))
declare("privacy.approve_erasure", _("Approve the erasure of a person, as the second of two"))
declare("privacy.manage_holds", _("Set and release legal holds"))
