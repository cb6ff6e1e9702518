"""What of contracts somebody should see to, for those who are told: terms, ratings, certificates, and ends that come near."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.models import AgentSkill
from apps.core.clock import now
from apps.outsourcing.enums import Outlook
from apps.outsourcing.models import Contract, QualityWarning, TermOutlook


def terms_in_danger(state: Outlook) -> list[TermOutlook]:
    """Of this month, by the contracts' own clocks."""
    months = {row.pk: row.day(now()).replace(day=1) for row in _in_force()}
    rows = TermOutlook.objects.filter(contract__in=months, month__in=set(months.values()), state=state)
    return [row for row in rows.select_related("contract").order_by("pk") if row.month == months[row.contract_id]]


def quality_warnings() -> QuerySet[QualityWarning]:
    """Those that are open, of the vendor as a whole or of one of its people."""
    return QualityWarning.objects.filter(ended__isnull=True).select_related("contract").order_by("pk")


def certificates_running_out() -> list[tuple[Contract, AgentSkill]]:
    """Of contracts in force, as many days before as each of them says."""
    moment = now()
    return [(contract, row) for contract in _in_force() for row in ending_certificates(contract, contract.day(moment))]


def ending_certificates(contract: Contract, day: date) -> QuerySet[AgentSkill]:
    skills = contract.skills.filter(needs_certificate=True, skill__is_active=True).values("skill")
    ending = AgentSkill.objects.filter(
        user__vendor=contract.vendor_id,
        user__is_active=True,
        skill__in=skills,
        certified_until__range=(day, day + timedelta(days=contract.remind_days)),
    )
    return ending.select_related("skill").order_by("pk")


def contracts_ending() -> list[tuple[Contract, int]]:
    """Those in force that no other one of the vendor follows, with the days that are left."""
    moment = now()
    next_one = Contract.objects.live().filter(vendor=OuterRef("vendor"), starts_on__gt=OuterRef("ends_on"))
    last = set(Contract.objects.live().exclude(Exists(next_one)).values_list("pk", flat=True))
    return [(row, (row.ends_on - row.day(moment)).days) for row in _in_force() if row.pk in last]


def _in_force() -> list[Contract]:
    moment = now()
    return [row for row in Contract.objects.live().order_by("pk") if row.is_in_force(moment)]
