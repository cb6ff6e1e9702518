"""What a contract asks for beside what was done, worked out by hand; and who may look at it."""

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User, Vendor
from apps.channels.models import Channel
from apps.core.actor import SYSTEM, person
from apps.outsourcing.models import Contract, SlaTerm
from apps.outsourcing.selectors.own_figures import own_figures
from apps.outsourcing.selectors.periods import Span, last_weeks, month_of, period_of
from apps.outsourcing.selectors.scorecards import actual_share, scorecard
from apps.tickets.models import Queue
from apps.workbench.scorecards import spark_of
from tests.factories.accounts import RoleFactory, UserFactory, VendorFactory
from tests.factories.metrics import contacted, promised, waited
from tests.factories.outsourcing import ContractFactory
from tests.support.api import token_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def agreed(_at_noon: None, vendor: Vendor, queue: Queue, channel: Channel) -> Contract:
    contract = ContractFactory(
        number="BL-1",
        vendor=vendor,
        state="active",
        starts_on=date(2026, 1, 10),
        ends_on=date(2026, 12, 31),
        queues=[queue],
        channels=[channel],
        share_percent=40,
    )
    SlaTerm.objects.create(contract=contract, measure="sla_attainment", threshold=90)
    SlaTerm.objects.create(contract=contract, measure="answer_rate", threshold=90)
    return Contract.objects.whole().get(pk=contract.pk)


@pytest.fixture
def leader(vendor: Vendor) -> User:
    """Supervises the vendor's people."""
    role = RoleFactory(key="vendor_lead", permissions=["routing.supervise", "api.use", "tickets.view"])
    return UserFactory(username="vera", display_name="Vera Vendorlead", vendor=vendor, role=role)


def ago(**span: float) -> datetime:
    return NOON - timedelta(**span)


def promises(queue: Queue, channel: Channel, user: User, at: datetime, kept: int, broken: int) -> None:
    for number in range(kept + broken):
        state = "met" if number < kept else "breached"
        promised(queue, "first_reply", state, at, user=user, channel=channel)


def test_terms_count_the_vendors_work_in_its_queues_on_its_channels(
    agreed: Contract, queue: Queue, other_queue: Queue, channel: Channel, outsourcing_agent: User, agent: User
):
    promises(queue, channel, outsourcing_agent, ago(hours=1), kept=8, broken=2)
    promises(queue, channel, outsourcing_agent, ago(days=3), kept=10, broken=0)
    promises(queue, channel, outsourcing_agent, ago(days=16), kept=5, broken=5)  # the second of March
    promises(queue, channel, outsourcing_agent, ago(days=20), kept=1, broken=0)  # in February
    promises(queue, channel, agent, ago(hours=1), kept=3, broken=1)
    promises(other_queue, channel, outsourcing_agent, ago(hours=1), kept=0, broken=9)
    for end in ("answered", "answered", "answered", "abandoned"):
        waited(queue, ago(hours=2), 20, end, channel=channel)

    card = scorecard(agreed, Span.MONTH, actor=SYSTEM)
    kept, answered = card.standings
    assert kept.by_span == {Span.TODAY: 80.0, Span.WEEK: 90.0, Span.MONTH: pytest.approx(100 * 23 / 30)}
    assert kept.value == kept.by_span[Span.MONTH]
    assert kept.is_met is False
    assert kept.gap == pytest.approx(100 * 23 / 30 - 90)
    assert kept.house == 75.0
    # Nobody stands behind who left: the figure is that of the lines, for whoever serves them.
    assert (answered.value, answered.is_of_lines, answered.house) == (75.0, True, None)
    assert (card.met, card.missed) == (0, 2)
    assert scorecard(agreed, Span.WEEK, actor=SYSTEM).standings[0].is_met is True  # exactly at the threshold


def test_weeks_are_the_last_eight_and_a_gap_stays_one(
    agreed: Contract, queue: Queue, channel: Channel, outsourcing_agent: User
):
    promises(queue, channel, outsourcing_agent, ago(days=1), kept=1, broken=0)
    promises(queue, channel, outsourcing_agent, ago(days=15), kept=1, broken=1)
    standing = scorecard(agreed, Span.TODAY, actor=SYSTEM).standings[0]
    assert standing.weeks == [None, None, None, None, None, 50.0, None, 100.0]
    spark = spark_of(standing)
    assert spark is not None
    assert len(spark.runs) == 2
    assert standing.value is None
    assert standing.is_met is None


def test_share_and_people(agreed: Contract, queue: Queue, channel: Channel, outsourcing_agent: User, agent: User):
    for _number in range(3):
        contacted(queue, ago(hours=3), outsourcing_agent, ended_at=ago(hours=2), channel=channel)
    for _number in range(5):
        contacted(queue, ago(hours=3), agent, ended_at=ago(hours=2), channel=channel)
    contacted(queue, ago(hours=3), None, ended_at=ago(hours=2), channel=channel)  # nobody held it
    card = scorecard(agreed, Span.TODAY, actor=SYSTEM)
    assert (card.planned_share, card.actual_share) == (40, 37.5)
    assert [(line.key, line.values[0]) for line in card.agents.lines] == [("oliver", 3)]
    assert [(line.key, line.values[0]) for line in card.channels.lines] == [(channel.key, 3)]
    assert actual_share(agreed, None) is None


