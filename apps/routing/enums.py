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


class Strategy(models.TextChoices):
    """As `engine.types.Strategy`."""

    LONGEST_IDLE = "longest_idle", _("who has been idle the longest")
    LEAST_LOADED = "least_loaded", _("who is least loaded")
    BEST_SKILL = "best_skill", _("who has the best skills")
    ROUND_ROBIN = "round_robin", _("one after the other")
    LAST_AGENT = "last_agent", _("who served the customer last")
    PERCENTAGE_SPLIT = "percentage_split", _("by shares")


class Overflow(models.TextChoices):
    """As `engine.types.OverflowChange`."""

    LOWER_SKILL = "lower_skill", _("a level less is enough")
    DROP_SKILL = "drop_skill", _("the skill is not asked for")
    DROP_LANGUAGE = "drop_language", _("the language is not asked for")
    ADD_QUEUE = "add_queue", _("people of another queue are added")
    ADD_TEAM = "add_team", _("people of a team are added")
    ANY_SIDE = "any_side", _("in-house and vendors alike")
