"""The wallboard: what supervisors see on it, what a vendor's supervisor does not, and alerts on other pages."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Team, User, Vendor
from apps.alerts.models import Alert, AlertChange
from apps.alerts.services.mailing import WALLBOARD
from apps.core.clock import now
from apps.routing.services.states import set_state
from apps.tickets.models import Queue
from tests.alerts.conftest import lead_of
from tests.factories.accounts import UserFactory
from tests.factories.alerts import AlertFactory
from tests.factories.channels import ChannelFactory
from tests.factories.metrics import waited
from tests.factories.tickets import QueueFactory, TicketFactory, grant
from tests.workbench.conftest import HTMX, Desk, triggers

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


@pytest.fixture
def vendor_lead(vendor: Vendor, vendor_team: Team) -> User:
    return lead_of(vendor, vendor_team)


def late_ticket(queue: Queue, **values):
    """About to break its promise."""
    return TicketFactory(queue=queue, sla_state="running", next_due_at=now() + timedelta(minutes=9), **values)


def test_supervisors_see_queues_people_promises_channels_and_alerts(
    desk: Desk, supervisor: User, agent: User, queue: Queue, acting
) -> None:
    set_state(user=agent, state="available", by=acting(agent))
    ticket = late_ticket(queue)
    ChannelFactory(key="stuck")  # nobody said what it leads to
    alert = AlertFactory(queue=queue)
    page = desk(supervisor).get("/desk/wallboard/").content.decode()

    assert reverse("workbench:wallboard") == WALLBOARD
    for seen in ("Queue care", "Alice Agent", f"#{ticket.number}", "Channel stuck", "3 tickets wait (more than 2)"):
        assert seen in page, seen
    assert reverse("workbench:alert-acknowledgement", args=[alert.pk]) in page


def test_how_waiting_went_is_drawn_and_told_in_words(desk: Desk, supervisor: User, queue: Queue) -> None:
    waited(queue, now() - timedelta(minutes=30), None)
    waited(queue, now() - timedelta(minutes=20), 60)
    page = desk(supervisor).get("/desk/wallboard/").content.decode()
    assert "at most 1 waited, 1 answered" in page or "at most 2 waited, 1 answered" in page
    assert page.count("trend-bar") == 12
    assert "style=" not in page[page.index('class="trend"') : page.index("</svg>", page.index('class="trend"'))]


def test_it_is_for_those_who_supervise(desk: Desk, agent: User, queue: Queue) -> None:
    alert = AlertFactory(queue=queue)
    client = desk(agent)
    answers = [
        client.get("/desk/wallboard/"),
        client.get("/desk/alerts/", {"after": "0"}),
        client.post(f"/desk/alerts/{alert.pk}/acknowledgement/"),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert not AlertChange.objects.exists()
    assert 'data-behavior="alerts"' not in client.get("/desk/views/mine/").content.decode()


def test_a_vendors_supervisor_sees_their_own_floor_only(
    desk: Desk, vendor_lead: User, outsourcing_agent: User, agent: User, vendor_team: Team, queue: Queue, other_queue: Queue,
    acting,
) -> None:  # fmt: skip
    ours, hall = ChannelFactory(key="ours"), ChannelFactory(key="hall")
    grant(vendor_team, queue, ours)
    for user in (agent, outsourcing_agent):
        set_state(user=user, state="available", by=acting(user))
    seen = late_ticket(queue, channel=ours)
    hidden = [late_ticket(queue, channel=hall), late_ticket(other_queue, channel=ours)]
    alert = AlertFactory(queue=queue)
    AlertFactory(queue=None, channel=hall, rule__measure="channel", rule__limit=0)
    client = desk(vendor_lead)
    page = client.get("/desk/wallboard/").content.decode()

    for planted in ("Oliver Outsourced", "Queue care", f"#{seen.number}"):
        assert planted in page, planted
    for planted in (
        "Alice Agent",
        "Queue sales",
        "Channel hall",
        "tickets wait (",
        *(f"#{row.number}" for row in hidden),
    ):
        assert planted not in page, planted
    assert client.get("/desk/alerts/", {"after": "0"}).json() == {"after": 0}
    assert client.post(f"/desk/alerts/{alert.pk}/acknowledgement/", **HTMX).status_code == 404
    assert not Alert.objects.exclude(acknowledged_at=None).exists()


def test_it_costs_the_same_however_much_there_is(
    desk: Desk, supervisor: User, agent: User, queue: Queue, acting
) -> None:
    client = desk(supervisor)

    def cost() -> int:
        client.get("/desk/wallboard/", **HTMX)  # reads names of queues and channels, which are kept until they change
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/desk/wallboard/", **HTMX).status_code == 200
        return len(asked)

    def more(user: User, place: Queue) -> None:
        set_state(user=user, state="available", by=acting(user))
        late_ticket(place, assignee=user)
        ChannelFactory()
        AlertFactory(queue=place)

    more(agent, queue)
    one = cost()
    for _number in range(2):
        more(UserFactory(), QueueFactory())
    assert cost() == one


def test_taking_care_and_hearing_of_it(desk: Desk, supervisor: User, queue: Queue) -> None:
    client = desk(supervisor)
    assert 'data-behavior="alerts"' in client.get("/desk/views/mine/").content.decode()
    begun = client.get("/desk/alerts/").json()["after"]
    alert = AlertFactory(queue=queue)
    line = AlertChange.objects.create(alert=alert, step="fired", at=now(), figure=3)
    news = client.get("/desk/alerts/", {"after": begun}, **HTMX)
    assert news.json() == {"after": line.pk}
    assert triggers(news)["toast"] == {"level": "error", "message": "Alert: Queue care: 3 tickets wait (more than 2)"}

    done = client.post(f"/desk/alerts/{alert.pk}/acknowledgement/", **HTMX)
    assert (done.status_code, set(triggers(done))) == (204, {"wallboard:changed", "toast"})
    alert.refresh_from_db()
    assert alert.acknowledged_by == supervisor
    board = client.get("/desk/wallboard/", **HTMX).content.decode()
    assert "Susan Supervisor takes care of it" in board
    assert "formaction" not in board
    assert "toast" not in triggers(client.get("/desk/alerts/", {"after": line.pk}, **HTMX))
