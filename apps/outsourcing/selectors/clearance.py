"""Who of a vendor may be given new work, and what stands in the way: required skills, certificates, on-boarding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from apps.accounts.clearance import Bar
from apps.accounts.models import AgentSkill, User
from apps.accounts.models.skill import LEVELS
from apps.core.clock import now
from apps.core.models.expressions import any_of
from apps.outsourcing.models import Contract, ContractSkill, OnboardingStep, OnboardingTick
from apps.outsourcing.selectors.contracts import ruling_contract
from apps.sla.errors import NeverOpens
from apps.sla.selectors.timetables import timetable_of

WORDS: Final = {
    "onboarding_open": _("On-boarding is not finished; steps left: %(steps)s."),
    "not_certified": _("Not certified for %(skill)s."),
    "certificate_over": _("The certificate for %(skill)s ran out on %(day)s."),
    "outside_hours": _("Outside of the hours of the contract, until %(opens)s."),
    "never_open": _("The contract has no hours any more."),
    "below_contract": _("The contract asks for %(skill)s of level %(level)s; has %(has)s."),
}

Held = Mapping[int, AgentSkill]
"""By skill."""


def bars_of_people(users: Collection[User]) -> dict[int, Bar]:
    """For `apps.accounts.clearance`: of whom nothing bars, nothing."""
    contracts = _ruling({user.vendor_id for user in users if user.vendor_id is not None})
    concerned = [user for user in users if user.vendor_id in contracts]
    if not concerned:
        return {}
    ids = [user.pk for user in concerned]
    steps = {step.pk for contract in contracts.values() for step in contract.steps.all()}
    done, held = _done(ids, steps), _held(ids)
    moment = now()
    closed = {contract.pk: _closed(contract, moment) for contract in contracts.values()}
    found = {}
    for user in concerned:
        contract = contracts[user.vendor_id or 0]
        bar = _onboarding(contract, done[user.pk]) or _unskilled(contract, held[user.pk], contract.day(moment))
        bar = bar or closed[contract.pk]
        if bar is not None:
            found[user.pk] = bar
    return found


def _ruling(vendor_ids: Collection[int]) -> dict[int, Contract]:
    moment = now()
    rows = Contract.objects.live().filter(any_of("vendor_id", vendor_ids))
    return {
        row.vendor_id: row
        for row in rows.prefetch_related("skills__skill", "steps").select_related("calendar")
        if row.is_in_force(moment)
    }


def _done(user_ids: Collection[int], steps: Collection[int]) -> Mapping[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    if steps:
        ticks = OnboardingTick.objects.filter(any_of("user_id", user_ids), any_of("step_id", steps))
        for user_id, step_id in ticks.values_list("user_id", "step_id"):
            found[user_id].add(step_id)
    return found


def _held(user_ids: Collection[int]) -> Mapping[int, Held]:
    found: dict[int, dict[int, AgentSkill]] = defaultdict(dict)
    for row in AgentSkill.objects.filter(any_of("user_id", user_ids)):
        found[row.user_id][row.skill_id] = row
    return found


def _closed(contract: Contract, moment: datetime) -> Bar | None:
    """What they hold stays, and what people give them by hand is theirs to judge."""
    if not contract.hours_only or contract.calendar is None:
        return None
    timetable = timetable_of(contract.calendar)
    if timetable.is_open(moment):
        return None
    try:
        opens = timetable.next_opening(moment).astimezone(timetable.zone)
    except NeverOpens:
        return Bar("never_open", stops_offers_only=True)
    return Bar("outside_hours", {"opens": f"{opens:%Y-%m-%d %H:%M}"}, stops_offers_only=True)


def _onboarding(contract: Contract, done: Collection[int]) -> Bar | None:
    left = [step for step in contract.steps.all() if step.pk not in done]
    return Bar("onboarding_open", {"steps": len(left)}) if left else None


def _unskilled(contract: Contract, held: Held, day: date) -> Bar | None:
    for term in contract.skills.all():
        if term.skill.is_active and (bar := _missing(term, held.get(term.skill_id), day)) is not None:
            return bar
    return None


def _missing(term: ContractSkill, row: AgentSkill | None, day: date) -> Bar | None:
    """The last day of a certificate still counts."""
    key = term.skill.key
    if row is None or row.level < term.least_level:
        return Bar("below_contract", {"skill": key, "level": term.least_level, "has": row.level if row else 0})
    if not term.needs_certificate:
        return None
    if row.certified_until is None:
        return Bar("not_certified", {"skill": key})
    if row.certified_until < day:
        return Bar("certificate_over", {"skill": key, "day": row.certified_until.isoformat()})
    return None


# One person's page


@dataclass(frozen=True, slots=True)
class StepLine:
    step: OnboardingStep
    tick: OnboardingTick | None


@dataclass(frozen=True, slots=True)
class SkillLine:
    term: ContractSkill
    level: int
    certified_until: date | None
    bar: str
    """Empty where it is fulfilled."""
    days_left: int | None
    """Where it runs out soon enough to say so."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the contract in force asks of somebody, and how it stands."""

    contract: Contract | None
    steps: tuple[StepLine, ...]
    skills: tuple[SkillLine, ...]
    bar: str
    levels: tuple[int, ...] = tuple(LEVELS)

    @property
    def ends_soon(self) -> list[SkillLine]:
        return [line for line in self.skills if line.days_left is not None]


def standing_of(user: User) -> Standing:
    contract = ruling_contract(user.vendor_id or 0)
    if contract is None:
        return Standing(None, (), (), "")
    ticks = {row.step_id: row for row in OnboardingTick.objects.filter(user=user).select_related("ticked_by")}
    held, day = _held([user.pk])[user.pk], contract.day(now())
    steps = tuple(StepLine(step, ticks.get(step.pk)) for step in contract.steps.all())
    terms = contract.skills.filter(skill__is_active=True).select_related("skill")
    skills = tuple(_line(contract, term, held.get(term.skill_id), day) for term in terms)
    bar = bars_of_people([user]).get(user.pk)
    return Standing(contract, steps, skills, "" if bar is None else bar.words())


def _line(contract: Contract, term: ContractSkill, row: AgentSkill | None, day: date) -> SkillLine:
    bar, until = _missing(term, row, day), row.certified_until if row else None
    left = (until - day).days if until is not None and term.needs_certificate and bar is None else None
    return SkillLine(
        term=term,
        level=row.level if row else 0,
        certified_until=until,
        bar="" if bar is None else bar.words(),
        days_left=left if left is not None and left <= contract.remind_days else None,
    )
