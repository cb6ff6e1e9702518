"""A customer answers. Written under the ticket's lock, one answer for each conversation."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Team, User
from apps.core import audit
from apps.core.actor import SYSTEM, Actor
from apps.core.clock import now
from apps.core.errors import InvalidInput
from apps.core.events import publish
from apps.core.storable import storable
from apps.customers import identities
from apps.customers.enums import IdentityKind
from apps.qa.enums import LOW_UNTIL, Scale, ShownWith
from apps.qa.errors import AnswerFinal
from apps.qa.events import SurveyAnswered
from apps.qa.models import Survey, SurveyReason, SurveyResponse
from apps.qa.selectors.lines import CALLBACK
from apps.tickets.enums import DONE, MessageKind, Status
from apps.tickets.models import Assignment, Interaction, Message, Ticket
from apps.tickets.services import lifecycle
from apps.tickets.services.changing import save_ticket
from apps.tickets.services.timeline import MESSAGE_FIELDS, record_entry

CHANGEABLE: Final = timedelta(hours=24)
MAX_COMMENT: Final = 2000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a customer says. `reasons` are ids; `phone` is where to call, if they ask for it."""

    score: int
    reasons: Collection[int] = ()
    comment: str = ""
    wants_callback: bool = False
    phone: str = ""


@transaction.atomic
def answer_survey(*, survey: Survey, interaction_id: int, answer: Answer, by: Actor) -> SurveyResponse:
    """The first answer counts for the survey it was asked by; saying the same again changes nothing.

    Raises InvalidInput, and AnswerFinal once it may no longer be changed.
    """
    interaction = Interaction.objects.select_related("channel", "ticket__merged_into").get(pk=interaction_id)
    ticket = Ticket.objects.locked().get(pk=lifecycle.head_of(interaction.ticket).pk)
    known = SurveyResponse.objects.select_related("survey").filter(interaction=interaction).first()
    survey = known.survey if known is not None else survey
    answer = _checked(survey, answer, _of(known) if known is not None else None)
    if known is None:
        return _first(survey, ticket, interaction, answer, by)
    if answer != _of(known):
        _change(known, ticket, answer, by)
    return known


def _checked(survey: Survey, answer: Answer, before: Answer | None) -> Answer:
    """In one form, so that two answers can be compared."""
    errors: dict[str, list[str]] = {}
    if answer.score not in Scale(survey.scale).scores:
        errors["score"] = [_("Please choose one of the list.")]
    if not set(answer.reasons) <= _offered(survey, answer.score, before):
        errors["reasons"] = [_("Please choose one of the list.")]
    if answer.wants_callback and not (survey.offers_callback and answer.score <= LOW_UNTIL):
        errors["wants_callback"] = [_("This is not offered here.")]
    phone = ""
    try:
        phone = identities.normalize(IdentityKind.PHONE, answer.phone) if answer.phone and answer.wants_callback else ""
    except InvalidInput as error:
        errors["phone"] = [text for texts in error.fields.values() for text in texts]
    if errors:
        raise InvalidInput(fields=errors)
    comment = storable(answer.comment).strip()[:MAX_COMMENT] if survey.asks_comment else ""
    return Answer(answer.score, tuple(sorted(set(answer.reasons))), comment, answer.wants_callback, phone)


def _offered(survey: Survey, score: int, before: Answer | None) -> set[int]:
    """What was chosen before stays possible, though it was switched off since."""
    chosen = set(before.reasons) if before is not None else set()
    rows = SurveyReason.objects.filter(survey=survey)
    return {row.pk for row in rows if (row.is_active or row.pk in chosen) and ShownWith(row.shown_with).fits(score)}


def _first(survey: Survey, ticket: Ticket, interaction: Interaction, answer: Answer, by: Actor) -> SurveyResponse:
    agent = _last_to_answer(interaction)
    response = SurveyResponse(
        survey=survey,
        ticket=ticket,
        interaction=interaction,
        channel=interaction.channel,
        agent=agent,
        team=_team_of(agent, ticket),
        vendor=agent.vendor if agent is not None else None,
        answered_at=now(),
    )
    _fill(response, answer)
    response.save(force_insert=True)
    response.reasons.set(answer.reasons)
    _tell(response, by=by)
    if answer.wants_callback:
        _expect_call(ticket, by)
    return response


def _change(response: SurveyResponse, ticket: Ticket, answer: Answer, by: Actor) -> None:
    if now() - response.answered_at > CHANGEABLE:
        raise AnswerFinal
    before = _of(response)
    _fill(response, answer)
    response.changed_at = now()
    response.save(update_fields=["score", "comment", "wants_callback", "phone", "changed_at"])
    response.reasons.set(answer.reasons)
    details = {"old": _told(before), "new": _told(answer)}
    audit.record("survey.answer_changed", by=by, subject=response, details=details)
    _tell(response, by=by, is_changed=True)
    if answer.wants_callback and not before.wants_callback:
        _expect_call(ticket, by)


def _fill(response: SurveyResponse, answer: Answer) -> None:
    response.score, response.comment = answer.score, answer.comment
    response.wants_callback, response.phone = answer.wants_callback, answer.phone


def _of(response: SurveyResponse) -> Answer:
    reasons = tuple(response.reasons.order_by("pk").values_list("pk", flat=True))
    return Answer(response.score, reasons, response.comment, response.wants_callback, response.phone)


def _told(answer: Answer) -> dict[str, Any]:
    return {
        "score": answer.score,
        "reasons": list(answer.reasons),
        "comment": answer.comment,
        "wants_callback": answer.wants_callback,
    }


def _last_to_answer(interaction: Interaction) -> User | None:
    since = interaction.started_at - timedelta(days=1)  # leads to the partitions that may hold it
    rows = Message.objects.filter(
        ticket_id=interaction.ticket_id, interaction=interaction, kind=MessageKind.AGENT, created__gte=since
    )
    last = rows.exclude(author=None).select_related("author__vendor").order_by("-sequence").first()
    return last.author if last is not None else None


def _team_of(agent: User | None, ticket: Ticket) -> Team | None:
    """In which they held the ticket, else the ticket's own."""
    if agent is None:
        return None
    held = Assignment.objects.filter(ticket=ticket, user=agent).exclude(team=None).select_related("team")
    last = held.order_by("-pk").first()
    return last.team if last is not None else ticket.team


def _tell(response: SurveyResponse, *, by: Actor, is_changed: bool = False) -> None:
    publish(
        SurveyAnswered(
            ticket_id=response.ticket_id,
            interaction_id=response.interaction_id,
            channel_id=response.channel_id,
            survey=response.survey.key,
            score=response.score,
            user_id=response.agent_id,
            wants_callback=response.wants_callback,
            is_changed=is_changed,
        ),
        by=by,
        customer_id=response.ticket.customer_id,
    )


def _expect_call(ticket: Ticket, by: Actor) -> None:
    """The customer waits for us again, also where the ticket was done. The follow-up comes with the event."""
    if ticket.status in DONE:
        save_ticket(ticket, lifecycle.move(ticket, Status.OPEN, by=SYSTEM, reason="callback"))
    record_entry(ticket=ticket, notice=CALLBACK, by=by)
    ticket.waiting_since = ticket.waiting_since or now()
    save_ticket(ticket, MESSAGE_FIELDS)
