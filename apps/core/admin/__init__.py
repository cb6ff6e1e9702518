"""The administration: bases of all its pages, the two logs that core keeps, and its keys."""

from apps.core.admin.audit import AuditEntryAdmin
from apps.core.admin.events import EventAdmin
from apps.core.admin.keys import DataKeyAdmin

__all__ = ["AuditEntryAdmin", "DataKeyAdmin", "EventAdmin"]
