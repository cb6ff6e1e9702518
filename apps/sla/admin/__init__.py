"""Calendars, their special days, the picture of a year, and what channels promise."""

from django.contrib import admin

from apps.sla.admin.calendars import CalendarAdmin
from apps.sla.admin.days import CalendarDayAdmin
from apps.sla.admin.policies import ChannelPolicyAdmin
from apps.sla.admin.year import add_to

add_to(admin.site)

__all__ = ["CalendarAdmin", "CalendarDayAdmin", "ChannelPolicyAdmin"]
