"""How long customers who are there wait for a person, and how many leave before. Chats, calls, visits: what waits for
an answer by mail is measured by promises.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Aggregate, Avg, Count, DateTimeField, F, Max, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from apps.core.clock import now
from apps.metrics.enums import Unit, WaitEnd
from apps.metrics.measures.base import WORK, FactTable, Measure, Parts, Period, number, register, seconds, share
from apps.metrics.measures.expressions import Percentile90, between, seconds_of
from apps.metrics.models import WaitFact
from apps.metrics.models.goal import SECONDS, SHORT

SECTION = "waiting"

ANSWERED, ABANDONED = Q(end=WaitEnd.ANSWERED), Q(end=WaitEnd.ABANDONED)
IS_SHORT = ABANDONED & Q(wait__lte=F("short"))
UNDECIDED = Q(left_at=None, wait__lte=F("goal"))
"""Who still waits and may yet be served in time."""


def _live(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Who was sent on to another line counts where they ended up."""
    until = Coalesce(F("left_at"), Value(now(), DateTimeField()))
    live: QuerySet[Any] = (
        rows.filter(is_live=True)
        .exclude(end=WaitEnd.MOVED)
        .annotate(
            wait=between("entered_at", until),
            goal=seconds_of("queue__service_goal__seconds", SECONDS),
            short=seconds_of("queue__service_goal__short_seconds", SHORT),
        )
    )
    return live


def _parts(period: Period) -> dict[str, Aggregate]:
    return {
        "offered": Count("pk"),
        "answered": Count("pk", filter=ANSWERED),
        "abandoned": Count("pk", filter=ABANDONED),
        "short_abandoned": Count("pk", filter=IS_SHORT),
        "unserved": Count("pk", filter=Q(end=WaitEnd.DROPPED)),
        "running": Count("pk", filter=Q(left_at=None)),
        "undecided": Count("pk", filter=UNDECIDED),
        "in_time": Count("pk", filter=ANSWERED & Q(wait__lte=F("goal"))),
        "mean_wait": Avg("wait", filter=ANSWERED),
        "wait_p90": Percentile90("wait", filter=ANSWERED),
        "longest_wait": Max("wait"),
    }


WAITS = FactTable(facts=WaitFact, column="entered_at", prepared=_live, parts=_parts, dimensions=WORK)


def _answer_rate(parts: Parts) -> float | None:
    return share(parts["answered"], parts["offered"] - parts["short_abandoned"] - parts["running"])


def _abandon_rate(parts: Parts) -> float | None:
    stayed = parts["offered"] - parts["short_abandoned"] - parts["running"]
    return share(parts["abandoned"] - parts["short_abandoned"], stayed)


def _service_level(parts: Parts) -> float | None:
    return share(parts["in_time"], parts["offered"] - parts["short_abandoned"] - parts["undecided"])


