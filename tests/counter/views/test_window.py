"""The page of a window: every button, what it refuses, and who may press it."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import Team, User
from apps.core.actor import Actor
from apps.counter.models import Visit
from apps.counter.services.calling import call_next
from apps.tickets.models import Message, Ticket
from tests.counter.conftest import Hall
from tests.factories.counter import draw
from tests.factories.tickets import CategoryFactory

pytestmark = pytest.mark.integration
Acting = Callable[..., Actor]
PAGE = "/desk/counter/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(client: Client) -> str:
    return client.get(PAGE).content.decode()


def test_who_sits_nowhere_chooses_a_window(hall: Hall, agent: User) -> None:
    client = signed_in(agent)

    assert "Where do you sit?" in page(client)
    client.post(f"{PAGE}seat/", {"window": hall.one.pk})

    hall.one.refresh_from_db()
    assert hall.one.agent == agent
    assert "Window 1" in page(client)


def test_a_day_at_the_window(seated: Hall, agent: User) -> None:
    client, category = signed_in(agent), CategoryFactory()
    first, second = draw(seated.branch, seated.repair), draw(seated.branch, seated.returns)
    assert "A001" in page(client)

    client.post(f"{PAGE}calls/", {"seen": ""})
    assert "called 1 time" in page(client)
    at = f"{PAGE}visits/{first.public_id}/"
    client.post(f"{at}calls/")
    assert "called 2 times" in page(client)
    client.post(f"{at}service/", {"contact": "13800138000", "name": "Lin Planted", "has_consented": "on"})
    served = page(client)
    assert "Lin Planted" in served
    assert "+86" in served
    client.post(f"{at}proof/", {"proof": "document", "document": "passport", "tail": "90AB"})
    assert "…90AB" in page(client)
    client.post(
        f"{at}end/", {"summary": "New battery.", "outcome": "solved", "category": category.pk, "satisfaction": "4"}
    )

    first.refresh_from_db()
    ticket = Ticket.objects.get()
    assert (first.state, first.satisfaction, first.has_consented) == ("done", 4, True)
    assert (ticket.status, ticket.category) == ("resolved", category)
    client.post(f"{PAGE}calls/", {"seen": ""})
    client.post(f"{PAGE}visits/{second.public_id}/absence/")
    second.refresh_from_db()
    assert second.state == "skipped"
    client.post(f"{PAGE}visits/{second.public_id}/calls/", {"seen": ""})
    client.post(f"{PAGE}visits/{second.public_id}/transfer/", {"window": seated.two.pk})
    second.refresh_from_db()
    assert (second.state, second.wanted_window) == ("transferred", seated.two)
    client.post(f"{PAGE}seat/end/")
    seated.one.refresh_from_db()
    assert seated.one.agent is None


def test_what_was_typed_comes_back_with_what_is_wrong(served: Visit, agent: User) -> None:
    client, at = signed_in(agent), f"{PAGE}visits/{served.public_id}/"

    answer = client.post(f"{at}proof/", {"proof": "document", "document": "id_card", "tail": "44"})
    assert answer.status_code == 422
    assert "Enter the last four characters and nothing more." in answer.content.decode()
    answer = client.post(f"{at}end/", {"summary": "", "outcome": "open"})
    assert answer.status_code == 422
    served.refresh_from_db()
    assert (served.state, served.proof) == ("serving", "claimed")
    assert not Message.objects.exists()


def test_a_refusal_is_said_and_changes_nothing(seated: Hall, agent: User) -> None:
    client = signed_in(agent)
    draw(seated.branch, seated.repair)
    draw(seated.branch, seated.repair)
    client.post(f"{PAGE}calls/", {"seen": ""})

    client.post(f"{PAGE}calls/", {"seen": ""})  # a second press of the same page

    assert "A001 has moved on in the meantime." in page(client)
    assert list(Visit.objects.order_by("number").values_list("state", "calls")) == [("called", 1), ("waiting", 0)]


def test_the_line_refreshes_and_tells_when_the_whole_page_is_due(seated: Hall, agent: User, acting: Acting) -> None:
    client = signed_in(agent)
    draw(seated.branch, seated.repair)
    calm = client.get(f"{PAGE}line/", {"mark": ""})
    assert "A001" in calm.content.decode()
    assert "<html" not in calm.content.decode()

    call_next(window=seated.one, by=acting(agent))

    assert client.get(f"{PAGE}line/", {"mark": ""})["HX-Refresh"] == "true"
    assert "HX-Refresh" not in client.get(f"{PAGE}line/", {"mark": "A001.called.1"})


@pytest.mark.parametrize("name", ["stranger", "outsourcing_agent"])
def test_others_find_nothing_and_change_nothing(
    name: str, request: pytest.FixtureRequest, served: Visit, seated: Hall
) -> None:
    other = request.getfixturevalue(name)
    client = signed_in(other)
    allowed = name == "stranger"  # may serve, but not here

    answer = client.get(PAGE)
    assert answer.status_code == (200 if allowed else 403)
    assert "A001" not in answer.content.decode()
    assert "Zhao Planted" not in answer.content.decode()
    for verb in ("calls", "absence", "service", "proof", "transfer", "end"):
        answer = client.post(f"{PAGE}visits/{served.public_id}/{verb}/", {"summary": "x", "outcome": "open"})
        assert answer.status_code == (404 if allowed else 403)
    assert client.post(f"{PAGE}seat/", {"window": seated.two.pk}).status_code == (404 if allowed else 403)
    served.refresh_from_db()
    seated.two.refresh_from_db()
    assert (served.state, served.agent_id) == ("serving", seated.one.agent_id)
    assert seated.two.agent != other
    assert not Message.objects.exists()


def test_a_vendors_agent_sees_the_visitor_masked(
    seated: Hall, vendor_team: Team, outsourcing_agent: User, served: Visit
) -> None:
    """Granted everything, and still through the lens."""
    from tests.factories.tickets import grant

    role = outsourcing_agent.role
    assert role is not None
    role.permissions = [*role.permissions, "counter.serve"]
    role.save()
    seated.branch.teams.add(vendor_team)
    grant(vendor_team, seated.branch.channel, seated.queue)
    client = signed_in(outsourcing_agent)
    Visit.objects.filter(pk=served.pk).update(window=None, state="transferred")
    seated.two.agent = None
    seated.two.save()
    client.post(f"{PAGE}seat/", {"window": seated.two.pk})
    client.post(f"{PAGE}calls/", {"seen": ""})
    client.post(f"{PAGE}visits/{served.public_id}/service/")

    shown = page(client)
    assert "being served" in shown
    assert "Zhao Planted" not in shown
    assert "13800138000" not in shown
    assert "138****8000" in shown.replace(" ", "")


def test_more_people_in_line_cost_no_more_queries(seated: Hall, agent: User, django_assert_num_queries: object) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(agent)
    draw(seated.branch, seated.repair)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    for _person in range(3):
        draw(seated.branch, seated.returns, reason="elderly")
    with CaptureQueriesContext(connection) as four:
        client.get(PAGE)

    assert len(four) == len(one) <= 20
