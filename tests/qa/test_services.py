"""Answers to surveys: once for each conversation, checked, changeable for a day, and heard of by who has to act."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from apps.accounts.models import Team, User, Vendor
from apps.core.actor import SYSTEM, person
from apps.core.clock import now
from apps.core.errors import InvalidInput
from apps.core.models import AuditEntry, Event
from apps.core.sweeps import run_sweeps
from apps.qa.enums import Scale
from apps.qa.errors import AnswerFinal
from apps.qa.models import Survey, SurveyReason, SurveyResponse
from apps.qa.selectors.surveys import survey_of
from apps.qa.services import Answer, answer_survey
from apps.sla.models import FollowUp
from apps.tickets.enums import AssignmentState, MessageKind, Status
from apps.tickets.models import Assignment, Interaction, Message
from apps.tickets.selectors.history import ticket_history
from apps.tickets.services.lifecycle import change_status
from tests.factories.accounts import BrandFactory
from tests.factories.channels import ChannelFactory
from tests.factories.qa import SurveyFactory, SurveyReasonFactory
from tests.factories.tickets import InteractionFactory, TicketFactory, say

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def survey() -> Survey:
    return SurveyFactory(key="chat", offers_callback=True)


@pytest.fixture
def interaction() -> Interaction:
    channel = ChannelFactory(kind="chat")
    return InteractionFactory(ticket=TicketFactory(channel=channel), channel=channel)


def give(survey: Survey, interaction: Interaction, score: int = 5, **said: Any) -> SurveyResponse:
    return answer_survey(survey=survey, interaction_id=interaction.pk, answer=Answer(score, **said), by=SYSTEM)


def told() -> list[dict[str, Any]]:
    return [row.payload for row in Event.objects.filter(kind="survey.answered").order_by("ordinal")]


def test_an_answer_is_of_who_answered_last(
    survey: Survey, interaction: Interaction, agent: User, outsourcing_agent: User, vendor: Vendor, vendor_team: Team
) -> None:
    ticket = interaction.ticket
    for author in (agent, outsourcing_agent):
        say(ticket, "Hello", kind=MessageKind.AGENT, interaction=interaction, author=author)
    say(ticket, "by another way", kind=MessageKind.AGENT, author=agent)
    Assignment.objects.create(
        ticket=ticket, user=outsourcing_agent, team=vendor_team, state=AssignmentState.ACCEPTED, started_at=now()
    )

    response = give(survey, interaction, 4, comment=" Well done \0")

    assert (response.agent, response.team, response.vendor) == (outsourcing_agent, vendor_team, vendor)
    assert (response.score, response.comment, response.is_satisfied) == (4, "Well done", True)
    assert [(row["score"], row["user_id"], row["is_changed"]) for row in told()] == [(4, outsourcing_agent.pk, False)]
    assert "Well done" not in str(told())
    [line] = [row for row in ticket_history(SYSTEM, ticket) if row.kind == "survey.answered"]
    assert (line.sentence, line.icon) == ("Rated: 4 of 5", "star")


def test_saying_it_again_changes_nothing_and_changing_it_is_kept(survey: Survey, interaction: Interaction) -> None:
    slow = SurveyReasonFactory(survey=survey, shown_with="low")
    give(survey, interaction, 2, reasons=[slow.pk], comment="Slow.")
    give(survey, interaction, 2, reasons=[slow.pk], comment="Slow.")
    assert len(told()) == 1

    SurveyReason.objects.update(is_active=False)  # what was chosen stays possible
    give(SurveyFactory(), interaction, 3, reasons=[slow.pk], comment="Better.")

    [response] = SurveyResponse.objects.all()
    assert (response.survey, response.score, response.comment) == (survey, 3, "Better.")
    assert list(response.reasons.all()) == [slow]
    assert [row["is_changed"] for row in told()] == [False, True]
    details = AuditEntry.objects.get(action="survey.answer_changed").details
    assert (details["old"]["comment"], details["new"]["score"]) == ("Slow.", 3)


def test_after_a_day_an_answer_stands(survey: Survey, interaction: Interaction) -> None:
    give(survey, interaction, 5)

    with time_machine.travel(now() + timedelta(hours=25), tick=True):
        give(survey, interaction, 5)
        with pytest.raises(AnswerFinal):
            give(survey, interaction, 1)

    assert (SurveyResponse.objects.get().score, len(told())) == (5, 1)
    assert not AuditEntry.objects.filter(action="survey.answer_changed").exists()


@pytest.mark.parametrize(
    ("settings", "said", "field"),
    [
        ({}, {"score": 6}, "score"),
        ({"scale": Scale.THUMBS}, {"score": 3}, "score"),
        ({}, {"score": 5, "reasons": "low"}, "reasons"),
        ({}, {"score": 1, "reasons": "foreign"}, "reasons"),
        ({}, {"score": 3, "wants_callback": True}, "wants_callback"),
        ({"offers_callback": False}, {"score": 1, "wants_callback": True}, "wants_callback"),
        ({}, {"score": 1, "wants_callback": True, "phone": "12"}, "phone"),
    ],
    ids=["score", "thumbs", "unfit-reason", "foreign-reason", "no-need", "not-offered", "phone"],
)
def test_what_is_not_offered_is_refused(
    survey: Survey, interaction: Interaction, settings: dict[str, Any], said: dict[str, Any], field: str
) -> None:
    reasons = {"low": SurveyReasonFactory(survey=survey, shown_with="low"), "foreign": SurveyReasonFactory()}
    Survey.objects.filter(pk=survey.pk).update(**settings)
    survey.refresh_from_db()
    chosen = [reasons[said.pop("reasons")].pk] if "reasons" in (said := dict(said)) else []

    with pytest.raises(InvalidInput) as refused:
        give(survey, interaction, reasons=chosen, **said)

    assert list(refused.value.fields) == [field]
    assert (SurveyResponse.objects.count(), told(), Message.objects.count()) == (0, [], 0)


def test_who_asks_to_be_called_is_due_again(survey: Survey, interaction: Interaction, manager: User) -> None:
    ticket = interaction.ticket
    run_sweeps("core.events")  # subscribers that are new begin with what happens from now on
    change_status(ticket=ticket, status=Status.RESOLVED, by=SYSTEM)

    for _twice in range(2):
        give(survey, interaction, 1, wants_callback=True, phone="138 0013 8000")
        run_sweeps("core.events")

    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_since is None) == (Status.OPEN, False)
    [follow_up] = FollowUp.objects.all()
    assert (follow_up.ticket, follow_up.done_at) == (ticket, None)
    assert ticket.next_due_at == follow_up.due_at
    assert SurveyResponse.objects.get().phone == "+8613800138000"
    assert list(Message.objects.values_list("notice", flat=True)) == ["callback_wanted"]


def test_the_closest_survey_is_asked() -> None:
    channel = ChannelFactory(kind="chat")
    SurveyFactory(key="a-switched-off", is_active=False).channels.add(channel)
    SurveyFactory(key="b-another-brand", brand=BrandFactory())
    SurveyFactory(key="c-another-channel").channels.add(ChannelFactory(kind="chat"))
    assert survey_of(channel) is None

    found = []
    for key, values in (("d-all", {}), ("e-brand", {"brand": channel.brand}), ("f-channel", {})):
        made = SurveyFactory(key=key, **values)
        if key == "f-channel":
            made.channels.add(channel)
        found.append(survey_of(channel))
    assert [str(survey.key) for survey in found if survey] == ["d-all", "e-brand", "f-channel"]


def test_answers_are_seen_with_their_ticket_and_surveys_by_managers(
    survey: Survey, interaction: Interaction, manager: User, agent: User, stranger: User
) -> None:
    give(survey, interaction)
    interaction.ticket.assignee = agent
    interaction.ticket.save(update_fields=["assignee"])

    seen = [SurveyResponse.objects.visible_to(person(user)).count() for user in (manager, agent, stranger)]
    assert seen == [1, 1, 0]
    assert [Survey.objects.visible_to(person(user)).count() for user in (manager, agent)] == [1, 0]
    assert SurveyResponse.objects.satisfied().count() == 1
