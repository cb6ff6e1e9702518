"""People and access, as a manager sees them."""

from django.contrib import admin
from django.contrib.auth.models import Group

from apps.accounts.admin import looks, skills
from apps.accounts.admin.looks import LookAdmin
from apps.accounts.admin.parties import BrandAdmin, RoleAdmin, TeamAdmin, VendorAdmin
from apps.accounts.admin.providers import IdentityProviderAdmin
from apps.accounts.admin.sessions import StaffSessionAdmin
from apps.accounts.admin.skills import AgentSkillAdmin, SkillAdmin
from apps.accounts.admin.tokens import ApiTokenAdmin
from apps.accounts.admin.users import UserAdmin

# A team's group belongs to the team; nobody edits it by itself.
if admin.site.is_registered(Group):
    admin.site.unregister(Group)

skills.add_to(admin.site)
looks.add_to(admin.site)

__all__ = [
    "AgentSkillAdmin",
    "ApiTokenAdmin",
    "BrandAdmin",
    "IdentityProviderAdmin",
    "LookAdmin",
    "RoleAdmin",
    "SkillAdmin",
    "StaffSessionAdmin",
    "TeamAdmin",
    "UserAdmin",
    "VendorAdmin",
]
