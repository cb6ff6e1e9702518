"""Calendars, their special days, the picture of a year, what channels promise, and what is promised for tickets."""

from django.contrib import admin

from apps.sla.admin import trial, year
from apps.sla.admin.calendars import CalendarAdmin
from apps.sla.admin.days import CalendarDayAdmin
from apps.sla.admin.policies import ChannelPolicyAdmin
from apps.sla.admin.promises import PolicyAdmin

year.add_to(admin.site)
trial.add_to(admin.site)

__all__ = ["CalendarAdmin", "CalendarDayAdmin", "ChannelPolicyAdmin", "PolicyAdmin"]
