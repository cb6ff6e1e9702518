"""Answers as a viewer may see them: what customers write goes through the lens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.core.actor import Actor
from apps.qa.models import SurveyResponse
from apps.qa.querysets import SurveyResponseQuerySet
from apps.tickets.models import Ticket
from apps.tickets.selectors.rendering import View, view_of


@dataclass(frozen=True, slots=True)
class ResponseRow:
    id: str
    ticket: int
    survey: str
    survey_label: str
    channel: str
    agent: str | None
    agent_label: str
    team: str | None
    vendor: str | None
    score: int
    is_satisfied: bool
    reasons: tuple[str, ...]
    comment: str
    wants_callback: bool
    phone: str
    answered_at: datetime
    changed_at: datetime | None


def with_names(rows: SurveyResponseQuerySet) -> SurveyResponseQuerySet:
    named = ("survey", "ticket__customer", "channel", "agent", "team", "vendor")
    return rows.select_related(*named).prefetch_related("reasons")


def response_rows(actor: Actor, responses: Sequence[SurveyResponse]) -> list[ResponseRow]:
    """For answers taken through `visible_to` and `with_names`."""
    view = view_of(actor, [response.ticket for response in responses])
    return [_row(response, view) for response in responses]


def ratings_of(actor: Actor, ticket: Ticket) -> list[ResponseRow]:
    """The newest first."""
    rows = with_names(SurveyResponse.objects.visible_to(actor).of_ticket(ticket.pk))
    return response_rows(actor, list(rows))


def _row(response: SurveyResponse, view: View) -> ResponseRow:
    lens = view.over(response.ticket)
    return ResponseRow(
        id=response.public_id,
        ticket=response.ticket.number,
        survey=response.survey.key,
        survey_label=str(response.survey),
        channel=response.channel.key,
        agent=response.agent.username if response.agent else None,
        agent_label=str(response.agent or ""),
        team=response.team.key if response.team else None,
        vendor=response.vendor.key if response.vendor else None,
        score=response.score,
        is_satisfied=response.is_satisfied,
        reasons=tuple(str(reason) for reason in response.reasons.all()),
        comment=lens.text(response.comment, known=view.known_of(response.ticket)),
        wants_callback=response.wants_callback,
        phone=lens.phone(response.phone) if response.phone else "",
        answered_at=response.answered_at,
        changed_at=response.changed_at,
    )
