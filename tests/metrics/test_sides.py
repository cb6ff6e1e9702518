"""Which side answered for a ticket: worked out by hand, from events and through the services that everybody uses."""

import importlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.channels.models import Channel
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.events import EventBase
from apps.core.sweeps import run_sweeps
from apps.metrics.folding.history import Step
from apps.metrics.folding.sides import read_sides
from apps.metrics.measures import Among, Period
from apps.metrics.models import Due, PromiseFact, SideFact
from apps.metrics.selectors.figures import figures
from apps.metrics.selectors.sides import ticket_sides
from apps.routing.events import TicketCameInHouse
from apps.sla.models import Timer
from apps.sla.selectors import default_calendar
from apps.tickets import events
from apps.tickets.models import HandOverReason, Queue, Ticket
from apps.tickets.services import assignment
from apps.tickets.services.handing_over import hand_to_house
from tests.factories.accounts import TeamFactory, UserFactory, VendorFactory
from tests.factories.metrics import sided
from tests.factories.tickets import grant

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = Period(NOON, NOON + timedelta(hours=1))
CARE, SALES = 1, 2
ALICE, ADAM, OLIVER, RITA = 71, 72, 73, 74
BRIGHTLINE, RIVAL = 5, 6
PEOPLE = {ALICE: None, ADAM: None, OLIVER: BRIGHTLINE, RITA: RIVAL}
VENDORS_TEAM = 9


def sides(*told: tuple[int, EventBase]) -> list[tuple[Any, ...]]:
    """(vendor, from, to, why, seconds pending, whether it was handed over)."""
    steps = [Step(ordinal, NOON + timedelta(seconds=second), event) for ordinal, (second, event) in enumerate(told)]

    def second(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - NOON).total_seconds()

    return [
        (span.vendor_id, second(span.started_at), second(span.ended_at), span.why, span.paused.seconds, span.is_handed_over)
        for span in read_sides(steps, opened_at=NOON, people=PEOPLE, teams={VENDORS_TEAM: BRIGHTLINE})
    ]  # fmt: skip


def opened() -> EventBase:
    return events.TicketOpened(ticket_id=9, queue_id=CARE)


def given_to(new: int | None, old: int | None = None, version: int = 0, **more: Any) -> EventBase:
    return events.TicketAssigned(ticket_id=9, old_user_id=old, new_user_id=new, version=version, **more)


def became(new: str) -> EventBase:
    return events.TicketStatusChanged(ticket_id=9, old="open", new=new)


def moved_to(queue: int) -> EventBase:
    return events.TicketFieldChanged(ticket_id=9, field="queue", old=CARE, new=queue)


def handed(reason: str, new: int | None, version: int, *, kept: bool = False) -> EventBase:
    return events.TicketTransferred(
        ticket_id=9, old_user_id=OLIVER, new_user_id=new, old_queue_id=CARE, new_queue_id=CARE, is_kept_in_house=kept,
        reason=reason, version=version,
    )  # fmt: skip


@pytest.mark.unit
def test_a_side_answers_from_when_it_takes_a_ticket_until_another_one_does():
    assert sides(
        (0, opened()), (10, given_to(OLIVER)), (20, given_to(None, OLIVER)), (50, given_to(ALICE)), (60, given_to(ADAM))
    ) == [
        (None, 0, 10, "opened", 0, False),
        (BRIGHTLINE, 10, 50, "taken", 0, True),  # whoever lets go of it has not got rid of it
        (None, 50, None, "taken", 0, False),
    ]


@pytest.mark.unit
def test_handing_to_the_house_and_back_says_so_and_each_counts_for_who_gave_it():
    found = sides(
        (0, opened()),
        (10, given_to(OLIVER, version=2)),
        (30, given_to(None, OLIVER, version=3)),
        (30, handed("handed_to_house", None, 3, kept=True)),
        (40, given_to(ALICE, version=4)),
        (70, given_to(OLIVER, ALICE, version=5, is_transfer=True)),
        (70, handed("handed_back", OLIVER, 5)),
    )
    assert found == [
        (None, 0, 10, "opened", 0, False),
        (BRIGHTLINE, 10, 30, "taken", 0, True),
        (None, 30, 70, "to_house", 0, True),
        (BRIGHTLINE, 70, None, "handed_back", 0, False),
    ]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("event", "why"),
    [
        (events.WorkFreed(ticket_id=9, user_id=OLIVER, reason="contract"), "contract"),
        (events.WorkFreed(ticket_id=9, user_id=OLIVER, reason="vendor_closed"), "contract"),
        (TicketCameInHouse(ticket_id=9, user_id=OLIVER, attempts=3, failure="returned"), "in_house"),
        (moved_to(SALES), "queue"),
    ],
)
def test_the_house_answers_for_what_is_taken_from_a_vendor(event: EventBase, why: str):
    found = sides((0, opened()), (10, given_to(OLIVER)), (30, given_to(None, OLIVER)), (30, event))
    assert found[1:] == [(BRIGHTLINE, 10, 30, "taken", 0, True), (None, 30, None, why, 0, False)]


