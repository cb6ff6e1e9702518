"""Each measure on examples that were worked out by hand; what is exactly on an edge is among them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from apps.accounts.models import User
from apps.core.actor import SYSTEM, Actor
from apps.metrics.errors import CannotPart, NoPeriod, NoSuchMeasure
from apps.metrics.measures import Period, all_measures, today
from apps.metrics.measures.occupancy import common, joined, length
from apps.metrics.models import ServiceGoal
from apps.metrics.selectors.figures import figures
from apps.tickets.models import Queue
from tests.factories.metrics import contacted, handled, offered, promised, waited, was

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = Period(NINE, NINE + timedelta(hours=1))


@pytest.fixture(autouse=True)
def _at_ten():
    with time_machine.travel(HOUR.until, tick=False):
        yield


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def told(*keys: str, by: str = "", actor: Actor = SYSTEM, period: Period = HOUR) -> Any:
    """One figure; with several keys or parted, all of them by key."""
    found = {
        one.measure.key: {
            figure.key: None if figure.value is None else round(figure.value, 2) for figure in one.figures
        }
        for one in figures(actor, keys, period, by)
    }
    if by:
        return found if len(keys) > 1 else found[keys[0]]
    whole = {key: values.get("") for key, values in found.items()}
    return whole if len(keys) > 1 else whole[keys[0]]


WAITING = ("offered", "answered", "abandoned", "short_abandoned", "unserved")


def test_nobody_asked_nobody_was_there():
    """Counts are nothing, and there is nothing to divide by."""
    shares = {key: told(key) for key, measure in all_measures().items() if measure.unit == "percent"}
    assert set(shares.values()) == {None}
    counts = {key: told(key) for key, measure in all_measures().items() if measure.unit == "count"}
    assert set(counts.values()) == {0}


def test_waiting_of_an_hour_by_hand(queue: Queue):
    """Goal: 30 s, short is up to 5 s. Ten came: of the eight that count six were answered, four of them in time."""
    for seconds in (0, 10, 30, 30):
        waited(queue, at(1), seconds)
    for seconds in (31, 120):
        waited(queue, at(2), seconds)
    waited(queue, at(3), 5, "abandoned")
    waited(queue, at(3), 6, "abandoned")
    waited(queue, at(4), 40, "dropped")
    waited(queue, at(59.9), None)  # six seconds ago: neither in time nor too late
    waited(queue, at(5), 20, "moved")
    waited(queue, at(5), 999, is_live=False)
    waited(queue, at(60), 1)  # belongs to the next hour
    waited(queue, at(-0.01), 1)  # and this to the one before

    rates = ("answer_rate", "abandon_rate", "service_level")
    found = told(*WAITING, *rates, "mean_wait", "wait_p90", "longest_wait")
    assert found == {
        "offered": 10,
        "answered": 6,
        "abandoned": 2,
        "short_abandoned": 1,
        "unserved": 1,
        "answer_rate": 75.0,  # 6 of 10 - 1 - 1
        "abandon_rate": 12.5,  # 1 of 10 - 1 - 1
        "service_level": 50.0,  # 4 of 10 - 1 - 1
        "mean_wait": 36.83,  # 221 / 6
        "wait_p90": 75.5,  # halfway between 31 and 120
        "longest_wait": 120.0,
    }


def test_a_queue_has_its_own_goal_and_who_waits_too_long_counts_before_the_end(queue: Queue, other_queue: Queue):
    ServiceGoal.objects.create(queue=queue, seconds=10, percent=90, short_seconds=0)
    for place in (queue, other_queue):
        waited(place, at(1), 20)
        waited(place, at(1), 3, "abandoned")
        waited(place, at(59.5), None)  # for 30 s: over the first goal, within the second
    assert told("service_level", "answer_rate", by="queue") == {
        "service_level": {"care": 0.0, "sales": 100.0},
        "answer_rate": {"care": 50.0, "sales": 100.0},
    }


def test_days_begin_at_midnight_of_the_calendar(queue: Queue):
    """23:59:59 and 0:00 in Shanghai, where the default calendar lives; in UTC both are afternoon."""
    for moment in (datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC), datetime(2026, 3, 1, 16, tzinfo=UTC)):
        waited(queue, moment, 10)
    week = Period(NINE - timedelta(days=7), HOUR.until)
    assert told("answered", by="day", period=week) == {"2026-03-01": 1, "2026-03-02": 1}
    assert told("answered", period=today()) == 1


def test_who_waits_at_an_instant(queue: Queue):
    waited(queue, at(10), None, is_live=False)
    waited(queue, at(50), 600)  # left at the very end: not waiting any more
    waited(queue, at(55), 301)  # a second later: still there
    assert told("waiting", "oldest_waiting") == {"waiting": 2, "oldest_waiting": 3000.0}
    assert told("waiting", period=Period(NINE, at(55))) == 2


def test_offers_by_hand(queue: Queue, agent: User, teammate: User):
    def offer(user: User, state: str, accepted: float | None = None, ended: float | None = None) -> None:
        moments = {"accepted_at": accepted, "ended_at": ended}
        times = {name: at(minute) for name, minute in moments.items() if minute is not None}
        offered(queue, user, state=state, offered_at=at(1), **times)

    offer(agent, "accepted", accepted=1.1)
    offer(agent, "transferred", accepted=1.2, ended=30)
    offer(agent, "declined", ended=1.2)
    offer(teammate, "missed", ended=1.3)
    offer(teammate, "withdrawn", ended=1.2)
    offer(teammate, "offered")
    offered(queue, teammate, state="finished", accepted_at=at(40), ended_at=at(70))  # taken without an offer
    offered(queue, agent, state="transferred", accepted_at=at(-90), ended_at=at(5))

    assert told("offers", "offers_declined", "offers_missed", "offer_acceptance", "offer_answer_time") == {
        "offers": 6,
        "offers_declined": 1,
        "offers_missed": 1,
        "offer_acceptance": 50.0,  # 2 of 4
        "offer_answer_time": 9.0,  # 6 s and 12 s
    }
    assert told("taken", "transfers", "transfer_rate") == {"taken": 3, "transfers": 2, "transfer_rate": 66.67}
    assert told("offer_acceptance", by="agent") == {"alice": 66.67, "tom": 0.0}


def test_handling_and_replies_by_hand(queue: Queue, agent: User, teammate: User):
    handled(queue, agent, at(0), at(4), wrap_up=timedelta(minutes=1))
    handled(queue, teammate, at(4), at(7), contact_ended_at=at(7))
    handled(queue, agent, at(50), at(60))  # ends with the next hour
    handled(queue, agent, at(10), None, contact_ended_at=None)
    handled(queue, agent, at(10), at(50), is_live=False)
    assert told("handle_time") == 240.0  # (5 + 3) min / 2
    assert told("handle_time", by="agent") == {"alice": 300.0, "tom": 180.0}

    contacted(queue, at(1), agent, ended_at=at(30), first_reply_at=at(3))
    contacted(queue, at(2), agent, first_reply_at=at(8))
    contacted(queue, at(3), ended_at=at(10))
    contacted(queue, at(4), agent, is_inbound=False, ended_at=at(59), first_reply_at=at(4))
    found = told("contacts", "first_reply", "first_reply_p90", "replied")
    assert found == {"contacts": 2, "first_reply": 240.0, "first_reply_p90": 336.0, "replied": 66.67}


def test_overlapping_conversations_count_once_and_breaks_are_no_time_for_work(
    queue: Queue, agent: User, teammate: User
):
    was(agent, "available", at(-60), at(30))  # from nine
    was(agent, "break", at(30), at(45))
    was(agent, "busy", at(45), None)  # until now
    was(teammate, "available", at(0), at(60))
    handled(queue, agent, at(0), at(10))
    handled(queue, agent, at(5), at(15))  # 10 min together
    handled(queue, agent, at(25), at(35))  # reaches into the break: 5 min count
    handled(queue, agent, at(55), None)  # goes on: 5 min
    handled(queue, agent, at(-20), at(-2), wrap_up=timedelta(minutes=4))  # its wrap-up reaches in: 2 min, overlapped
    handled(queue, agent, at(16), at(50), is_live=False)

    assert told("occupancy", by="agent") == {"alice": 55.56, "tom": 0.0}  # 25 of 45 min
    assert told("concurrency", by="agent") == {"alice": 1.28, "tom": None}  # 10 + 10 + 5 + 5 + 2 min in 25
    assert told("occupancy", "utilization", "signed_in_time") == {
        "occupancy": 23.81,  # 25 of 105
        "utilization": 20.83,  # 25 of 120
        "signed_in_time": 7200.0,
    }
    assert told("occupancy", period=Period(NINE, at(600))) == 23.81  # what has not come yet is no time


def test_promises_by_hand(queue: Queue, agent: User):
    promised(queue, "first_reply", "met", at(0), user=agent)
    promised(queue, "first_reply", "breached", at(20))
    promised(queue, "resolution", "met", at(10), ended_at=at(10), taken=timedelta(minutes=30))
    promised(queue, "resolution", "breached", at(-5), ended_at=at(40), taken=timedelta(minutes=90))
    promised(queue, "resolution", "breached", at(60))

    assert told("promises_kept", "promises_broken", "sla_attainment", "resolution_attainment") == {
        "promises_kept": 2,
        "promises_broken": 1,
        "sla_attainment": 66.67,
        "resolution_attainment": 100.0,
    }
    assert told("sla_attainment", by="target") == {"first_reply": 50.0, "resolution": 100.0}
    assert told("resolution_time") == 3600.0


def test_spans_are_joined_and_cut():
    def span(start: int, end: int) -> tuple[datetime, datetime]:
        return at(start), at(end)

    assert joined([span(5, 9), span(0, 2), span(2, 3), span(6, 7), span(9, 9)]) == [span(0, 3), span(5, 9)]
    assert common([span(0, 3), span(5, 9)], [span(2, 6), span(8, 20)]) == [span(2, 3), span(5, 6), span(8, 9)]
    assert length([span(0, 3), span(5, 9)]) == timedelta(minutes=7)
    assert (joined([]), common([], [span(0, 1)]), length([])) == ([], [], timedelta())


def test_people_count_what_they_may_see(
    queue: Queue, other_queue: Queue, channel: Any, grants: None, cast: dict[str, User], acting: Any
):
    """Oliver's company sees care on its channel, and of people its own; a queue's agents their queue and themselves."""
    agent, oliver = cast["agent"], cast["outsourcing_agent"]
    waited(queue, at(1), 10, channel=channel)
    waited(queue, at(1), 10)  # on no channel of theirs
    waited(other_queue, at(1), 10, channel=channel)
    for user in (agent, oliver):
        handled(queue, user, at(0), at(10), channel=channel)
        was(user, "available", at(0), at(60))

    def seen(name: str) -> tuple[Any, ...]:
        actor = acting(cast[name])
        return (
            told("answered", actor=actor),
            told("occupancy", actor=actor),
            told("handle_time", by="agent", actor=actor),
        )

    assert seen("supervisor") == (3, 16.67, {"alice": 600.0, "oliver": 600.0})
    assert seen("outsourcing_agent") == (1, 16.67, {"oliver": 600.0})
    assert seen("agent") == (2, 16.67, {"alice": 600.0})
    assert seen("stranger") == (1, None, {})


def test_what_cannot_be_asked(queue: Queue):
    with pytest.raises(NoSuchMeasure):
        told("answered", "happiness")
    with pytest.raises(CannotPart):
        told("occupancy", by="queue")
    for period in (Period(NINE, NINE), Period(NINE, NINE + timedelta(days=367))):
        with pytest.raises(NoPeriod):
            told("answered", period=period)
