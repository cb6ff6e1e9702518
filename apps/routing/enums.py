from django.db import models
from django.utils.translation import gettext_lazy as _


class Presence(models.TextChoices):
    """What somebody is to the floor right now. Only who is available is offered work."""

    AVAILABLE = "available", _("Available")
    BUSY = "busy", _("Busy")
    BREAK = "break", _("On a break")
    AFTER_WORK = "after_work", _("After-call work")
    TRAINING = "training", _("In training")
    AWAY = "away", _("Away: offers missed")
    OFFLINE = "offline", _("Offline")


CHOSEN = tuple(state for state in Presence if state is not Presence.AWAY)
"""What people say themselves, or a supervisor says of them. Away is who does not answer."""


class Cause(models.TextChoices):
    """What brought a change of state about."""

    SELF = "self", _("themselves")
    FORCED = "forced", _("a supervisor")
    CONNECTION_LOST = "connection_lost", _("lost connection")
    DEACTIVATED = "deactivated", _("account switched off")
    MISSED_OFFERS = "missed_offers", _("offers missed in a row")


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


class Destination(models.TextChoices):
    """Where a rule sends work. Empty: wherever its queue says."""

    IN_HOUSE = "in_house", _("people in-house")
    SENIORS = "seniors", _("senior people in-house")
    VENDORS = "vendors", _("people of vendors")
    TEAM = "team", _("a team")
    VENDOR = "vendor", _("one vendor")


NARROW = (Destination.SENIORS, Destination.TEAM, Destination.VENDOR)
"""Those that may be waited for, before others are asked as well."""


class Urgency(models.IntegerChoices):
    """What a rule adds to a ticket's priority, in the points that part one priority from the next."""

    LESS = -10, _("one step less")
    SAME = 0, _("as the ticket's priority says")
    MORE = 10, _("one step more")
    MOST = 20, _("two steps more")


class Sentiment(models.TextChoices):
    """How somebody wrote, once something says so."""

    NEGATIVE = "negative", _("displeased")
    NEUTRAL = "neutral", _("neutral")
    POSITIVE = "positive", _("pleased")

    @classmethod
    def of(cls, value: int | None) -> str:
        """Of what stands on the ticket: below, at or above 0. Empty while nothing was found out."""
        if value is None:
            return ""
        return cls.NEUTRAL.value if value == 0 else (cls.POSITIVE if value > 0 else cls.NEGATIVE).value


class Weekday(models.IntegerChoices):
    """As in Python: Monday is 0."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Failure(models.TextChoices):
    """In what a vendor's attempt failed."""

    WROTE_AGAIN = "wrote_again", _("the customer wrote again after the reply")
    REOPENED = "reopened", _("the ticket was opened again")
    RETURNED = "returned", _("it was given back unsolved")
