"""What of contracts and people is alarming by what was decided elsewhere: outlooks, warnings, certificates, reveals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from apps.alerts.enums import Measure
from apps.outsourcing.enums import Outlook
from apps.outsourcing.selectors.warnings import (
    certificates_running_out,
    contracts_ending,
    quality_warnings,
    terms_in_danger,
)
from apps.privacy.selectors.reveals import unusual_people


class Place(NamedTuple):
    """What an alert is about. The names are those of the alert's columns."""

    queue_id: int | None = None
    channel_id: int | None = None
    contract_id: int | None = None
    term_id: int | None = None
    person_id: int | None = None
    skill_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The figure of one place; None where there is nothing to measure. What is so or not is 1 while it is."""

    place: Place
    figure: int | None
    vendor_id: int | None = None


def matters(measure: str) -> list[Reading]:
    return READERS[measure]()


def _terms(state: Outlook) -> list[Reading]:
    return [
        Reading(Place(contract_id=row.contract_id, term_id=row.term_id), 1, row.contract.vendor_id)
        for row in terms_in_danger(state)
    ]


def _quality() -> list[Reading]:
    return [
        Reading(Place(contract_id=row.contract_id, person_id=row.user_id), 1, row.contract.vendor_id)
        for row in quality_warnings()
    ]


def _certificates() -> list[Reading]:
    return [
        Reading(Place(contract_id=contract.pk, person_id=row.user_id, skill_id=row.skill_id), 1, contract.vendor_id)
        for contract, row in certificates_running_out()
    ]


def _endings() -> list[Reading]:
    return [Reading(Place(contract_id=row.pk), days, row.vendor_id) for row, days in contracts_ending()]


def _reveals() -> list[Reading]:
    return [Reading(Place(person_id=user.pk), count, user.vendor_id) for user, count in unusual_people()]


READERS: Final[Mapping[str, Callable[[], list[Reading]]]] = {
    Measure.TERM_AT_RISK: lambda: _terms(Outlook.AT_RISK),
    Measure.TERM_MISSED: lambda: _terms(Outlook.MISSED),
    Measure.QUALITY: _quality,
    Measure.CERTIFICATE: _certificates,
    Measure.CONTRACT_ENDS: _endings,
    Measure.REVEALS: _reveals,
}