@pytest.mark.unit
def test_a_lost_connection_changes_no_side_and_a_vendors_team_is_one():
    lost = events.WorkFreed(ticket_id=9, user_id=OLIVER, reason="connection_lost")
    assert sides((0, opened()), (10, given_to(OLIVER)), (30, given_to(None, OLIVER)), (30, lost))[1:] == [
        (BRIGHTLINE, 10, None, "taken", 0, False)
    ]
    assert sides((0, opened()), (5, given_to(None, new_team_id=VENDORS_TEAM)))[1:] == [
        (BRIGHTLINE, 5, None, "let_go", 0, False)
    ]


@pytest.mark.unit
def test_nobody_answers_while_it_is_done_and_what_the_customer_takes_is_apart():
    found = sides(
        (0, opened()), (10, given_to(OLIVER)), (20, became("pending")), (50, became("open")), (60, became("pending")),
        (65, became("resolved")), (500, became("closed")), (900, became("open")), (930, given_to(RITA, OLIVER)),
    )  # fmt: skip
    assert found[1:] == [
        (BRIGHTLINE, 10, 65, "taken", 35, False),
        (BRIGHTLINE, 900, 930, "reopened", 0, True),
        (RIVAL, 930, None, "handed_on", 0, False),
    ]
    gone = sides((0, opened()), (10, events.TicketMergedInto(ticket_id=9, into_id=8)))
    assert gone == [(None, 0, 10, "opened", 0, False)]


# --- Through the services ---------------------------------------------------------------------------------------------


def settle() -> None:
    run_sweeps("core.events", "metrics.facts")


@pytest.fixture
def rival(queue: Queue, channel: Channel) -> User:
    """Of another company on the same queue and channel."""
    user = UserFactory(username="rita", vendor=VendorFactory(key="rival", name={"en": "Rival & Sons"}))
    team = TeamFactory(key="rival-team", vendor=user.vendor)
    user.groups.add(team.group)
    grant(team, queue, channel)
    return user


@pytest.fixture
def travelled(ticket: Ticket, rival: User, outsourcing_agent: User, agent: User, acting: Any, grants: None) -> Ticket:
    """Through both companies and back to the house, ten minutes each."""
    HandOverReason.objects.all().delete()
    Ticket.objects.filter(pk=ticket.pk).update(opened_at=now())
    with time_machine.travel(now(), tick=False) as clock:
        for user in (outsourcing_agent, rival):
            clock.shift(timedelta(minutes=10))
            assignment.assign_ticket(ticket=ticket, to=user, by=SYSTEM)
        clock.shift(timedelta(minutes=10))
        hand_to_house(ticket=ticket, by=acting(rival), cause="")
        clock.shift(timedelta(minutes=10))
        assignment.claim_ticket(ticket=ticket, by=acting(agent))
        settle()
    return ticket


