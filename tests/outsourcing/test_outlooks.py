"""Warnings before a term is missed, worked out by hand; and who reads them."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User, Vendor
from apps.channels.models import Channel
from apps.core.actor import person
from apps.core.models import Event
from apps.core.sweeps import run_sweep
from apps.metrics.measures import all_measures
from apps.outsourcing.enums import Outlook
from apps.outsourcing.models import Contract, SlaTerm, TermOutlook
from apps.outsourcing.outlook import DAY, HIGHEST, OF_NOW, SUMS_OF_TIME, Course, judge
from apps.tickets.models import Queue
from tests.factories.accounts import UserFactory, VendorFactory
from tests.factories.metrics import promised
from tests.factories.outsourcing import ContractFactory

OK, AT_RISK, MISSED = Outlook.OK, Outlook.AT_RISK, Outlook.MISSED
LEAST, MOST = "at_least", "at_most"
NOON = datetime(2026, 6, 21, tzinfo=UTC)
"""Twenty days of thirty are over."""

# --- Arithmetic -------------------------------------------------------------------------------------------------------


@pytest.mark.unit
@pytest.mark.parametrize(
    ("measure", "bound", "threshold", "month", "week", "days", "state", "needed"),
    [
        # 20 days at 92, 10 days at 89 make 91; for 90 the rest needs (30·90 − 20·92) ÷ 10 = 86.
        ("sla_attainment", LEAST, 90, 92, 89, (20, 10), OK, 86),
        # The same with 85: (20·92 + 10·85) ÷ 30 = 89.67.
        ("sla_attainment", LEAST, 90, 92, 85, (20, 10), AT_RISK, 86),
        ("sla_attainment", LEAST, 90, 92, 86, (20, 10), OK, 86),  # just enough
        # Below what was agreed, but getting better: (20·88 + 10·95) ÷ 30 = 90.33.
        ("sla_attainment", LEAST, 90, 88, 95, (20, 10), OK, 94),
        # For 90 after 25 days at 80 the other five would need 140 %.
        ("sla_attainment", LEAST, 90, 80, 100, (25, 5), MISSED, None),
        ("sla_attainment", LEAST, 90, 85, 100, (20, 10), OK, 100),
        ("abandon_rate", MOST, 5, 4, 8, (20, 10), AT_RISK, 7),  # (20·4 + 10·8) ÷ 30 = 5.33
        ("abandon_rate", MOST, 5, 8, 0, (20, 10), MISSED, None),  # (150 − 160) ÷ 10: less than none
        ("first_reply", MOST, 600, 500, 900, (15, 15), AT_RISK, 700),
        # On its first day a month is what the last week was.
        ("sla_attainment", LEAST, 90, None, 89, (0.5, 29.5), AT_RISK, 90),
        ("sla_attainment", LEAST, 90, 95, None, (20, 10), OK, 80),
        ("sla_attainment", LEAST, 90, 89, None, (20, 10), AT_RISK, 92),
        ("sla_attainment", LEAST, 90, None, None, (20, 10), OK, None),
        # 60 so far, and 14 a week bring 20 more in ten days.
        ("resolved", LEAST, 80, 60, 14, (20, 10), OK, 20),
        ("resolved", LEAST, 81, 60, 14, (20, 10), AT_RISK, 21),
        ("resolved", MOST, 79, 60, 14, (20, 10), AT_RISK, 19),
        ("resolved", MOST, 59, 60, 0, (20, 10), MISSED, None),
        ("signed_in_time", LEAST, 3600 * 300, 3600 * 200, 3600 * 70, (20, 10), OK, 3600 * 100),
        ("longest_wait", MOST, 600, 601, 10, (20, 10), MISSED, None),
        ("backlog", MOST, 50, 51, 51, (20, 10), AT_RISK, None),
    ],
)
def test_how_a_month_will_end(measure, bound, threshold, month, week, days, state, needed) -> None:
    term = SlaTerm(measure=measure, bound=bound, threshold=threshold)
    judged = judge(all_measures()[measure], term, Course(month, week, days[0] * DAY, days[1] * DAY))
    assert judged.state == state
    assert judged.needed == (None if needed is None else pytest.approx(needed))


@pytest.mark.unit
def test_the_named_measures_are_there() -> None:
    assert set(all_measures()) >= (HIGHEST | OF_NOW | SUMS_OF_TIME)


# --- Watching ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as moved:
        yield moved


@pytest.fixture
def agreed(clock, vendor: Vendor, queue: Queue, channel: Channel) -> Contract:
    contract = ContractFactory(
        number="BL-1", vendor=vendor, state="active", starts_on=date(2026, 1, 10), ends_on=date(2026, 12, 31),
        time_zone="UTC", queues=[queue], channels=[channel],
    )  # fmt: skip
    SlaTerm.objects.create(contract=contract, measure="sla_attainment", threshold=90)
    return contract


def keep(queue: Queue, channel: Channel, user: User, kept: int, broken: int, **ago: float) -> None:
    at = NOON - timedelta(**ago)
    for number in range(kept + broken):
        promised(queue, "first_reply", "met" if number < kept else "breached", at, user=user, channel=channel)


def looked() -> list[tuple[str, str, float | None, float | None]]:
    run_sweep("outsourcing.watch_terms")
    rows = TermOutlook.objects.order_by("month", "pk")
    return [(f"{row.month:%m}", row.state, row.figure, row.week_figure) for row in rows]


def told() -> list[str]:
    return [row.payload["state"] for row in Event.objects.filter(kind="vendor.term_in_danger").order_by("pk")]


def pages(user: User) -> str:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    names = (reverse("workbench:scorecards"), reverse("workbench:scorecard", args=["BL-1"]))
    return "".join(client.get(name).content.decode() for name in names)


@pytest.mark.integration
@pytest.mark.django_db
def test_each_step_is_told_once(agreed, clock, queue, channel, outsourcing_agent) -> None:
    assert looked() == [("06", OK, None, None)]
    keep(queue, channel, outsourcing_agent, kept=84, broken=4, days=12)
    keep(queue, channel, outsourcing_agent, kept=8, broken=4, days=2)
    # 92 of 100 this month, 8 of 12 in the last seven days; (20·92 + 10·66.67) ÷ 30 = 83.6.
    assert looked() == [("06", OK, None, None)], "Looked at less than an hour ago."
    clock.shift(timedelta(hours=1))
    row = ("06", AT_RISK, 92.0, pytest.approx(200 / 3))
    assert looked() == [row]
    clock.shift(timedelta(hours=1))
    assert looked() == [row]
    assert told() == [AT_RISK]
    event = Event.objects.get(kind="vendor.term_in_danger").payload
    assert (event["contract"], event["measure"], event["month"], event["figure"], event["threshold"]) == (
        "BL-1", "sla_attainment", "2026-06", 92.0, 90.0,
    )  # fmt: skip

    keep(queue, channel, outsourcing_agent, kept=0, broken=60, hours=1)
    clock.shift(timedelta(hours=1))
    assert [row[1] for row in looked()] == [MISSED]  # 92 of 160; the rest would need over 150 %
    clock.move_to(datetime(2026, 7, 1, 1, tzinfo=UTC))
    # The last week holds nothing, so nothing speaks against July; June stays as it was.
    assert [row[:2] for row in looked()] == [("06", MISSED), ("07", OK)]
    assert told() == [AT_RISK, MISSED]


@pytest.mark.integration
@pytest.mark.django_db
def test_only_contracts_in_force_are_watched(agreed, queue, channel, outsourcing_agent) -> None:
    keep(queue, channel, outsourcing_agent, kept=0, broken=3, days=1)
    Contract.objects.update(state="suspended")
    assert looked() == []
    Contract.objects.update(state="active", ends_on=date(2026, 6, 20))
    assert looked() == []
    assert told() == []


@pytest.mark.integration
@pytest.mark.django_db
def test_both_sides_read_it_and_nobody_else(
    agreed, queue, channel, outsourcing_agent, head, manager, supervisor
) -> None:
    keep(queue, channel, outsourcing_agent, kept=84, broken=4, days=12)
    keep(queue, channel, outsourcing_agent, kept=8, broken=4, days=2)
    looked()
    words = "at risk: 92 % now, 66.6 % in the last 7 days, agreed at least 90 %; at least 86 % needed in the rest"
    for user in (manager, supervisor, head):
        assert pages(user).count(words) == 2
    stranger = UserFactory(role="vendor_manager", vendor=VendorFactory(key="otherline"))
    for user in (outsourcing_agent, stranger):
        assert not TermOutlook.objects.visible_to(person(user)).exists()
        assert words not in pages(user)
    office = Client(headers={"Accept-Language": "en"})
    office.force_login(manager)
    assert words in office.get(reverse("admin:vendor-people", args=[agreed.vendor_id])).content.decode()
