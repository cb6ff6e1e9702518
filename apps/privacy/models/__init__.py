from apps.privacy.models.consent import Consent, PrivacyNotice
from apps.privacy.models.erasure import Erasure
from apps.privacy.models.hold import HoldTarget, LegalHold
from apps.privacy.models.package import AccessPackage
from apps.privacy.models.policy import LensPolicy
from apps.privacy.models.request import DataSubjectRequest
from apps.privacy.models.retention import RetentionRule, RetentionRun
from apps.privacy.models.reveal import Reveal, RevealPolicy
from apps.privacy.models.screen import ScreenPolicy

__all__ = [
    "AccessPackage",
    "Consent",
    "DataSubjectRequest",
    "Erasure",
    "HoldTarget",
    "LegalHold",
    "LensPolicy",
    "PrivacyNotice",
    "RetentionRule",
    "RetentionRun",
    "Reveal",
    "RevealPolicy",
    "ScreenPolicy",
]
