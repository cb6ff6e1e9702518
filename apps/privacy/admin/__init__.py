"""How roles see personal data, what was shown of it, people's rights over theirs, and how long what is kept."""

from django.contrib import admin

from apps.privacy.admin import request_pages, retention_pages
from apps.privacy.admin.holds import LegalHoldAdmin
from apps.privacy.admin.notices import PrivacyNoticeAdmin
from apps.privacy.admin.policies import LensPolicyAdmin
from apps.privacy.admin.requests import DataSubjectRequestAdmin
from apps.privacy.admin.retention import RetentionRuleAdmin, RetentionRunAdmin
from apps.privacy.admin.reveals import RevealAdmin, RevealPolicyAdmin, ScreenPolicyAdmin
from apps.privacy.admin.terms import RequestTermAdmin

request_pages.add_to(admin.site)
retention_pages.add_to(admin.site)

__all__ = [
    "DataSubjectRequestAdmin",
    "LegalHoldAdmin",
    "LensPolicyAdmin",
    "PrivacyNoticeAdmin",
    "RequestTermAdmin",
    "RetentionRuleAdmin",
    "RetentionRunAdmin",
    "RevealAdmin",
    "RevealPolicyAdmin",
    "ScreenPolicyAdmin",
]
