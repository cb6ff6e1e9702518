"""Figures for other systems: the same as on our own screens, of what the token's user may see."""

from datetime import timedelta
from typing import Any

import pytest

from apps.core.clock import now
from apps.metrics.measures import all_measures
from tests.factories.metrics import waited
from tests.factories.tickets import TicketFactory

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


def question(**more: Any) -> dict[str, str]:
    moments = {"from": now() - timedelta(hours=1), "to": now()}
    return {"measure": "answered,service_level", **{name: at.isoformat() for name, at in moments.items()}, **more}


def test_figures_of_a_period(api, supervisor, queue, other_queue):
    waited(queue, now() - timedelta(minutes=30), 10)
    waited(queue, now() - timedelta(minutes=30), 50)
    waited(other_queue, now() - timedelta(minutes=90), 10)
    answer = api(supervisor).get("metrics/", **question(by="queue")).json()

    answered, level = answer["results"]
    assert (answered["measure"], answered["unit"], level["measure"], level["unit"]) == (
        "answered", "count", "service_level", "percent",
    )  # fmt: skip
    (figure,) = level["figures"]
    assert (figure["key"], figure["value"], figure["parts"]["offered"], figure["parts"]["mean_wait"]) == (
        "care", 50.0, 2, 30.0,
    )  # fmt: skip
    assert [row["value"] for row in answered["figures"]] == [2]
    (whole,) = api(supervisor).get("metrics/", **question(measure="mean_wait")).json()["results"]
    assert (whole["figures"][0]["key"], whole["figures"][0]["value"]) == ("", 30.0)


def test_what_is_wrong_is_named(api, supervisor):
    def refused(**more: str) -> tuple[int, str]:
        response = api(supervisor).get("metrics/", **question(**more))
        return response.status_code, response.json()["code"]

    assert refused(measure="happiness") == (400, "metrics.no_such_measure")
    assert refused(measure="occupancy", by="queue") == (400, "metrics.cannot_part")
    assert refused(to=(now() - timedelta(hours=2)).isoformat()) == (400, "metrics.no_period")
    assert refused(to="tomorrow")[1] == "api.invalid_request"
    assert refused(by="weather")[1] == "api.invalid_request"
    assert refused(measure=",".join(f"m{number}" for number in range(30)))[1] == "api.invalid_request"
    assert refused(colour="red") == (400, "api.unknown_parameter")


def test_the_floor_now(api, supervisor, agent, queue, channel):
    ticket = TicketFactory(queue=queue, channel=channel, opened_at=now() - timedelta(minutes=5))
    ticket.next_due_at, ticket.sla_state = now() + timedelta(minutes=5), "running"
    ticket.save(update_fields=["next_due_at", "sla_state"])
    answer = api(supervisor).get("metrics/live/").json()

    assert [(row["queue"], row["waiting"], row["service_level_today"]) for row in answer["queues"]] == [
        ("care", 1, None),
        ("sales", 0, None),
    ]
    assert {"alice", "susan"} <= {row["agent"] for row in answer["agents"]}
    assert [(row["ticket"], row["queue"]) for row in answer["breaches"]] == [(ticket.number, "care")]


def test_each_measure_is_explained(api, supervisor):
    rows = api(supervisor).get("metrics/definitions/").json()["results"]
    assert [row["key"] for row in rows] == list(all_measures())
    assert all(row["name"] and row["meaning"] and row["formula"] for row in rows)


@pytest.mark.parametrize("address", ["metrics/", "metrics/live/", "metrics/definitions/"])
def test_only_supervisors_ask(api, agent, supervisor, address):
    assert api(agent).get(address, **(question() if address == "metrics/" else {})).status_code == 403
    narrowed = api(supervisor, scopes=["tickets.view"]).get(address)
    assert narrowed.status_code == 403
    assert "results" not in narrowed.json()
