from django.db import models
from django.utils.translation import gettext_lazy as _


class IncidentState(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class ExportState(models.TextChoices):
    ASKED = "asked", _("being made")
    WAITING = "waiting", _("waits for a second person")
    READY = "ready", _("ready")
    REFUSED = "refused", _("refused")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("expired")


class Nature(models.TextChoices):
    """What a field holds that is no class of a customer's data which a lens masks."""

    STAFF = "staff", _("data of staff")
    TRAIT = "trait", _("trait of a customer")
    INDEX = "index", _("keyed hash")
    SECRET = "secret", _("key or secret")
    CUSTOMER = "customer", _("leads to a customer")
    COLLEAGUE = "colleague", _("leads to a member of staff")


class Outlet(models.TextChoices):
    """By which ways rows leave the database towards people and other systems."""

    DESK = "desk", _("desk")
    CHANNELS = "channels", _("channels")
    WEBHOOKS = "webhooks", _("outgoing webhooks")
    API = "api", _("API")
