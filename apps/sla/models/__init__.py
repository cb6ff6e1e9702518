from apps.sla.models.calendar import Calendar, CalendarDay
from apps.sla.models.follow_up import FollowUp
from apps.sla.models.policy import ChannelPolicy

__all__ = ["Calendar", "CalendarDay", "ChannelPolicy", "FollowUp"]
