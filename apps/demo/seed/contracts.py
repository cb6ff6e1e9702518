"""What the demo's vendor may see, must reach and is paid for: its team's grants come from here."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from apps.accounts.models import Skill, Vendor
from apps.core.actor import person
from apps.core.clock import now
from apps.demo.seed.vocabulary import TEAMS
from apps.demo.seed.world import World
from apps.outsourcing.enums import Bound
from apps.outsourcing.models import Contract, ContractSkill, DeductionStep, ImpactAssessment, OnboardingStep, SlaTerm
from apps.outsourcing.services.clearing import certify_agent, tick_step
from apps.outsourcing.services.contracts import activate_contract
from apps.outsourcing.services.processing import approve_assessment
from apps.privacy.enums import FieldClass
from apps.sla.selectors import default_calendar

TEAM = "brightline-1"
NEW = "su.mengyao"
STEPS = (("个人信息保护培训", "Training in data protection"), ("签署保密协议", "Confidentiality agreement signed"))
# Measure, channel, bound, threshold in the measure's unit.
TERMS = (
    ("answer_rate", None, Bound.AT_LEAST, 90),
    ("sla_attainment", None, Bound.AT_LEAST, 90),
    ("csat", None, Bound.AT_LEAST, 80),
    ("first_reply_p90", "support-mail", Bound.AT_MOST, 4 * 60 * 60),
)


def write_contract(world: World) -> None:
    plan, year = TEAMS[TEAM], now().year
    contract = Contract.objects.create(
        number=f"BL-{year}-01",
        name={"zh-hans": "订单与物流客服外包", "en": "Service for orders and deliveries"},
        vendor=Vendor.objects.get(key=plan.vendor),
        starts_on=date(year - 1, 1, 1),
        ends_on=date(year + 1, 12, 31),
        calendar=default_calendar(),
        most_people=6,
        vendor_certifies=True,
        quality_floor=85,
        price=Decimal("6.50"),
        deduction_cap=15,
        purpose="回答客户有关订单、物流、破损和退换货的咨询。\nAnswering questions about orders, deliveries, damage and returns.",
        data_categories=[FieldClass.NAME, FieldClass.PHONE, FieldClass.EMAIL, FieldClass.ADDRESS, FieldClass.FREE_TEXT],
    )
    contract.queues.set(world.queues[key] for key in plan.queues)
    contract.channels.set(world.channels[key] for key in plan.channels)
    contract.categories.set(world.categories[key] for key in plan.categories)
    contract.tags.set([world.tags["refund"], world.tags["return"]])
    SlaTerm.objects.bulk_create(
        SlaTerm(
            contract=contract,
            measure=measure,
            channel=world.channels[channel] if channel else None,
            bound=bound,
            threshold=threshold,
        )
        for measure, channel, bound, threshold in TERMS
    )
    _deduct(contract)
    _assess(contract, world)
    activate_contract(contract=contract, by=person(world.staff["manager"]))
    _clear(world, contract)


def _deduct(contract: Contract) -> None:
    """Two steps: a little below what was agreed costs little."""
    term = contract.terms.get(measure="sla_attainment")
    for limit, percent in ((90, 5), (80, 10)):
        DeductionStep.objects.create(contract=contract, term=term, limit=limit, percent=percent)


def _assess(contract: Contract, world: World) -> None:
    boss = person(world.staff["manager"])
    assessment = ImpactAssessment.objects.create(
        contract=contract,
        data_categories=contract.data_categories,
        necessity="外包客服须了解订单和问题才能答复；联系方式以脱敏形式显示。",
        risks="外包人员可能记下或外传个人信息；可能性低，影响中等。",
        measures="服务器端脱敏、按合同授权、双重验证、审计日志、合同结束即停止访问。",
        valid_until=contract.ends_on,
        written_by=boss.user,
    )
    approve_assessment(assessment=assessment, by=boss)


def _clear(world: World, contract: Contract) -> None:
    """One of the agents is new: one step is open, and the certificate is missing."""
    boss = person(world.staff["manager"])
    orders = Skill.objects.create(key="orders", name={"zh-hans": "订单处理", "en": "Orders"})
    ContractSkill.objects.create(contract=contract, skill=orders, least_level=2)
    steps = [
        OnboardingStep.objects.create(contract=contract, name={"zh-hans": zh, "en": en}, position=position)
        for position, (zh, en) in enumerate(STEPS)
    ]
    soon = now().date() + timedelta(days=10)
    for username, until in (("vendor_manager", None), ("vendor_agent", None), ("tan.wenbo", soon), (NEW, None)):
        user = world.staff[username]
        for step in steps[: 1 if username == NEW else None]:
            tick_step(step=step, user=user, by=boss)
        if username != NEW:
            certify_agent(user=user, skill=orders, level=3, until=until or contract.ends_on, by=boss)
