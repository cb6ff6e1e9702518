"""Statements of a month: what is frozen, who decides what, and what a vendor sees."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction

from apps.accounts.models import User, Vendor
from apps.channels.models import Channel
from apps.core.actor import SYSTEM, Actor, person
from apps.core.errors import NotVisible, PermissionRefused
from apps.core.models import AuditEntry
from apps.outsourcing.errors import NotInThisState, ReasonMissing
from apps.outsourcing.models import Contract, DeductionStep, SlaTerm, Statement, StatementComment
from apps.outsourcing.services import statements
from apps.tickets.models import Queue
from tests.factories.accounts import RoleFactory, UserFactory, VendorFactory
from tests.factories.metrics import contacted, promised
from tests.factories.outsourcing import ContractFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

FIRST_OF_APRIL = datetime(2026, 4, 1, 3, tzinfo=UTC)
MARCH = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def _in_april():
    with time_machine.travel(FIRST_OF_APRIL, tick=False):
        yield


@pytest.fixture
def priced(_in_april: None, vendor: Vendor, queue: Queue, channel: Channel) -> Contract:
    """6.50 for each contact; below 90 % of promises kept two per cent less."""
    contract = ContractFactory(
        number="BL-1",
        vendor=vendor,
        state="active",
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
        queues=[queue],
        channels=[channel],
        price=Decimal("6.5000"),
        time_zone="Europe/Berlin",
    )
    term = SlaTerm.objects.create(contract=contract, measure="sla_attainment", threshold=90)
    DeductionStep.objects.create(contract=contract, term=term, limit=90, percent=Decimal(2))
    return contract


@pytest.fixture
def boss(manager: User) -> Actor:
    return person(manager)


@pytest.fixture
def seller(vendor: Vendor) -> Actor:
    role = RoleFactory(key="vendor_boss", permissions=["outsourcing.manage_own_agents", "tickets.view"])
    return person(UserFactory(username="vera", display_name="Vera", vendor=vendor, role=role))


def march(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def worked(queue: Queue, channel: Channel, user: User, at: datetime, count: int = 1) -> None:
    for _number in range(count):
        contacted(queue, at - timedelta(hours=1), user, ended_at=at, channel=channel)


def drafted(contract: Contract, **more: object) -> Statement:
    row = statements.draft_statement(contract=contract, month=MARCH, by=SYSTEM, **more)  # type: ignore[arg-type]  # words
    assert row is not None
    return row


def test_a_month_by_hand(priced: Contract, queue: Queue, channel: Channel, outsourcing_agent: User, agent: User):
    """Berlin's March begins at 23:00 UTC of February and, the clock put on, ends at 22:00 UTC."""
    worked(queue, channel, outsourcing_agent, datetime(2026, 2, 28, 22, 59, tzinfo=UTC))
    worked(queue, channel, outsourcing_agent, datetime(2026, 2, 28, 23, 0, tzinfo=UTC))
    worked(queue, channel, outsourcing_agent, march(15), count=9)
    worked(queue, channel, outsourcing_agent, datetime(2026, 3, 31, 21, 59, tzinfo=UTC))
    worked(queue, channel, outsourcing_agent, datetime(2026, 3, 31, 22, 0, tzinfo=UTC))
    worked(queue, channel, agent, march(15), count=5)
    for state in ("met", "met", "met", "breached"):
        promised(queue, "first_reply", state, march(10), user=outsourcing_agent, channel=channel)
    row = drafted(priced)
    assert (row.quantity, row.amount) == (Decimal("11.0000"), Decimal("71.50"))
    assert (row.deducted, row.total) == (Decimal("1.43"), Decimal("70.07"))  # two per cent of 71.50
    assert row.until - row.since == timedelta(days=31, hours=-1) or (
        row.until.astimezone(UTC) - row.since.astimezone(UTC) == timedelta(days=31, hours=-1)
    )
    term = row.terms[0]
    assert (term["figure"], term["is_met"], term["deducted"]) == (75.0, False, "1.43")
    assert set(term["name"]) == {"zh-hans", "en"}
    assert row.volumes == [{"key": channel.key, "label": str(channel.name), "contacts": 11, "resolved": 0}]


