"""Surveys and answers to them."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from apps.core.clock import now
from apps.qa.models import Survey, SurveyReason, SurveyResponse
from apps.tickets.models import Ticket
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import InteractionFactory


class SurveyFactory(DjangoModelFactory[Survey]):
    class Meta:
        model = Survey

    key = factory.Sequence(lambda n: f"survey-{n}")
    name = factory.LazyAttribute(lambda row: {"en": f"Survey {row.key}", "zh-hans": f"问卷 {row.key}"})
    question = {"en": "How did we do?", "zh-hans": "您满意吗？"}


class SurveyReasonFactory(DjangoModelFactory[SurveyReason]):
    class Meta:
        model = SurveyReason

    survey = factory.SubFactory(SurveyFactory)
    label = {"en": "Slow", "zh-hans": "太慢"}


def rated(ticket: Ticket, score: int = 5, **values: Any) -> SurveyResponse:
    """An answer that lies on a ticket, however it came there."""
    channel = ticket.channel or ChannelFactory(kind="chat")
    response = SurveyResponse(
        survey=values.pop("survey", None) or SurveyFactory(),
        ticket=ticket,
        interaction=values.pop("interaction", None) or InteractionFactory(ticket=ticket, channel=channel),
        channel=channel,
        score=score,
        answered_at=values.pop("answered_at", None) or now(),
        **values,
    )
    response.save(force_insert=True)
    return response
