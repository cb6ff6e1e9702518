"""Proof: incidents, exports, audit packs."""

from django.contrib import admin

from apps.compliance.admin import data_map, exports, incidents, packs
from apps.compliance.admin.exports import ExportAdmin
from apps.compliance.admin.incidents import IncidentAdmin
from apps.core.admin.audit import take_large_exports

exports.add_to(admin.site)
take_large_exports(exports.large_audit_export)
incidents.add_to(admin.site)
packs.add_to(admin.site)
data_map.add_to(admin.site)

__all__ = ["ExportAdmin", "IncidentAdmin"]
