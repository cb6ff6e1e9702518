"""Customers, read-only and through the lens; tags, which customers and tickets share."""

from apps.customers.admin.customers import CustomerAdmin, OrganizationAdmin
from apps.customers.admin.tags import TagAdmin

__all__ = ["CustomerAdmin", "OrganizationAdmin", "TagAdmin"]
