"""Words of the chat."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EndedBy(models.TextChoices):
    VISITOR = "visitor", _("visitor")
    AGENT = "agent", _("agent")
    SILENCE = "silence", _("silence")
    LEFT = "left", _("visitor, who left a message instead of waiting")
    GONE = "gone", _("absence of the visitor, who waited for us")


UNSERVED = (EndedBy.LEFT, EndedBy.GONE)
"""Ends of visits in which the visitor still waited for us. Their matter goes on with what they write next."""


class Asked(models.TextChoices):
    """What a manager says of a field of the form before the chat."""

    NO = "no", _("Do not ask")
    OPTIONAL = "optional", _("Ask")
    REQUIRED = "required", _("Ask, and require an answer")


class Afterwards(models.TextChoices):
    """What becomes of the ticket when an agent ends its chat."""

    KEEP = "keep", _("Keep the ticket open")
    RESOLVE = "resolve", _("Resolve the ticket")
    MAIL = "mail", _("Continue by mail")


class Visitors(models.TextChoices):
    """Whom an invitation is for."""

    ALL = "all", _("Everybody")
    NEW = "new", _("Who is here for the first time")
    RETURNING = "returning", _("Who was here before")
