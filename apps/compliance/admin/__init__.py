"""Proof: incidents, exports, audit packs."""

from django.contrib import admin

from apps.compliance.admin import exports, incidents, packs
from apps.compliance.admin.exports import ExportAdmin
from apps.compliance.admin.incidents import IncidentAdmin

exports.add_to(admin.site)
incidents.add_to(admin.site)
packs.add_to(admin.site)

__all__ = ["ExportAdmin", "IncidentAdmin"]