OFFERED = Measure(
    key="offered",
    name=_("Asked for a person"),
    meaning=_("Live customers who entered a line. Who was sent on counts where they ended up."),
    formula=_("number of live waits, by when they entered the line"),
    unit=Unit.COUNT,
    section=SECTION,
    table=WAITS,
    value=number("offered"),
)
ANSWERED_COUNT = Measure(
    key="answered",
    name=_("Answered"),
    meaning=_("Of these, those whom a person accepted."),
    formula=_("number of live waits that ended with a person, by when they entered the line"),
    unit=Unit.COUNT,
    section=SECTION,
    table=WAITS,
    value=number("answered"),
)
ABANDONED_COUNT = Measure(
    key="abandoned",
    name=_("Abandoned"),
    meaning=_("Of these, those who left before anybody accepted; who left at once is counted too."),
    formula=_("number of live waits that the customer ended, by when they entered the line"),
    unit=Unit.COUNT,
    section=SECTION,
    table=WAITS,
    value=number("abandoned"),
)
SHORT_ABANDONED = Measure(
    key="short_abandoned",
    name=_("Abandoned at once"),
    meaning=_("Left within the limit of the queue's goal (5 s unless set). Nobody could have been faster."),
    formula=_("number of abandoned waits no longer than the limit"),
    unit=Unit.COUNT,
    section=SECTION,
    table=WAITS,
    value=number("short_abandoned"),
)
UNSERVED = Measure(
    key="unserved",
    name=_("Unserved"),
    meaning=_("Of these, those whose wait we ended without anybody accepting: closed, set aside, marked as spam."),
    formula=_("number of live waits that we ended, by when they entered the line"),
    unit=Unit.COUNT,
    section=SECTION,
    table=WAITS,
    value=number("unserved"),
)
ABANDON_RATE = Measure(
    key="abandon_rate",
    name=_("Abandon rate"),
    meaning=_("How many of those who really waited left before anybody accepted. Who still waits is not counted yet."),
    formula=_("(abandoned − abandoned at once) ÷ (asked for a person − abandoned at once − still waiting)"),
    unit=Unit.PERCENT,
    section=SECTION,
    table=WAITS,
    value=_abandon_rate,
)
ANSWER_RATE = Measure(
    key="answer_rate",
    name=_("Answer rate"),
    meaning=_("How many of those who really waited were answered. Who still waits is not counted yet."),
    formula=_("answered ÷ (asked for a person − abandoned at once − still waiting)"),
    unit=Unit.PERCENT,
    section=SECTION,
    table=WAITS,
    value=_answer_rate,
)
SERVICE_LEVEL = Measure(
    key="service_level",
    name=_("Service level"),
    meaning=_(
        "How many were answered within the seconds of the queue's goal (30 s unless set). Who still waits counts"
        " once that time is over."
    ),
    formula=_("answered in time ÷ (asked for a person − abandoned at once − still waiting within the goal)"),
    unit=Unit.PERCENT,
    section=SECTION,
    table=WAITS,
    value=_service_level,
)
MEAN_WAIT = Measure(
    key="mean_wait",
    name=_("Mean wait (ASA)"),
    meaning=_("How long those who were answered had waited, on average."),
    formula=_("mean of acceptance − entering the line, of the answered"),
    unit=Unit.SECONDS,
    section=SECTION,
    table=WAITS,
    value=lambda parts: seconds(parts["mean_wait"]),
)
WAIT_P90 = Measure(
    key="wait_p90",
    name=_("Wait of nine in ten"),
    meaning=_("Nine of ten of the answered waited no longer than this."),
    formula=_("90th percentile of acceptance − entering the line, of the answered"),
    unit=Unit.SECONDS,
    section=SECTION,
    table=WAITS,
    value=lambda parts: seconds(parts["wait_p90"]),
)
LONGEST_WAIT = Measure(
    key="longest_wait",
    name=_("Longest wait"),
    meaning=_("The longest of all waits of the period, however it ended; of who still waits, so far."),
    formula=_("largest of leaving the line (or now) − entering it"),
    unit=Unit.SECONDS,
    section=SECTION,
    table=WAITS,
    value=lambda parts: seconds(parts["longest_wait"]),
)


def _waiting_then(period: Period) -> Q:
    return Q(entered_at__lt=period.until) & (Q(left_at__gt=period.until) | Q(left_at=None))


def _at_the_end(period: Period) -> dict[str, Aggregate]:
    moment = min(period.until, now())
    return {"waiting": Count("pk"), "oldest": Max(between("entered_at", Value(moment, DateTimeField())))}


WAITING_THEN = FactTable(
    facts=WaitFact,
    column="entered_at",
    within=_waiting_then,
    parts=_at_the_end,
    dimensions=("queue", "channel", "kind"),
)
WAITING = Measure(
    key="waiting",
    name=_("Waiting"),
    meaning=_("Work of every kind that nobody held at the end of the period, while it was our turn."),
    formula=_("number of waits that had begun and not ended at that instant"),
    unit=Unit.COUNT,
    section=SECTION,
    table=WAITING_THEN,
    value=number("waiting"),
)
OLDEST_WAITING = Measure(
    key="oldest_waiting",
    name=_("Oldest waiting"),
    meaning=_("How long the one that had waited longest at the end of the period had waited."),
    formula=_("instant − entering the line, of the oldest wait that had not ended"),
    unit=Unit.SECONDS,
    section=SECTION,
    table=WAITING_THEN,
    value=lambda parts: seconds(parts["oldest"]),
)

register(
    OFFERED,
    ANSWERED_COUNT,
    ABANDONED_COUNT,
    SHORT_ABANDONED,
    UNSERVED,
    ABANDON_RATE,
    ANSWER_RATE,
    SERVICE_LEVEL,
    MEAN_WAIT,
    WAIT_P90,
    LONGEST_WAIT,
    WAITING,
    OLDEST_WAITING,
)