@pytest.mark.integration
def test_a_ticket_of_three_sides_is_told_to_the_house_and_own_times_alone_to_a_vendor(
    travelled: Ticket, outsourcing_agent: User, supervisor: User, acting: Any, client: Client
):
    found = ticket_sides(acting(supervisor), travelled)
    minutes = [(each.side, each.spent // 60, each.is_running) for each in found.times]
    assert minutes[1:] == [("brightline", 10, False), ("Rival & Sons", 10, False)]
    assert minutes[0][0::2] == ("House", True)
    assert [(each.side, each.why) for each in found.spans] == [
        ("House", "Opened"), ("brightline", "Taken by one of its people"), ("Rival & Sons", "Handed on"),
        ("House", "Handed to the house"),
    ]  # fmt: skip

    assert [each.side for each in ticket_sides(acting(outsourcing_agent), travelled).times] == ["brightline"]
    page = reverse("workbench:ticket-history", args=[travelled.number])
    client.force_login(supervisor)
    assert (
        "Rival &amp; Sons" in client.get(page).content.decode().split("Time of each side")[1].split("Whose it was")[0]
    )
    client.force_login(outsourcing_agent)
    own = client.get(page).content.decode().split("Time of each side")[1].split("Whose it was")[0]
    assert "brightline" in own
    assert "Rival" not in own
    assert "House" not in own


@pytest.mark.integration
def test_sides_of_old_tickets_are_made_by_the_migration_and_the_workers(travelled: Ticket):
    before = list(SideFact.objects.order_by("number").values("vendor", "why", "started_at", "ended_at"))
    assert len(before) == 4
    SideFact.objects.all().delete()
    migration: Any = importlib.import_module("apps.metrics.migrations.0003_sides_of_old_tickets")
    for _twice in range(2):
        with connection.cursor() as cursor:
            cursor.execute(migration.NOTE)
    assert Due.objects.filter(object_id=travelled.pk).count() == 1
    run_sweeps("metrics.facts")
    assert list(SideFact.objects.order_by("number").values("vendor", "why", "started_at", "ended_at")) == before


@pytest.mark.integration
@pytest.mark.usefixtures("grants")
def test_a_broken_promise_is_of_who_answered_when_its_time_was_up(ticket: Ticket, outsourcing_agent: User, agent: User):
    """The vendor's agent lets go of the ticket before the deadline; a person of the house has it when it is looked at."""
    with time_machine.travel(now(), tick=False) as clock:
        assignment.assign_ticket(ticket=ticket, to=outsourcing_agent, by=SYSTEM)
        timer = Timer.objects.create(
            ticket=ticket, target="first_reply", state="breached", calendar=default_calendar(), minutes=30, measure="wall",
            boundaries=[now()], due_at=now() + timedelta(minutes=30),
        )  # fmt: skip
        clock.shift(timedelta(minutes=20))
        assignment.assign_ticket(ticket=ticket, to=None, by=SYSTEM)
        clock.shift(timedelta(minutes=20))
        assignment.assign_ticket(ticket=ticket, to=agent, by=SYSTEM)
        settle()
    broken = PromiseFact.objects.get(timer_id=timer.pk)
    assert (broken.vendor, broken.user) == (outsourcing_agent.vendor, None)


# --- Measures -----------------------------------------------------------------------------------------------------------


@pytest.mark.integration
@pytest.mark.django_db
def test_figures_of_sides_by_hand(queue: Queue, outsourcing_agent: User):
    """House 10 + 20 minutes of two tickets, one handed over; vendor 40 minutes, 10 of them the customer's, of one."""
    vendor = outsourcing_agent.vendor
    first = sided(queue, None, NOON, 10, is_handed_over=True)
    sided(queue, None, NOON, 20)
    sided(queue, vendor, NOON, 40, ticket_id=first.ticket_id, number=2, paused=timedelta(minutes=10))
    sided(queue, vendor, NOON, 60, ticket_id=first.ticket_id, number=3)  # the next hour's
    sided(queue, vendor, NOON, None)  # goes on

    keys = ("side_time", "side_time_share", "hand_overs", "hand_overs_per_100")

    def told(by: str = "", among: Among = Among()) -> Any:  # noqa: B008 (frozen)
        found = figures(SYSTEM, keys, HOUR, by, among)
        return {
            figure.key: [one.figures[place].value for one in found] for place, figure in enumerate(found[0].figures)
        }

    assert told() == {"": [1800.0, 100.0, 1, 50.0]}
    assert told("vendor") == {"": [900.0, 50.0, 1, 50.0], vendor.key: [1800.0, 50.0, 0, 0.0]}
    assert told(among=Among(vendor_id=vendor.pk)) == {"": [1800.0, 50.0, 0, 0.0]}
    assert told(among=Among(is_house=True)) == {"": [900.0, 50.0, 1, 50.0]}
    assert told(among=Among(user_id=outsourcing_agent.pk))[""][2] == 0


@pytest.mark.integration
@pytest.mark.usefixtures("grants")
def test_a_vendors_people_count_their_own_side_alone(
    queue: Queue, channel: Channel, rival: User, outsourcing_agent: User, supervisor: User, acting: Any
):
    for vendor in (None, rival.vendor, outsourcing_agent.vendor):
        sided(queue, vendor, NOON, 10, channel=channel)

    def seen(user: User, by: str) -> dict[str, float | None]:
        return {one.key: one.value for one in figures(acting(user), ["side_time_share"], HOUR, by)[0].figures}

    assert set(seen(supervisor, "vendor")) == {"", "rival", "brightline"}
    assert seen(outsourcing_agent, "vendor") == {"brightline": 100.0}
    assert seen(outsourcing_agent, "queue") == {queue.key: 100.0}
