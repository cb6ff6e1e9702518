from apps.privacy.models.consent import Consent, PrivacyNotice
from apps.privacy.models.correction import Correction
from apps.privacy.models.erasure import Erasure
from apps.privacy.models.hold import HoldTarget, LegalHold
from apps.privacy.models.package import AccessPackage
from apps.privacy.models.policy import LensPolicy
from apps.privacy.models.proof import IdentityProof
from apps.privacy.models.request import DataSubjectRequest
from apps.privacy.models.retention import RetentionRule, RetentionRun
from apps.privacy.models.reveal import Reveal, RevealPolicy
from apps.privacy.models.screen import ScreenPolicy
from apps.privacy.models.term import RequestTerm

__all__ = [
    "AccessPackage",
    "Consent",
    "Correction",
    "DataSubjectRequest",
    "Erasure",
    "HoldTarget",
    "IdentityProof",
    "LegalHold",
    "LensPolicy",
    "PrivacyNotice",
    "RequestTerm",
    "RetentionRule",
    "RetentionRun",
    "Reveal",
    "RevealPolicy",
    "ScreenPolicy",
]
