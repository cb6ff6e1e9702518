"""How roles see personal data, and people's rights over theirs."""

from django.contrib import admin

from apps.privacy.admin import request_pages
from apps.privacy.admin.holds import LegalHoldAdmin
from apps.privacy.admin.policies import LensPolicyAdmin
from apps.privacy.admin.requests import DataSubjectRequestAdmin

request_pages.add_to(admin.site)

__all__ = ["DataSubjectRequestAdmin", "LegalHoldAdmin", "LensPolicyAdmin"]
