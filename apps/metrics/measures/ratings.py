"""What customers say of conversations. An answer counts where its conversation does, so it is parted as contacts are."""

from __future__ import annotations

from typing import Any

from django.db.models import Aggregate, Avg, Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from apps.metrics.enums import Unit
from apps.metrics.measures.base import FactTable, Measure, Period, number, register, share
from apps.metrics.models import ContactFact
from apps.qa.enums import SATISFIED_FROM
from apps.qa.models import SurveyResponse
from apps.tickets.enums import WorkKind

SECTION = "ratings"


def _with_answers(rows: QuerySet[Any]) -> QuerySet[Any]:
    answer = SurveyResponse.objects.filter(interaction_id=OuterRef("interaction_id"))
    found: QuerySet[Any] = rows.annotate(
        score=Subquery(answer.values("score")[:1]), answered_at=Subquery(answer.values("answered_at")[:1])
    )
    return found


def _answered_in(period: Period) -> Q:
    answers = SurveyResponse.objects.filter(period.holds("answered_at"))
    return Q(interaction_id__in=answers.values("interaction_id"))


def _rating_parts(period: Period) -> dict[str, Aggregate]:
    return {
        "ratings": Count("pk"),
        "satisfied": Count("pk", filter=Q(score__gte=SATISFIED_FROM)),
        "mean_score": Avg("score"),
    }


RATINGS = FactTable(
    facts=ContactFact, column="answered_at", within=_answered_in, prepared=_with_answers, parts=_rating_parts
)


def _held_chats(rows: QuerySet[Any]) -> QuerySet[Any]:
    return _with_answers(rows.filter(kind=WorkKind.CHAT, user__isnull=False))


def _response_parts(period: Period) -> dict[str, Aggregate]:
    return {"chats": Count("pk"), "rated": Count("pk", filter=Q(score__isnull=False))}


CHATS = FactTable(facts=ContactFact, column="ended_at", prepared=_held_chats, parts=_response_parts)

register(
    Measure(
        key="ratings",
        name=_("Ratings"),
        meaning=_("How often customers rated a conversation. One conversation has one rating, as it was changed last."),
        formula=_("number of ratings, by when they were given"),
        unit=Unit.COUNT,
        section=SECTION,
        table=RATINGS,
        value=number("ratings"),
    ),
    Measure(
        key="csat",
        name=_("Satisfaction (CSAT)"),
        meaning=_("How many of those who rated were satisfied: 4 or 5 of five."),
        formula=_("ratings of 4 or 5 ÷ ratings, by when they were given"),
        unit=Unit.PERCENT,
        section=SECTION,
        table=RATINGS,
        value=lambda parts: share(parts["satisfied"], parts["ratings"]),
    ),
    Measure(
        key="mean_rating",
        name=_("Mean rating"),
        meaning=_("The mean of the scores, of 1 to 5."),
        formula=_("sum of scores ÷ ratings, by when they were given"),
        unit=Unit.AVERAGE,
        section=SECTION,
        table=RATINGS,
        value=lambda parts: parts["mean_score"],
    ),
    Measure(
        key="response_rate",
        name=_("Response rate"),
        meaning=_("How many of the chats that somebody held were rated. Only chats are asked about."),
        formula=_("rated chats ÷ chats with an agent, by their end"),
        unit=Unit.PERCENT,
        section=SECTION,
        table=CHATS,
        value=lambda parts: share(parts["rated"], parts["chats"]),
    ),
)
