"""Fixed choices of accounts."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SecondFactorRule(TextChoices):
    """Whether a role's people prove themselves twice when they sign in."""

    BY_ROLE = "by_role", _("Needed for vendors' people and who manages accounts")
    NEEDED = "needed", _("Needed")
    KEY = "key", _("Needed, with a security key or passkey")
    OPTIONAL = "optional", _("As everybody likes")
