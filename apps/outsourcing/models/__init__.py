from apps.outsourcing.models.clearance import CertificateReminder, ContractSkill, OnboardingStep, OnboardingTick
from apps.outsourcing.models.contract import Contract, SlaTerm
from apps.outsourcing.models.duty import DutyMiss
from apps.outsourcing.models.outlook import TermOutlook
from apps.outsourcing.models.processing import EndTask, ImpactAssessment
from apps.outsourcing.models.quality import QualityWarning
from apps.outsourcing.models.statement import DeductionStep, Statement, StatementComment
from apps.outsourcing.models.support import SupportAccess

__all__ = [
    "CertificateReminder",
    "Contract",
    "ContractSkill",
    "DeductionStep",
    "DutyMiss",
    "EndTask",
    "ImpactAssessment",
    "OnboardingStep",
    "OnboardingTick",
    "QualityWarning",
    "SlaTerm",
    "Statement",
    "StatementComment",
    "SupportAccess",
    "TermOutlook",
]
