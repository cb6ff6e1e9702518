from apps.sla.models.calendar import Calendar, CalendarDay
from apps.sla.models.follow_up import FollowUp
from apps.sla.models.policy import ChannelPolicy
from apps.sla.models.promise import Escalation, Policy, PolicyTarget
from apps.sla.models.timer import Course, Recount, Timer, TimerChange

__all__ = [
    "Calendar",
    "CalendarDay",
    "ChannelPolicy",
    "Course",
    "Escalation",
    "FollowUp",
    "Policy",
    "PolicyTarget",
    "Recount",
    "Timer",
    "TimerChange",
]
