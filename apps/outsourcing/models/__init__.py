from apps.outsourcing.models.clearance import CertificateReminder, ContractSkill, OnboardingStep, OnboardingTick
from apps.outsourcing.models.contract import Contract, SlaTerm

__all__ = ["CertificateReminder", "Contract", "ContractSkill", "OnboardingStep", "OnboardingTick", "SlaTerm"]
