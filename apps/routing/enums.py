from django.db import models
from django.utils.translation import gettext_lazy as _


class Presence(models.TextChoices):
    """What somebody is to the floor right now. Only who is available is offered work."""

    AVAILABLE = "available", _("Available")
    BUSY = "busy", _("Busy")
    BREAK = "break", _("On a break")
    AFTER_WORK = "after_work", _("After-call work")
    TRAINING = "training", _("In training")
    OFFLINE = "offline", _("Offline")


class Cause(models.TextChoices):
    """What brought a change of state about."""

    SELF = "self", _("themselves")
    FORCED = "forced", _("a supervisor")
    CONNECTION_LOST = "connection_lost", _("lost connection")
    DEACTIVATED = "deactivated", _("account switched off")
