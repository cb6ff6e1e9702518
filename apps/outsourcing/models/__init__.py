from apps.outsourcing.models.clearance import CertificateReminder, ContractSkill, OnboardingStep, OnboardingTick
from apps.outsourcing.models.contract import Contract, SlaTerm
from apps.outsourcing.models.duty import DutyMiss

__all__ = [
    "CertificateReminder",
    "Contract",
    "ContractSkill",
    "DutyMiss",
    "OnboardingStep",
    "OnboardingTick",
    "SlaTerm",
]
