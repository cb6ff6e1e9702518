"""The administration: bases of all its pages, and the two logs that core keeps."""

from apps.core.admin.audit import AuditEntryAdmin
from apps.core.admin.events import EventAdmin

__all__ = ["AuditEntryAdmin", "EventAdmin"]
