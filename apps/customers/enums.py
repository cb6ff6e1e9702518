from django.db import models
from django.utils.translation import gettext_lazy as _


class CustomerLevel(models.TextChoices):
    STANDARD = "standard", _("Standard")
    SILVER = "silver", _("Silver")
    GOLD = "gold", _("Gold")
    VIP = "vip", _("VIP")


class IdentityKind(models.TextChoices):
    """The kinds that this app itself knows how to normalize; connectors add kinds of their own by name."""

    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")
    EXTERNAL_ID = "external_id", _("Customer number")


class TagTarget(models.TextChoices):
    TICKETS = "tickets", _("Tickets")
    CUSTOMERS = "customers", _("Customers")
    BOTH = "both", _("Both")


class ProofMethod(models.TextChoices):
    CODE = "code", _("One-time code")
    LINK = "link", _("Link to confirm")


class ProofOutcome(models.TextChoices):
    PROVED = "proved", _("Confirmed")
    EXPIRED = "expired", _("Expired")
    EXHAUSTED = "exhausted", _("Too many wrong codes")
    REPLACED = "replaced", _("Replaced by a newer one")
    REFUSED = "refused", _("Denied by the person")


class SuggestionState(models.TextChoices):
    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DISMISSED = "dismissed", _("Dismissed")


class SuggestionReason(models.TextChoices):
    """What speaks for one person under two records."""

    PROVED_BY_BOTH = "proved_by_both", _("Both were proved to have it")
    CLAIM_AND_NAME = "claim_and_name", _("One named it, the other has it, and their names agree")
    TAKEN_OVER = "taken_over", _("One had only named it; the other was proved to have it")
