"""What may be done about values that a lens hides."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.accounts.access import access_of
from apps.core.actor import Actor
from apps.core.permissions import declare, may

REVEAL = "privacy.reveal"
APPROVE = "privacy.approve_reveals"
SEE_MINORS = "privacy.see_minors"

declare(REVEAL, _("See a single masked value for a reason"))
declare(SEE_MINORS, _("See minors' data as those of everybody else"))
declare(APPROVE, _("Approve reveals of masked values, and be told of unusual ones"))


def may_approve(actor: Actor) -> bool:
    """In the house only: a vendor does not open the house's customers to itself."""
    return may(actor, APPROVE) and not access_of(actor).is_outsourced
