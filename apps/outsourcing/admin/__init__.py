"""Contracts with vendors."""

from django.contrib import admin

from apps.outsourcing.admin import clearing, processing, standing, vendors
from apps.outsourcing.admin.contracts import ContractAdmin
from apps.outsourcing.admin.support import SupportAccessAdmin

processing.add_to(admin.site)  # before the addresses of what is decided, which take any word
standing.add_to(admin.site)
vendors.add_to(admin.site)
clearing.add_to(admin.site)

__all__ = ["ContractAdmin", "SupportAccessAdmin"]
