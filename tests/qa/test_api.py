"""Answers to surveys for other systems: in scope, through the lens, page by page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Team, User
from apps.core.actor import person
from apps.core.clock import now
from apps.qa.selectors.responses import ratings_of
from apps.tickets.models import Ticket
from tests.factories.channels import ChannelFactory
from tests.factories.customers import CustomerFactory
from tests.factories.qa import SurveyReasonFactory, rated
from tests.factories.tickets import QueueFactory, TicketFactory, grant
from tests.support.api import Api

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def ticket(team: Team, vendor_team: Team) -> Ticket:
    queue, channel = QueueFactory(), ChannelFactory(kind="chat", key="shop-chat")
    for each in (team, vendor_team):
        grant(each, queue, channel)
    customer = CustomerFactory(phone="+8613800138000", name="李雷")
    return TicketFactory(queue=queue, channel=channel, customer=customer)


def test_a_page_after_the_other_and_filtered(
    api: Callable[..., Api], ticket: Ticket, agent: User, stranger: User
) -> None:
    for score in (1, 4, 5):
        rated(ticket, score, answered_at=now() - timedelta(days=score), agent=agent if score > 3 else None)
    client = api(agent)

    first = client.get("survey-responses/", limit=2).json()
    rest = client.get(first["next"]).json()
    assert [row["score"] for row in [*first["results"], *rest["results"]]] == [1, 4, 5]
    assert [row["is_satisfied"] for row in first["results"]] == [False, True]

    def scores(**query: Any) -> list[int]:
        return [row["score"] for row in client.get("survey-responses/", **query).json()["results"]]

    assert scores(score="4,5", agent="alice", channel="shop-chat", ticket=ticket.number) == [4, 5]
    assert scores(answered_before=(now() - timedelta(days=4.5)).isoformat()) == [5]
    assert scores(vendor="brightline") == []
    assert client.get("survey-responses/", score="9").status_code == 400
    one = first["results"][0]["id"]
    assert client.get(f"survey-responses/{one}/").json() == first["results"][0]
    assert api(stranger).get("survey-responses/").json()["results"] == []
    assert api(stranger).get(f"survey-responses/{one}/").status_code == 404
    assert api(agent, scopes=["tickets.reply"]).get("survey-responses/").status_code == 403


def test_what_customers_write_is_masked_for_a_vendor(
    api: Callable[..., Api], ticket: Ticket, agent: User, outsourcing_agent: User
) -> None:
    said = rated(ticket, 1, comment="李雷: call 13800138000 please", wants_callback=True, phone="+8613800138000")
    said.reasons.add(SurveyReasonFactory(survey=said.survey))

    [raw] = api(agent).get("survey-responses/").json()["results"]
    [masked] = api(outsourcing_agent).get("survey-responses/").json()["results"]

    assert (raw["comment"], raw["phone"], raw["reasons"]) == (said.comment, said.phone, ["Slow"])
    assert "please" in masked["comment"]
    assert [value for value in ("李雷", "13800138000") if value in str(masked)] == []


def test_a_vendor_reads_what_its_own_people_got_and_learns_nobodys_name(
    api: Callable[..., Api], ticket: Ticket, agent: User, team: Team, outsourcing_agent: User, vendor_team: Team
) -> None:
    inside = rated(ticket, 2, agent=agent, team=team)
    rated(ticket, 3, agent=outsourcing_agent, team=vendor_team, vendor=outsourcing_agent.vendor)
    rated(ticket, 4)
    client = api(outsourcing_agent)

    answer = client.get("survey-responses/")
    assert sorted(row["score"] for row in answer.json()["results"]) == [3, 4]
    assert agent.username not in answer.content.decode()
    assert client.get("survey-responses/", agent=agent.username).json()["results"] == []
    assert client.get(f"survey-responses/{inside.public_id}/").status_code == 404
    assert [row.score for row in ratings_of(person(outsourcing_agent), ticket)] != []
    assert inside.score not in [row.score for row in ratings_of(person(outsourcing_agent), ticket)]
    assert len(ratings_of(person(agent), ticket)) == 3


def test_three_answers_cost_as_much_as_one(api: Callable[..., Api], ticket: Ticket, agent: User) -> None:
    client = api(agent)
    rated(ticket)
    client.get("survey-responses/")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("survey-responses/").status_code == 200
        return len(captured)

    one = queries()
    for score in (2, 3):
        rated(ticket, score, agent=agent)
    assert queries() == one
