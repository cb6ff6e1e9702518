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
