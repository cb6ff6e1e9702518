"""What people and programs see of deadlines."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import translation
from lxml import html

from apps.core.actor import person
from apps.core.clock import now
from apps.sla.models import Timer
from apps.tickets.models import Ticket
from apps.tickets.selectors.lists import ListFilters, ticket_list
from apps.workbench.rows import RowWriter
from apps.workbench.samples import sample_row
from tests.factories.sla import PolicyFactory
from tests.factories.tickets import QueueFactory, TicketFactory, grant

pytestmark = pytest.mark.integration


@pytest.fixture
def queue(team):
    queue = QueueFactory(key="care")
    grant(team, queue)
    return queue


@pytest.mark.parametrize(
    ("state", "minutes", "tone", "words"),
    [
        ("running", 300, "", "Due"),
        ("warning", 300, "warning", "Due"),
        ("running", 20, "warning", "Due"),
        ("breached", -20, "danger", "Overdue since"),
        ("paused", None, "", "The time does not count"),
    ],
    ids=["quiet", "warned", "near", "late", "paused"],
)
def test_a_row_shows_how_the_deadline_stands(state, minutes, tone, words):
    due = None if minutes is None else now() + timedelta(minutes=minutes)
    with translation.override("en"):
        row = RowWriter("mine").write(replace(sample_row(), next_due_at=due, sla_state=state))
    chip = html.fragment_fromstring(row).xpath("//*[@class='time-chip']")[0]

    assert chip.get("data-tone") == tone
    assert chip.get("title").startswith(words)
    assert chip.get("data-due") == (due and due.isoformat(timespec="seconds"))


def test_lists_find_what_is_due_soon_or_overdue(queue, agent):
    tickets = {state: TicketFactory(queue=queue, sla_state=state) for state in ("running", "warning", "breached", "")}

    def found(due):
        return {row.id for row in ticket_list(person(agent), ListFilters(view="all", due=due)).rows}

    assert found("soon") == {tickets["warning"].pk, tickets["breached"].pk}
    assert found("overdue") == {tickets["breached"].pk}
    assert ListFilters.from_query({"due": "whenever"}).due == ""


def test_the_api_tells_the_deadline_and_what_is_promised(api, queue, agent, stranger):
    policy = PolicyFactory(key="standard")
    due = now() + timedelta(hours=1)
    ticket = TicketFactory(queue=queue, sla_state="running", next_due_at=due)
    TicketFactory(queue=queue)
    Timer.objects.create(
        ticket=ticket,
        target="first_reply",
        policy=policy,
        calendar=policy.calendar,
        minutes=60,
        boundaries=[now()],
        due_at=due,
    )
    client = api(agent)

    (row,) = client.get("tickets/?sla_state=running").json()["results"]
    (timer,) = client.get(f"tickets/{ticket.number}/timers/").json()["results"]

    assert (row["number"], row["sla_state"]) == (ticket.number, "running")
    assert {name: timer[name] for name in ("target", "state", "policy", "minutes", "ended_at")} == {
        "target": "first_reply",
        "state": "running",
        "policy": "standard",
        "minutes": 60,
        "ended_at": None,
    }
    assert api(stranger).get(f"tickets/{ticket.number}/timers/").status_code == 404
    assert Ticket.objects.get(pk=ticket.pk).version == ticket.version
