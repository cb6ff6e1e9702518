from apps.outsourcing.models.clearance import CertificateReminder, ContractSkill, OnboardingStep, OnboardingTick
from apps.outsourcing.models.contract import Contract, SlaTerm
from apps.outsourcing.models.duty import DutyMiss
from apps.outsourcing.models.processing import EndTask, ImpactAssessment

__all__ = [
    "CertificateReminder",
    "Contract",
    "ContractSkill",
    "DutyMiss",
    "EndTask",
    "ImpactAssessment",
    "OnboardingStep",
    "OnboardingTick",
    "SlaTerm",
]
