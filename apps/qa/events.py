"""What customers say of our work, as facts. What they write stays in the answer itself."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.core.events import EventBase, event


@event("survey.answered", _("A customer rated a conversation"))
@dataclass(frozen=True)
class SurveyAnswered(EventBase):
    """``user_id`` answered last. ``is_changed``: the customer had given another answer before."""

    ticket_id: int
    interaction_id: int
    channel_id: int
    survey: str
    score: int
    user_id: int | None = None
    wants_callback: bool = False
    is_changed: bool = False
