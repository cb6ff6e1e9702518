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
