from apps.sla.models.calendar import Calendar, CalendarDay

__all__ = ["Calendar", "CalendarDay"]
