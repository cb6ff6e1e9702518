"""What service levels did to a ticket by themselves, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from apps.sla.enums import EscalationAction, TimerStep
from apps.sla.models import TimerChange
from apps.sla.selectors.lines import target_label
from apps.tickets.models import Ticket

MOST = 50


@dataclass(frozen=True, slots=True)
class EscalationRow:
    at: datetime
    sentence: str


def escalation_sentences(ticket: Ticket) -> list[EscalationRow]:
    """Newest first: what was done, and because of which promise. `ticket` was taken through `visible_to`."""
    rows = TimerChange.objects.filter(timer__ticket=ticket, step__in=(TimerStep.ESCALATED, TimerStep.REFUSED))
    acted = rows.filter(reason__in=EscalationAction.values).select_related("timer")
    return [EscalationRow(row.at, _sentence(row)) for row in acted.order_by("-pk")[:MOST]]


def _sentence(row: TimerChange) -> str:
    words = {
        "action": EscalationAction(row.reason).label,
        "target": target_label(row.timer.target),
        "share": row.share,
    }
    if row.step == TimerStep.REFUSED:
        return _("%(action)s: not done, although %(share)s %% of the time for %(target)s had passed") % words
    return _("%(action)s: because %(share)s %% of the time for %(target)s had passed") % words
