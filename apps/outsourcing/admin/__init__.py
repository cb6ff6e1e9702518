"""Contracts with vendors."""

from django.contrib import admin

from apps.outsourcing.admin import clearing, standing, vendors
from apps.outsourcing.admin.contracts import ContractAdmin

standing.add_to(admin.site)
vendors.add_to(admin.site)
clearing.add_to(admin.site)

__all__ = ["ContractAdmin"]
