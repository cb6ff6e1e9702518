from django.db import models
from django.utils.translation import gettext_lazy as _


class InboundState(models.TextChoices):
    RECEIVED = "received", _("waiting")
    DONE = "done", _("processed")
    IGNORED = "ignored", _("ignored")
    PARKED = "parked", _("needs repair")


class DeliveryState(models.TextChoices):
    QUEUED = "queued", _("queued")
    SENDING = "sending", _("sending")
    SENT = "sent", _("sent")
    DELIVERED = "delivered", _("delivered")
    READ = "read", _("read")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("unknown, being checked")
    CANCELLED = "cancelled", _("cancelled")


class FailureKind(models.TextChoices):
    """The seven ways in which a platform refuses (design, section 5)."""

    RETRY_LATER = "retry_later", _("will be tried again")
    REAUTHENTICATE = "reauthenticate", _("the channel must sign in again")
    OUTSIDE_WINDOW = "outside_window", _("outside the reply window")
    RECIPIENT_GONE = "recipient_gone", _("the recipient cannot be reached")
    REJECTED = "rejected", _("rejected by the platform")
    MISCONFIGURED = "misconfigured", _("the channel is not set up correctly")
    UNKNOWN_OUTCOME = "unknown_outcome", _("outcome unknown")