def test_periods_follow_the_contracts_own_days(agreed: Contract):
    agreed.time_zone = "Europe/Berlin"
    month = month_of(agreed, date(2026, 3, 15))
    assert month is not None
    assert month.until.astimezone(UTC) - month.since.astimezone(UTC) == timedelta(
        days=31, hours=-1
    )  # the clock was put on
    january = month_of(agreed, date(2026, 1, 31))
    assert january is not None
    assert january.since == agreed.starts_at  # it began on the tenth
    assert month_of(agreed, date(2025, 12, 1)) is None
    agreed.starts_on = date(2026, 3, 1)
    assert period_of(agreed, Span.LAST_MONTH) is None
    assert len(last_weeks(agreed)) == 3


def test_no_contract_but_ones_own_is_answered(agreed: Contract, leader: User, outsourcing_agent: User, agent: User):
    other = ContractFactory(number="OTHER-1", vendor=VendorFactory(key="otherline"), state="active")
    draft = ContractFactory(number="DRAFT-1", vendor=agreed.vendor)
    sees = {user.username: _seen(user) for user in (leader, outsourcing_agent, agent)}
    assert sees == {"vera": {"BL-1"}, "oliver": set(), "alice": set()}
    client = Client()
    client.force_login(leader)
    assert client.get(reverse("workbench:scorecard", args=[agreed.number])).status_code == 200
    for hidden in (other, draft):
        for name, more in (("workbench:scorecard", []), ("workbench:scorecard-file", ["csv"])):
            assert client.get(reverse(name, args=[hidden.number, *more])).status_code == 404


def _seen(user: User) -> set[str]:
    return set(Contract.objects.measured_for(person(user)).values_list("number", flat=True))


@pytest.mark.parametrize(("username", "has_house"), [("susan", True), ("mary", True), ("vera", False)])
def test_the_houses_figures_are_the_houses(
    agreed: Contract,
    queue: Queue,
    channel: Channel,
    supervisor: User,
    manager: User,
    leader: User,
    agent: User,
    username: str,
    has_house: bool,
):
    """Three of four of the house's promises were kept: 75 % stands nowhere else."""
    promises(queue, channel, agent, ago(hours=1), kept=3, broken=1)
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.get(username=username))
    page = client.get(reverse("workbench:scorecard", args=["BL-1"]), {"period": "today"}).content.decode()
    assert "Agreed and attained" in page
    assert ("75 %" in page) is has_house
    file = client.get(reverse("workbench:scorecard-file", args=["BL-1", "xlsx"]), {"period": "today"})
    with zipfile.ZipFile(io.BytesIO(file.content)) as book:
        cells = book.read("xl/worksheets/sheet1.xml").decode()
    assert ("<v>75</v>" in cells) is has_house


def test_api_tells_the_same(agreed: Contract, queue: Queue, channel: Channel, outsourcing_agent: User, leader: User):
    promises(queue, channel, outsourcing_agent, ago(hours=1), kept=8, broken=2)
    answer: Any = _get(leader, "BL-1", "today")
    assert answer.status_code == 200
    term = answer.json()["terms"][0]
    assert (term["value"], term["gap"], term["is_met"], term["house"]) == (80.0, -10.0, False, None)
    assert _get(leader, "BL-1", "year").status_code == 400
    assert _get(outsourcing_agent, "BL-1", "today").status_code == 404


def _get(user: User, number: str, period: str) -> Any:
    client = Client(headers={"Authorization": f"Bearer {token_of(user)}"})
    return client.get(reverse("api:contract-scorecard", args=[number]), {"period": period})


def test_own_figures_are_ones_own(
    agreed: Contract, queue: Queue, channel: Channel, outsourcing_agent: User, agent: User
):
    promises(queue, channel, outsourcing_agent, ago(hours=1), kept=3, broken=1)
    promises(queue, channel, outsourcing_agent, ago(days=2), kept=4, broken=0)
    promises(queue, channel, agent, ago(hours=1), kept=0, broken=7)
    Contract.objects.filter(pk=agreed.pk).update(is_applied=True)
    own = own_figures(person(outsourcing_agent))
    assert own.first_replies_in_time == (75.0, 87.5)
    # What nobody stands behind is no figure of one person.
    assert [(row.term.measure, row.value, row.is_met) for row in own.terms] == [("sla_attainment", 87.5, False)]
    assert own_figures(person(agent)).terms == []


def test_pages_show_what_is_missing(agreed: Contract, outsourcing_agent: User, supervisor: User):
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(supervisor)
    assert "no figure" in client.get(reverse("workbench:scorecards")).content.decode()
    Contract.objects.all().delete()
    assert "No contract yet" in client.get(reverse("workbench:scorecards")).content.decode()
    client.force_login(outsourcing_agent)
    assert "First replies in time" in client.get(reverse("workbench:my-figures")).content.decode()
    assert client.get(reverse("workbench:scorecards")).status_code == 403


def test_statements_do_not_grow_with_terms(
    agreed: Contract, queue: Queue, django_assert_num_queries: Any, django_assert_max_num_queries: Any
):
    scorecard(Contract.objects.whole().get(pk=agreed.pk), Span.MONTH, actor=SYSTEM)  # what a process keeps
    with django_assert_max_num_queries(80) as first:
        scorecard(Contract.objects.whole().get(pk=agreed.pk), Span.MONTH, actor=SYSTEM)
    SlaTerm.objects.create(contract=agreed, measure="service_level", threshold=80)
    SlaTerm.objects.create(contract=agreed, measure="mean_wait", bound="at_most", threshold=30)
    with django_assert_num_queries(len(first)):
        scorecard(Contract.objects.whole().get(pk=agreed.pk), Span.MONTH, actor=SYSTEM)
