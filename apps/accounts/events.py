"""What happens to staff accounts and concerns higher apps."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.core.events import EventBase, event


@event("user.deactivated", _("A staff account was switched off"))
@dataclass(frozen=True, kw_only=True)
class UserDeactivated(EventBase):
    """Switched off: signs in no more and works no more."""

    user_id: int
