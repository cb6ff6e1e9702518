"""How the visitor found the last visit: what they are asked once it is over, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from apps.channels.connectors.protocol.messages import answers
from apps.channels.models import ClientConversation
from apps.core import throttle
from apps.core.clock import now
from apps.customers.selectors import family_ids
from apps.livechat.enums import UNSERVED
from apps.livechat.errors import NothingToRate
from apps.livechat.models import ChatSession
from apps.livechat.services.sessions import VISITOR
from apps.privacy.enums import Purpose
from apps.privacy.services.consenting import allows
from apps.qa.enums import LOW_UNTIL, Scale, ShownWith
from apps.qa.models import Survey, SurveyResponse
from apps.qa.selectors.surveys import survey_of
from apps.qa.services import CHANGEABLE, Answer, answer_survey

RATEABLE: Final = timedelta(days=7)
HOURLY: Final = 20


@dataclass(frozen=True, slots=True)
class Rateable:
    """The last visit, by which survey it is rated, and what was answered."""

    session: ChatSession
    survey: Survey
    response: SurveyResponse | None


def rating_of(conversation: ClientConversation) -> dict[str, Any]:
    """As the protocol tells it. `survey` is null while there is nothing to ask."""
    found = _rateable(conversation)
    if found is None:
        return {"visit": None, "survey": None, "answer": None}
    return {
        "visit": found.session.ended_sequence,
        "survey": _asked(found.survey, found.response),
        "answer": _answered(found.response) if found.response is not None else None,
    }


def rate(conversation: ClientConversation, *, visit: int, **said: Any) -> dict[str, Any]:
    """Raises NothingToRate where `visit` is not the last one, or was with nobody."""
    throttle.hit(f"livechat.rating:{conversation.pk}", limit=HOURLY, per=timedelta(hours=1))
    found = _rateable(conversation)
    if found is None or found.session.ended_sequence != visit:
        raise NothingToRate
    interaction_id = found.session.interaction_id or 0
    answer_survey(survey=found.survey, interaction_id=interaction_id, answer=Answer(**said), by=VISITOR)
    return rating_of(conversation)


def _rateable(conversation: ClientConversation) -> Rateable | None:
    """While a visit goes on, nobody is asked about the one before."""
    rows = ChatSession.objects.filter(conversation=conversation).select_related("channel")
    session = rows.order_by("-pk").first()
    if session is None or session.is_open or session.interaction_id is None:
        return None
    response = SurveyResponse.objects.select_related("survey").filter(interaction_id=session.interaction_id).first()
    survey = response.survey if response is not None else _survey_for(session)
    return Rateable(session, survey, response) if survey is not None else None


def _survey_for(session: ChatSession) -> Survey | None:
    """Nobody is asked about a visit in which no person answered, or at whose end they still waited."""
    is_past = session.ended_at is None or now() - session.ended_at > RATEABLE
    is_served = session.ended_by not in UNSERVED and was_answered(session)
    return survey_of(session.channel) if is_served and not is_past and _may_be_asked(session) else None


def _may_be_asked(session: ChatSession) -> bool:
    contact = session.interaction
    if contact is None or contact.customer is None:
        return True
    return allows(family_ids(contact.customer), Purpose.SURVEYS)


def was_answered(session: ChatSession) -> bool:
    """By a person."""
    rows = answers(session.conversation).filter(sequence__gt=session.first_sequence)
    if session.ended_sequence is not None:
        rows = rows.filter(sequence__lt=session.ended_sequence)
    return any(not row.content.get("is_automatic") for row in rows.order_by("sequence").iterator(20))


def _asked(survey: Survey, response: SurveyResponse | None) -> dict[str, Any]:
    scale = Scale(survey.scale)
    words = _words(scale)
    return {
        "question": str(survey.question),
        "scale": scale.value,
        "choices": [{"score": score, "label": words[score]} for score in scale.scores],
        "reasons": _reasons(survey, scale, response),
        "comment": survey.asks_comment,
        "callback_until": LOW_UNTIL if survey.offers_callback else 0,
    }


def _words(scale: Scale) -> Mapping[int, str]:
    if scale is Scale.THUMBS:
        return {1: _("No"), 5: _("Yes")}
    return {1: _("Very bad"), 2: _("Bad"), 3: _("Fair"), 4: _("Good"), 5: _("Very good")}


def _reasons(survey: Survey, scale: Scale, response: SurveyResponse | None) -> list[dict[str, Any]]:
    """What was chosen stays on offer, though it was switched off since."""
    chosen = set(response.reasons.values_list("pk", flat=True)) if response is not None else set()
    return [
        {
            "id": row.pk,
            "label": str(row.label),
            "scores": [score for score in scale.scores if ShownWith(row.shown_with).fits(score)],
        }
        for row in survey.reasons.all()
        if row.is_active or row.pk in chosen
    ]


def _answered(response: SurveyResponse) -> dict[str, Any]:
    return {
        "score": response.score,
        "reasons": [row.pk for row in response.reasons.all()],
        "comment": response.comment,
        "wants_callback": response.wants_callback,
        "phone": response.phone,
        "changeable_until": (response.answered_at + CHANGEABLE).isoformat(),
    }
