from apps.outsourcing.models.clearance import CertificateReminder, ContractSkill, OnboardingStep, OnboardingTick
from apps.outsourcing.models.contract import Contract, SlaTerm
from apps.outsourcing.models.duty import DutyMiss
from apps.outsourcing.models.processing import EndTask, ImpactAssessment
from apps.outsourcing.models.quality import QualityWarning

__all__ = [
    "CertificateReminder",
    "Contract",
    "ContractSkill",
    "DutyMiss",
    "EndTask",
    "ImpactAssessment",
    "OnboardingStep",
    "OnboardingTick",
    "QualityWarning",
    "SlaTerm",
]
