"""What of contracts and people is told: each matter once, to those who may know, and over when it is not there any more."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from apps.accounts.models import AgentSkill, Skill, User, Vendor
from apps.alerts.models import Alert, AlertRule
from apps.alerts.selectors import open_alerts
from apps.alerts.services.configuring import create_rule
from apps.alerts.services.watching import watch
from apps.channels.models import Delivery
from apps.core.clock import now
from apps.core.errors import InvalidInput
from apps.core.models import Event
from apps.outsourcing.models import Contract, ContractSkill, QualityWarning, SlaTerm, TermOutlook
from apps.privacy.models import Reveal
from tests.alerts.conftest import lead_of
from tests.channels.connectors.email.conftest import mail_channel
from tests.factories.accounts import RoleFactory, TeamFactory, UserFactory, VendorFactory
from tests.factories.alerts import AlertRuleFactory
from tests.factories.outsourcing import ContractFactory, day

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

MATTERS = ("term_at_risk", "term_missed", "quality", "certificate", "reveals")


@pytest.fixture
def contract(vendor: Vendor) -> Contract:
    return ContractFactory(number="BL-1", vendor=vendor, state="active", ends_on=day(timedelta(days=20)))


@pytest.fixture
def danger(contract: Contract) -> TermOutlook:
    term = SlaTerm.objects.create(contract=contract, measure="sla_attainment", threshold=90)
    month = day().replace(day=1)
    return TermOutlook.objects.create(
        contract=contract, term=term, month=month, state="at_risk", threshold=90, looked_at=now()
    )


@pytest.fixture
def warning(contract: Contract, outsourcing_agent: User) -> QualityWarning:
    return QualityWarning.objects.create(contract=contract, user=outsourcing_agent, figure=50, ratings=4)


@pytest.fixture
def certificate(contract: Contract, outsourcing_agent: User) -> AgentSkill:
    skill = Skill.objects.create(key="refunds", name={"en": "Refunds"})
    ContractSkill.objects.create(contract=contract, skill=skill)
    return AgentSkill.objects.create(
        user=outsourcing_agent, skill=skill, level=3, certified_until=day(timedelta(days=3))
    )


@pytest.fixture
def reveals(outsourcing_agent: User) -> None:
    for number in range(6):
        Reveal.objects.create(
            user=outsourcing_agent, kind="identity", record_id=number, field="value", field_class="phone", reason="asked",
            reason_kind="other", state="shown", created=now(), shown_at=now(), is_unusual=number == 5,
        )  # fmt: skip


@pytest.fixture
def everything(danger, warning, certificate, reveals) -> None:
    for measure in MATTERS:
        AlertRuleFactory(key=measure, measure=measure, limit=0, ways=["screen", "webhook"])
    AlertRuleFactory(key="ends", measure="contract_ends", comparison="below", limit=30)


def words(actor) -> dict[str, str]:
    with translation.override("en"):
        return {card.name.removeprefix("Rule "): card.words for card in open_alerts(actor)}


def test_each_matter_is_told_once_in_words(everything, contract, danger, acting, manager, vendor) -> None:
    assert watch() == 5
    assert watch() == 0
    company = vendor.name
    assert words(acting(manager)) == {
        "term_at_risk": f"{company} · BL-1 · SLA attainment: at risk this month",
        "quality": f"{company} · BL-1 · Oliver Outsourced: fewer satisfied customers than agreed",
        "certificate": f"{company} · BL-1 · Oliver Outsourced · Refunds: the certificate runs out soon",
        "reveals": "Oliver Outsourced: 6 masked values shown in a day",
        "ends": f"{company} · BL-1: 20 days until the end",
    }
    fired = [row.payload for row in Event.objects.filter(kind="alert.fired").order_by("pk")]
    assert {(row["rule"], row["vendor"], row["contract"]) for row in fired} == {
        ("term_at_risk", vendor.key, "BL-1"), ("quality", vendor.key, "BL-1"), ("certificate", vendor.key, "BL-1"),
        ("reveals", None, None),
    }  # fmt: skip


def test_what_is_not_there_any_more_is_over_and_what_became_worse_is_told(everything, danger, warning) -> None:
    watch()
    danger.state = "missed"
    danger.save()
    QualityWarning.objects.update(ended=now())
    assert watch() == 3
    over = Alert.objects.filter(state="cleared").order_by("rule__key")
    assert [(row.rule.key, row.cause) for row in over] == [("quality", "back"), ("term_at_risk", "back")]
    assert Alert.objects.get(rule__key="term_missed").state == "open"
    TermOutlook.objects.update(month=(danger.month - timedelta(days=1)).replace(day=1))
    Contract.objects.update(state="suspended")
    watch()
    assert list(Alert.objects.open().values_list("rule__key", flat=True)) == ["reveals"]


def test_who_sees_what(everything, acting, cast, vendor, vendor_team, contract) -> None:
    lead = lead_of(vendor, vendor_team)
    rival = VendorFactory()
    rita = lead_of(rival, TeamFactory(vendor=rival), username="rita")
    codes = ["tickets.view", "tickets.view_all", "routing.supervise"]
    watcher = UserFactory(username="wanda", role=RoleFactory(key="watcher", permissions=codes))
    AlertRuleFactory(key="theirs", measure="certificate", limit=0, vendor=vendor)
    AlertRuleFactory(key="their-reveals", measure="reveals", limit=0, vendor=vendor)
    AlertRuleFactory(key="others", measure="certificate", limit=0, vendor=rival)
    watch()
    people = {**cast, "lead": lead, "rita": rita, "wanda": watcher}
    seen = {name: set(words(acting(user))) for name, user in people.items()}
    everything_ = {"term_at_risk", "quality", "certificate", "reveals", "ends", "theirs", "their-reveals"}
    assert {name: found for name, found in seen.items() if found} == {
        "manager": everything_,
        "supervisor": everything_,
        "lead": {"theirs"},
        "wanda": everything_ - {"reveals", "their-reveals"},
    }


def test_mail_goes_to_who_may_know(danger, reveals, acting, supervisor, manager, agent, vendor, vendor_team) -> None:
    lead = lead_of(vendor, vendor_team)
    for user in (supervisor, agent, lead):
        user.email = f"{user.username}@house.example"
        user.save()
    new = {"name": {"en": "Tell us"}, "ways": ["mail"], "sender": mail_channel(), "hold_seconds": 0}
    by = acting(manager)
    for measure, vendor_, people in (
        ("term_at_risk", None, [lead]),
        ("term_at_risk", VendorFactory(), [lead]),
        ("reveals", vendor, [lead]),
        ("term_at_risk", None, [agent]),
    ):
        with pytest.raises(InvalidInput) as refusal:
            create_rule(by=by, key="no", measure=measure, vendor=vendor_, people=people, **new)
        assert set(refusal.value.fields) == {"people"}
    assert not AlertRule.objects.exists()
    create_rule(by=by, key="terms", measure="term_at_risk", vendor=vendor, people=[lead, supervisor], **new)
    create_rule(by=by, key="reveals", measure="reveals", people=[supervisor], **new)
    watch()
    letters = {row.payload["recipients"]["to"][0]: row.payload["text"] for row in Delivery.objects.all()}
    assert set(letters) == {lead.email, supervisor.email}
    assert "BL-1" in letters[lead.email]
    assert "Oliver" not in letters[lead.email]
    assert "Oliver" in letters[supervisor.email]
    watch()
    assert Delivery.objects.count() == 2


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"measure": "contract_ends", "limit": 0}, "limit"),
        ({"measure": "quality", "queue": True}, "queue"),
        ({"measure": "reveals", "channel": True}, "channel"),
    ],
)
def test_rules_that_make_no_sense_are_refused(acting, manager, queue, values, wrong) -> None:
    places = {"queue": queue, "channel": mail_channel()}
    asked = {name: places[name] if value is True else value for name, value in values.items()}
    with pytest.raises(InvalidInput) as refusal:
        create_rule(by=acting(manager), key="x", name={"en": "X"}, ways=["screen"], **asked)
    assert set(refusal.value.fields) == {wrong}
    assert not AlertRule.objects.exists()


def test_limits_of_states_are_not_asked_for(acting, manager) -> None:
    rule = create_rule(
        by=acting(manager), key="x", name={"en": "X"}, ways=["screen"], measure="reveals", limit=7, margin=9,
        comparison="below",
    )  # fmt: skip
    assert (rule.comparison, rule.limit, rule.margin) == ("above", 0, 0)
    with transaction.atomic(), pytest.raises(IntegrityError):
        AlertRule.objects.update(limit=3)
