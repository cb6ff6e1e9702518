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


class SideChange(models.TextChoices):
    """Why a side answers for a ticket from then on."""

    OPENED = "opened", _("Opened")
    TAKEN = "taken", _("Taken by one of its people")
    HANDED_ON = "handed_on", _("Handed on")
    TO_HOUSE = "to_house", _("Handed to the house")
    HANDED_BACK = "handed_back", _("Handed back")
    TAKEN_OVER = "taken_over", _("Taken over")
    CAME_IN_HOUSE = "in_house", _("Came in-house after unsuccessful attempts")
    CONTRACT = "contract", _("No longer covered by the contract")
    QUEUE = "queue", _("Sent to another queue")
    LET_GO = "let_go", _("Let go")
    REOPENED = "reopened", _("Open again")


class Unit(models.TextChoices):
    COUNT = "count", _("number")
    PERCENT = "percent", _("percent")
    SECONDS = "seconds", _("seconds")
    AVERAGE = "average", _("on average")


class Subject(models.TextChoices):
    """Whose facts are to be made anew."""

    TICKET = "ticket"
    AGENT = "agent"
