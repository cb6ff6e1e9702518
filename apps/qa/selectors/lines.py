"""How answers read in a ticket's history and timeline."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps.qa import events
from apps.qa.enums import HIGHEST
from apps.tickets.selectors.history import Names, register_line
from apps.tickets.selectors.timeline import register_notice

CALLBACK = "callback_wanted"


def register() -> None:
    register_line(events.SurveyAnswered.kind, _answered)
    register_notice(CALLBACK, lambda envelope: _("The customer asks to be called back."))


def score_label(score: int) -> str:
    return _("%(score)s of %(highest)s") % {"score": score, "highest": HIGHEST}


def _answered(event: events.SurveyAnswered, names: Names) -> tuple[str, str, str, str, str]:
    said = score_label(event.score)
    template = _("Rating changed: %(score)s") if event.is_changed else _("Rated: %(score)s")
    return _("Rating"), "", said, template % {"score": said}, "star"
