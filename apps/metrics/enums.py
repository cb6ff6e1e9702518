from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.tickets.enums import WorkKind

LIVE = (WorkKind.CHAT, WorkKind.CALL, WorkKind.COUNTER)
"""Kinds of work where the customer is there at this very minute."""


class WaitEnd(models.TextChoices):
    """How a wait in line ended. Empty: it goes on."""

    ANSWERED = "answered", _("Taken by somebody")
    ABANDONED = "abandoned", _("The customer left")
    MOVED = "moved", _("Goes on in another line")
    DROPPED = "dropped", _("Ended by us without anybody taking it")


class Unit(models.TextChoices):
    COUNT = "count", _("number")
    PERCENT = "percent", _("percent")
    SECONDS = "seconds", _("seconds")
    AVERAGE = "average", _("on average")


class Subject(models.TextChoices):
    """Whose facts are to be made anew."""

    TICKET = "ticket"
    AGENT = "agent"
