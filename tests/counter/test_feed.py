"""The stream of events tells of numbers to who sees everything and may serve, and to nobody else."""

import pytest

from apps.core.events import number_events
from tests.counter.conftest import Hall
from tests.factories.counter import draw

pytestmark = pytest.mark.integration


def kinds(client):  # type: ignore[no-untyped-def]
    return [row["kind"] for row in client.get("events/").json()["results"]]


def test_numbers_are_told_to_who_sees_everything(api, hall: Hall, supervisor, agent, stranger) -> None:  # type: ignore[no-untyped-def]
    draw(hall.branch, hall.repair, reason="elderly")
    number_events()

    (row,) = api(supervisor).get("events/", kinds="counter.number_issued").json()["results"]

    assert row["ticket"] is None
    assert row["data"] == {
        "branch": "lake",
        "service": "repair",
        "number": "A001",
        "window": "",
        "channel": hall.branch.channel.key,
        "is_priority": True,
    }
    assert kinds(api(agent)) == kinds(api(stranger)) == []


def test_what_comes_of_a_visit_goes_with_its_ticket(api, served, agent, stranger) -> None:  # type: ignore[no-untyped-def]
    number_events()

    assert "counter.visit_started" in kinds(api(agent))
    assert "counter.number_called" not in kinds(api(agent))
    assert kinds(api(stranger)) == []
