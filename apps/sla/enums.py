from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DayKind(TextChoices):
    HOLIDAY = "holiday", _("Holiday, closed")
    WORKDAY = "workday", _("Make-up working day")
    HOURS = "hours", _("Other hours")


class Target(TextChoices):
    """What is promised to come in time."""

    ANSWER = "answer", _("Taken by somebody")
    FIRST_REPLY = "first_reply", _("First reply")
    NEXT_REPLY = "next_reply", _("Next reply")
    RESOLUTION = "resolution", _("Resolution")


REPLIES = (Target.ANSWER, Target.FIRST_REPLY, Target.NEXT_REPLY)
"""What a customer waits for; a resolved ticket owes none of them."""


class Measure(TextChoices):
    WORKING = "working", _("working time")
    WALL = "wall", _("around the clock")


class TimerState(TextChoices):
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    BREACHED = "breached", _("Breached")
    MET = "met", _("Met")
    CANCELLED = "cancelled", _("Cancelled")


class TimerStep(TextChoices):
    """What a line of a timer's history tells."""

    STARTED = "started", _("Started")
    PAUSED = "paused", _("Paused")
    RESUMED = "resumed", _("Resumed")
    RECOUNTED = "recounted", _("Counted anew")
    WARNED = "warned", _("Warned")
    BREACHED = "breached", _("Breached")
    MET = "met", _("Met")
    ENDED_LATE = "ended_late", _("Ended, too late")
    CANCELLED = "cancelled", _("Cancelled")
    REOPENED = "reopened", _("Opened again")
    SUPERSEDED = "superseded", _("Passed over")
    ESCALATED = "escalated", _("Escalated")
    REFUSED = "refused", _("Escalation refused")


class EscalationAction(TextChoices):
    CALL_ASSIGNEE = "call_assignee", _("Call whoever holds the ticket")
    CALL_SUPERVISORS = "call_supervisors", _("Call the supervisors of its team")
    CALL_TEAM = "call_team", _("Call a team")
    CALL_PERSON = "call_person", _("Call somebody")
    RAISE_PRIORITY = "raise_priority", _("Raise the priority by one")
    GIVE_TO_TEAM = "give_to_team", _("Give it to a team")
    MOVE_TO_QUEUE = "move_to_queue", _("Move it to a queue")
    OPEN_TASK = "open_task", _("Open a task")
