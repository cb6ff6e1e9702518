"""What the faces show of people's rights."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from apps.core.actor import Actor
from apps.core.clock import now
from apps.privacy.models import DataSubjectRequest

PRESSING: Final = timedelta(days=5)


def pressing_requests(actor: Actor) -> int:
    """How many are overdue or due within five days."""
    return DataSubjectRequest.objects.visible_to(actor).open().filter(due_at__lte=now() + PRESSING).count()