def test_what_was_drafted_stays_what_it_was(
    priced: Contract, queue: Queue, channel: Channel, outsourcing_agent: User, boss: Actor
):
    worked(queue, channel, outsourcing_agent, march(3), count=2)
    row = drafted(priced)
    worked(queue, channel, outsourcing_agent, march(3))
    Contract.objects.filter(pk=priced.pk).update(price=Decimal(9))
    assert statements.draft_last_month() == 0
    row.refresh_from_db()
    assert (row.quantity, row.total) == (Decimal("2.0000"), Decimal("13.00"))
    with pytest.raises(ReasonMissing):
        statements.redraft_statement(statement=row, by=boss, reason=" ")
    made = statements.redraft_statement(statement=row, by=boss, reason="One contact came late")
    row.refresh_from_db()
    assert (row.state, made.version, made.total) == ("replaced", 2, Decimal("27.00"))


def test_the_clock_drafts_each_month_once(priced: Contract):
    ContractFactory(number="NO-PRICE", state="active", starts_on=date(2026, 1, 1))
    ContractFactory(number="LATER", state="active", starts_on=date(2026, 4, 1), price=1)
    assert statements.draft_last_month() == 1
    assert statements.draft_last_month() == 0
    row = Statement.objects.get()
    assert (row.contract, row.month, row.amount, row.total) == (priced, MARCH, Decimal("0.00"), Decimal("0.00"))
    assert row.terms[0]["is_met"] is None


def test_a_month_that_is_not_over_has_none(priced: Contract):
    assert statements.draft_statement(contract=priced, month=date(2026, 4, 1), by=SYSTEM) is None


def test_a_monthly_price_is_owed_for_the_days_in_force(priced: Contract):
    Contract.objects.filter(pk=priced.pk).update(priced_by="month", price=Decimal(31000), starts_on=date(2026, 3, 10))
    assert (drafted(priced).quantity, drafted_total(priced)) == (Decimal("0.7097"), Decimal("22000.70"))


def drafted_total(contract: Contract) -> Decimal:
    return Statement.objects.get(contract=contract).total


def test_both_sides_come_to_an_agreement(priced: Contract, boss: Actor, seller: Actor):
    row = drafted(priced)
    assert not Statement.objects.visible_to(seller).exists()
    with pytest.raises(NotVisible):
        statements.agree_to_statement(statement=row, by=seller)
    statements.send_statement(statement=row, by=boss)
    statements.dispute_statement(statement=row, by=seller, text="Two contacts are missing.")
    statements.comment_on_statement(statement=row, by=boss, text="They were spam.")
    statements.agree_to_statement(statement=row, by=seller)
    with pytest.raises(NotInThisState):
        statements.redraft_statement(statement=row, by=boss, reason="Too late")
    statements.close_statement(statement=row, by=boss)
    row.refresh_from_db()
    assert row.state == "closed"
    with pytest.raises(NotInThisState):
        statements.comment_on_statement(statement=row, by=seller, text="One more thing")
    assert [(said.text, said.state) for said in StatementComment.objects.all()] == [
        ("Two contacts are missing.", "disputed"),
        ("They were spam.", "disputed"),
    ]
    actions = AuditEntry.objects.filter(action__startswith="statement.").order_by("pk").values_list("action", flat=True)
    assert [action.partition(".")[2] for action in actions] == ["drafted", "sent", "disputed", "agreed", "closed"]


def test_nobody_speaks_for_the_other_side(priced: Contract, boss: Actor, seller: Actor, outsourcing_agent: User):
    row = drafted(priced)
    statements.send_statement(statement=row, by=boss)
    other = RoleFactory(key="other_boss", permissions=["outsourcing.manage_own_agents"])
    rival = person(UserFactory(username="rita", vendor=VendorFactory(key="rival"), role=other))
    audits = AuditEntry.objects.count()
    for actor, move, error in (
        (boss, statements.agree_to_statement, PermissionRefused),
        (seller, statements.close_statement, NotInThisState),
        (seller, statements.send_statement, NotInThisState),
        (rival, statements.agree_to_statement, NotVisible),
        (person(outsourcing_agent), statements.agree_to_statement, NotVisible),
    ):
        with pytest.raises(error):
            move(statement=row, by=actor)
    row.refresh_from_db()
    assert (row.state, AuditEntry.objects.count()) == ("sent", audits)


def test_a_statement_adds_up_in_the_database(priced: Contract):
    row = drafted(priced)
    row.total = Decimal("1.00")

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
