"""The state in the rail, offers on the desk, and the people whom a supervisor looks after."""

import pytest
from django.urls import reverse

from apps.accounts.models import User
from apps.core.models import AuditEntry
from apps.routing.models import AgentState, AgentStateChange
from apps.routing.services.states import set_away, set_state
from apps.tickets.enums import AssignmentState
from apps.tickets.models import Assignment, Ticket
from apps.tickets.services import offers
from tests.workbench.conftest import Desk

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]
HX = {"HX-Request": "true"}


def test_the_switcher_says_and_sets_ones_own_state(desk: Desk, agent: User) -> None:
    client = desk(agent)
    assert "Your state: Offline" in client.get("/desk/views/mine/").content.decode()
    menu = client.get("/desk/state/choices/").content.decode()
    assert "On a break · Meal" in menu
    answer = client.post("/desk/state/", {"state": "break", "reason": "meal"}, headers=HX).content.decode()
    assert "Your state: On a break · Meal" in answer
    assert AgentState.objects.get(user=agent).state == "break"
    refused = [client.post("/desk/state/", data, headers=HX).status_code for data in (
        {"state": "asleep"}, {"state": "busy", "reason": "meal"}, {"state": "break", "reason": "sulking"},
    )]  # fmt: skip
    assert refused == [422, 422, 404]
    assert AgentStateChange.objects.count() == 1


def test_an_offer_is_a_card_that_is_accepted_or_declined(
    desk: Desk, agent: User, teammate: User, supervisor: User, ticket: Ticket, acting
) -> None:
    client, other = desk(agent), desk(teammate)
    first = offers.offer_ticket(ticket=ticket, to=agent, seconds=60, by=acting(supervisor))
    card = client.get("/desk/offers/").content.decode()
    assert "Screen broken" in card
    assert "Susan Supervisor offers it to you." in card
    assert other.get("/desk/offers/").content.decode().strip() == ""
    for verb in ("acceptance", "refusal"):
        assert other.post(f"/desk/offers/{first.pk}/{verb}/", headers=HX).status_code == 404
    assert client.post(f"/desk/offers/{first.pk}/refusal/", headers=HX).content.decode().strip() == ""
    second = offers.offer_ticket(ticket=ticket, to=agent, seconds=60)
    answer = client.post(f"/desk/offers/{second.pk}/acceptance/", headers=HX)
    assert answer.headers["HX-Redirect"] == reverse("workbench:ticket", args=[ticket.number])
    assert client.post(f"/desk/offers/{first.pk}/acceptance/", headers=HX).status_code == 410
    states = Assignment.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == [AssignmentState.DECLINED, AssignmentState.ACCEPTED]


def test_who_was_set_to_away_is_told_why_and_comes_back_with_one_press(
    desk: Desk, agent: User, teammate: User, supervisor: User, acting
) -> None:
    client, other, wall = desk(agent), desk(teammate), desk(supervisor)
    set_state(user=agent, state="available", by=acting(agent))
    set_away(user=agent)
    card = client.get("/desk/offers/").content.decode()
    assert "You are set to away" in card
    assert "I am back" in card
    assert "You are set to away" not in other.get("/desk/offers/").content.decode()
    for page in ("/desk/wallboard/", "/desk/floor/"):
        assert "Away: offers missed" in wall.get(page).content.decode()
    assert "Your state: Available" in client.post("/desk/state/", {"state": "available"}, headers=HX).content.decode()
    assert client.get("/desk/offers/").content.decode().strip() == ""


def test_the_next_ticket_is_the_most_urgent_free_one(desk: Desk, agent: User, stranger: User, ticket: Ticket) -> None:
    client, outside = desk(agent), desk(stranger)
    nothing = outside.post("/desk/next/", headers=HX)
    assert (nothing.status_code, "Nothing waits" in nothing.headers["HX-Trigger"]) == (204, True)
    answer = client.post("/desk/next/", headers=HX)
    assert answer.headers["HX-Redirect"] == reverse("workbench:ticket", args=[ticket.number])
    ticket.refresh_from_db()
    assert ticket.assignee == agent
    assert client.post("/desk/next/", headers=HX).status_code == 204


def test_only_supervisors_see_the_floor_and_set_others(
    desk: Desk, agent: User, teammate: User, supervisor: User
) -> None:
    address = reverse("workbench:person-state", args=[agent.username])
    form = {"state": "break:meal", "why": "Looks tired"}
    curious = desk(teammate)
    answers = [curious.get("/desk/floor/"), curious.get(address), curious.post(address, form)]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert not AgentState.objects.exists()
    client = desk(supervisor)
    assert "Alice Agent" in client.get("/desk/floor/").content.decode()
    assert client.post(address, {"state": "break:meal", "why": " "}, headers=HX).status_code == 422
    assert not AgentState.objects.exists()
    assert client.post(address, form, headers=HX).status_code == 204
    row = AgentState.objects.get(user=agent)
    assert (row.state, row.forced_by) == ("break", supervisor)
    assert AuditEntry.objects.get(action="agent.state_forced").reason == "Looks tired"
    assert "set by Susan Supervisor" in client.get("/desk/floor/").content.decode()


def test_the_api_says_and_sets_the_same(api, agent: User, supervisor: User, ticket: Ticket) -> None:
    own, boss = api(agent), api(supervisor)
    assert own.put("agent-states/alice/", {"state": "available"}).json()["state"] == "available"
    assert [row["agent"] for row in own.get("agent-states/").json()["results"]] == ["alice"]
    assert own.put("agent-states/susan/", {"state": "busy", "why": "because"}).status_code == 403
    assert boss.put("agent-states/alice/", {"state": "busy"}).json()["code"] == "routing.reason_missing"
    assert own.put("agent-states/alice/", {"state": "busy", "reason": "sulking"}).status_code == 400
    assert AgentState.objects.get().state == "available"
    made = boss.post(f"tickets/{ticket.number}/offers/", {"agent": "alice"})
    assert made.status_code == 201
    offered = own.get("offers/").json()["results"]
    assert [(row["id"], row["ticket"], row["work_kind"]) for row in offered] == [
        (made.json()["id"], ticket.number, "mail")
    ]
    again = boss.post(f"tickets/{ticket.number}/offers/", {"agent": "alice"})
    assert (again.status_code, again.json()["code"]) == (409, "tickets.already_offered")
    assert boss.post(f"offers/{made.json()['id']}/acceptance/").status_code == 404
    assert own.post(f"offers/{made.json()['id']}/acceptance/").status_code == 204
    assert own.get("agent-states/alice/").json()["load"] == {"mail": 1}
    changes = own.get("agent-state-changes/").json()["results"]
    assert [(row["agent"], row["state"], row["cause"], row["by"]) for row in changes] == [
        ("alice", "available", "self", "alice")
    ]
