"""What customers say, what lies open, and what was settled at once: on examples that were worked out by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from apps.accounts.models import User
from apps.metrics.measures import Period
from apps.tickets.models import Queue, Ticket
from tests.factories.accounts import TeamFactory, UserFactory, VendorFactory
from tests.factories.channels import ChannelFactory
from tests.factories.customers import CustomerFactory
from tests.factories.metrics import contacted, offered
from tests.factories.qa import rated
from tests.factories.tickets import TicketFactory, grant
from tests.metrics.test_measures import told

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
WEEK = Period(NINE - timedelta(days=7), NINE)


@pytest.fixture(autouse=True)
def _at_nine():
    with time_machine.travel(NINE, tick=False):
        yield


def ago(**span: float) -> datetime:
    return NINE - timedelta(**span)


def chat(queue: Queue, user: User | None, score: int | None, answered_at: datetime, **more: Any) -> Any:
    """A chat of three hours ago, and what was said of it."""
    contact = contacted(queue, ago(hours=3), user, is_live=True, ended_at=ago(hours=2), **more)
    if score is not None:
        response = rated(TicketFactory(queue=queue), score, answered_at=answered_at)
        contact.delete()
        contact.interaction_id = response.interaction_id
        contact.save(force_insert=True)
    return contact


def test_ratings_by_hand(queue: Queue, other_queue: Queue, agent: User, teammate: User):
    for score in (5, 4, 3, 1):
        chat(queue, agent, score, ago(hours=1))
    chat(other_queue, teammate, 5, ago(days=1))
    chat(queue, agent, None, NINE)
    chat(queue, None, None, NINE)  # nobody held it
    chat(queue, agent, 1, NINE)  # rated after the period, of a chat within it
    contacted(queue, ago(hours=3), agent, kind="mail", ended_at=ago(hours=2))  # nobody is asked about mail

    asked = ("ratings", "csat", "mean_rating", "response_rate")
    assert told(*asked, period=WEEK) == {
        "ratings": 5,
        "csat": 60.0,  # 3 of 5
        "mean_rating": 3.6,  # 18 / 5
        "response_rate": 85.71,  # 6 of 7
    }
    assert told("csat", by="agent", period=WEEK) == {"alice": 50.0, "tom": 100.0}
    assert told("csat", by="queue", period=WEEK) == {"care": 50.0, "sales": 100.0}
    assert told("ratings", by="day", period=WEEK) == {"2026-03-01": 1, "2026-03-02": 4}


def opened(queue: Queue, at: datetime, resolved_at: datetime | None = None, **more: Any) -> Ticket:
    values = {"status": "resolved", "resolved_at": resolved_at} if resolved_at else {}
    return TicketFactory(queue=queue, opened_at=at, **{"customer": CustomerFactory(), **values, **more})


def test_backlog_at_an_instant_by_hand(queue: Queue, other_queue: Queue, category: Any):
    opened(queue, ago(days=8))
    opened(queue, ago(days=2), category=category)
    opened(other_queue, ago(hours=24))  # a day, and no longer
    opened(queue, ago(days=3), ago(hours=1))  # done now, open yesterday
    opened(queue, NINE)  # not yet
    opened(queue, ago(days=9), is_spam=True)
    opened(queue, ago(days=9), merged_into=opened(queue, ago(days=9), ago(days=8)))

    asked = ("backlog", "backlog_over_a_day", "backlog_over_a_week", "backlog_oldest")
    assert told(*asked, period=WEEK) == {
        "backlog": 3,
        "backlog_over_a_day": 2,
        "backlog_over_a_week": 1,
        "backlog_oldest": 691200.0,
    }
    yesterday = Period(ago(days=8), ago(hours=23))
    assert told("backlog", "backlog_over_a_day", period=yesterday) == {"backlog": 4, "backlog_over_a_day": 3}
    assert told("backlog", by="queue", period=WEEK) == {"care": 2, "sales": 1}
    assert told("backlog", by="category", period=WEEK) == {"": 2, category.key: 1}


def test_first_contact_resolution_by_hand(queue: Queue, agent: User, category: Any):
    """Six were resolved: two of them at once."""

    def resolved(**more: Any) -> Ticket:
        ticket = opened(queue, ago(days=6), ago(days=5), category=category, assignee=agent, **more)
        contacted(queue, ago(days=6), agent, ticket_id=ticket.pk)
        return ticket

    resolved()
    other_matter = resolved()
    opened(queue, ago(days=4), customer=other_matter.customer)
    came_back = resolved()
    opened(queue, ago(days=4), customer=came_back.customer, category=category)
    resolved(reopen_count=1)
    contacted(queue, ago(days=5.5), agent, ticket_id=resolved().pk)
    offered(queue, agent, ticket_id=resolved().pk, state="transferred", accepted_at=ago(days=6), ended_at=ago(days=5))
    resolved(is_spam=True)
    opened(queue, ago(days=3), ago(days=2), customer=None)  # of no customer

    assert told("resolved", "first_contact_resolution", period=WEEK) == {
        "resolved": 6,
        "first_contact_resolution": 33.33,
    }
    assert told("first_contact_resolution", by="agent", period=WEEK) == {"alice": 33.33}


def test_a_contact_of_a_merged_ticket_is_a_second_one(queue: Queue):
    head = opened(queue, ago(days=3), ago(days=2))
    merged = opened(queue, ago(days=3), merged_into=head, customer=head.customer)
    contacted(queue, ago(days=3), ticket_id=head.pk)
    assert told("first_contact_resolution", period=WEEK) == 100.0
    contacted(queue, ago(days=3), ticket_id=merged.pk)
    assert told("first_contact_resolution", period=WEEK) == 0.0


def test_outcomes_are_counted_within_ones_scope(queue: Queue, channel: Any, grants: None, cast: Any, acting: Any):
    """A rival of Oliver's company works the same queue on the same channel; what lies elsewhere is planted as well."""
    rival = UserFactory(username="rita", vendor=VendorFactory(key="rival"))
    rival_team = TeamFactory(key="rival-team", vendor=rival.vendor)
    grant(rival_team, queue, channel)
    oliver = cast["outsourcing_agent"]
    codes = [*oliver.role.permissions, "routing.supervise"]
    oliver.role.permissions = codes
    oliver.role.save()
    for user, place in ((oliver, channel), (rival, channel), (cast["agent"], ChannelFactory(key="elsewhere"))):
        chat(queue, user, 5, ago(hours=1), channel=place)
        opened(queue, ago(days=2), ago(days=1), assignee=user, channel=place, team=user.vendor and rival_team)
        opened(queue, ago(days=1), assignee=user, channel=place)

    def seen(actor: Any, by: str) -> Any:
        return told("ratings", "resolved", "backlog", by=by, actor=acting(actor), period=WEEK)

    assert seen(cast["supervisor"], "") == {"ratings": 3, "resolved": 3, "backlog": 3}
    assert seen(oliver, "") == {"ratings": 2, "resolved": 2, "backlog": 2}
    own = {"ratings": {"oliver": 1}, "resolved": {"oliver": 1}, "backlog": {"oliver": 1}}
    assert seen(oliver, "agent") == own
    assert seen(oliver, "vendor") == {key: {"brightline": 1} for key in own}
    assert told("resolved", by="team", actor=acting(oliver), period=WEEK) == {}
    assert told("csat", by="agent", actor=acting(cast["stranger"]), period=WEEK) == {}
