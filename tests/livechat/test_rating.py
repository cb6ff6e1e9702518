"""A visit that is over is rated in the widget: by whom it was for, once, about the last visit alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from apps.accounts.models import User
from apps.core.actor import SYSTEM, person
from apps.core.clock import now
from apps.core.models import Event
from apps.livechat.models import ChatSession
from apps.privacy.enums import Purpose, Shown
from apps.privacy.services.consenting import withdraw_consent
from apps.qa.models import Survey, SurveyResponse
from apps.tickets.models import Ticket
from apps.tickets.services import messages
from tests.factories.qa import SurveyFactory, SurveyReasonFactory
from tests.livechat.conftest import Chat
from tests.livechat.test_desk import browser

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def survey() -> Survey:
    return SurveyFactory(question={"en": "How was our chat?", "zh-hans": "您对这次服务满意吗？"}, offers_callback=True)


@pytest.fixture
def over(chat: Chat, survey: Survey, manager: User) -> Chat:
    """A visit that mary answered and the visitor ended."""
    chat.write("hello", "a")
    chat.arrive()
    messages.reply(ticket=Ticket.objects.get(), by=person(manager), html="<p>Hello</p>")
    chat.send()
    chat.command("ending")
    chat.arrive()
    return chat


def asked(chat: Chat, language: str = "en") -> Any:
    headers = {"Authorization": f"Bearer {chat.guest}", "Accept-Language": language}
    return chat.http.get("/chat/v1/chat/rating/", headers=headers).json()


def rate(chat: Chat, data: Any, token: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {token or chat.guest}", "Accept-Language": "en"}
    return chat.http.post("/chat/v1/chat/rating/", data=data, content_type="application/json", headers=headers)


def facts() -> tuple[int, int]:
    """What a refusal may not change."""
    return SurveyResponse.objects.count(), Event.objects.filter(kind="survey.answered").count()


def test_the_visitor_is_asked_in_their_language_and_answers(over: Chat, survey: Survey, manager: User) -> None:
    slow = SurveyReasonFactory(survey=survey, shown_with="low")
    told = asked(over)
    assert (told["visit"], told["survey"]["question"], told["answer"]) == (3, "How was our chat?", None)
    assert [choice["score"] for choice in told["survey"]["choices"]] == [1, 2, 3, 4, 5]
    assert told["survey"]["reasons"] == [{"id": slow.pk, "label": "Slow", "scores": [1, 2, 3]}]
    assert asked(over, "zh-CN")["survey"]["question"] == "您对这次服务满意吗？"

    said = {"visit": 3, "score": 2, "reasons": [slow.pk], "comment": "太慢", "wants_callback": True, "phone": ""}
    answer = rate(over, said).json()["answer"]

    assert (answer["score"], answer["comment"], answer["reasons"]) == (2, "太慢", [slow.pk])
    response = SurveyResponse.objects.get()
    assert (response.agent, response.ticket, response.channel) == (manager, Ticket.objects.get(), over.channel)
    panel = browser(manager).get(f"/desk/tickets/{response.ticket.number}/").content.decode()
    assert "太慢" in panel
    assert "2 of 5" in panel


@pytest.mark.parametrize(
    ("said", "token", "status"),
    [
        ({"visit": 3, "score": 0}, "", 400),
        ({"visit": 3, "score": 5, "comment": "x" * 2001}, "", 400),
        ({"visit": 3, "score": 5, "stars": 5}, "", 400),
        ({"visit": 3, "score": 5, "wants_callback": True}, "", 422),
        ({"visit": 1, "score": 5}, "", 409),
        ({"visit": 3, "score": 5}, "guest_forged", 401),
    ],
    ids=["score", "long", "unknown", "not-offered", "another-visit", "forged"],
)
def test_wrong_answers_leave_nothing(over: Chat, said: dict[str, Any], token: str, status: int) -> None:
    assert rate(over, said, token).status_code == status
    assert facts() == (0, 0)


def test_nobody_is_asked_while_a_visit_goes_on_or_about_one_with_nobody(chat: Chat, survey: Survey) -> None:
    nothing = {"visit": None, "survey": None, "answer": None}
    assert asked(chat) == nothing
    chat.write("hello", "a")
    chat.arrive()
    assert asked(chat) == nothing
    chat.answer("Somebody will be with you soon.", automatic=True)
    chat.command("ending")
    assert asked(chat) == nothing
    assert rate(chat, {"visit": 3, "score": 1}).json()["code"] == "livechat.nothing_to_rate"
    assert facts() == (0, 0)


def test_the_next_visit_and_a_week_close_it(over: Chat) -> None:
    with time_machine.travel(now() + timedelta(days=8), tick=True):
        assert asked(over)["survey"] is None
    over.write("me again", "b")
    over.arrive()
    assert rate(over, {"visit": 3, "score": 5}).status_code == 409
    assert facts() == (0, 0)
    assert ChatSession.objects.count() == 2


def test_switched_off_it_asks_nobody_but_keeps_answers_changeable(over: Chat, survey: Survey) -> None:
    rate(over, {"visit": 3, "score": 5})
    Survey.objects.update(is_active=False)

    assert asked(over)["survey"]["question"] == "How was our chat?"
    assert rate(over, {"visit": 3, "score": 4}).json()["answer"]["score"] == 4
    SurveyResponse.objects.all().delete()
    assert asked(over)["survey"] is None


def test_who_took_it_back_is_not_asked(over: Chat) -> None:
    customer = Ticket.objects.get().customer
    assert customer is not None
    assert asked(over)["survey"] is not None

    withdraw_consent(customer_id=customer.pk, purpose=Purpose.SURVEYS, shown=Shown.PAGE, by=SYSTEM)

    assert asked(over)["survey"] is None
    assert rate(over, {"visit": 4, "score": 1}).status_code == 409
    assert facts() == (0, 0)
