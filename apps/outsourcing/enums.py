from django.db import models
from django.utils.translation import gettext_lazy as _


class ContractState(models.TextChoices):
    """What people decided. Whether an active contract opens anything right now is also a matter of its period."""

    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    ENDED = "ended", _("Ended")


LIVE = (ContractState.ACTIVE, ContractState.SUSPENDED)
"""Of these a vendor has one at a time: what two of them open would add up to more than either says."""


class DutyRule(models.TextChoices):
    """What becomes of work that does not keep a duty."""

    REMINDED = "reminded", _("reminded of, and missing it is written down")
    REQUIRED = "required", _("required")


class Duty(models.TextChoices):
    TAGS = "tags", _("Tags")
    SNIPPETS = "snippets", _("Snippets")


class Bound(models.TextChoices):
    AT_LEAST = "at_least", _("at least")
    AT_MOST = "at_most", _("at most")


class PricedBy(models.TextChoices):
    CONTACT = "contact", _("handled contact")
    RESOLVED = "resolved", _("resolved ticket")
    HOUR = "hour", _("paid hour")
    MONTH = "month", _("month")


class Afterwards(models.TextChoices):
    """What becomes of data that the vendor may have kept."""

    RETURN = "return", _("returned")
    DELETE = "delete", _("deleted")


class AssessmentState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")


class Risk(models.TextChoices):
    LOW = "low", _("low")
    MEDIUM = "medium", _("medium")
    HIGH = "high", _("high")


class Step(models.TextChoices):
    """What is seen to at the end. Accounts, sessions and tokens end by themselves."""

    FILES = "files", _("files and printouts given back or destroyed")
    NOTES = "notes", _("notes, recordings and screenshots of the vendor's people deleted")
    SYSTEMS = "systems", _("copies in the vendor's systems and backups deleted")
    NOBODY_ELSE = "nobody_else", _("nobody else was given any")


class StatementState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SENT = "sent", _("Sent to the vendor")
    DISPUTED = "disputed", _("Disputed")
    AGREED = "agreed", _("Agreed")
    CLOSED = "closed", _("Closed")
    REPLACED = "replaced", _("Replaced")


class Outlook(models.TextChoices):
    """How a month is going to end for a term, as far as can be told while it runs."""

    OK = "ok", _("in reach")
    AT_RISK = "at_risk", _("at risk")
    MISSED = "missed", _("out of reach")


WORSENING = (Outlook.OK, Outlook.AT_RISK, Outlook.MISSED)
"""From good to bad. A step to the right is told."""
