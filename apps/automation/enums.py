from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DeliveryState(TextChoices):
    PENDING = "pending", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Given up")
    WITHDRAWN = "withdrawn", _("Out of sight")
    """The endpoint's user does not see what it is about any more."""


class DisabledReason(TextChoices):
    BY_HAND = "by_hand", _("Switched off by hand")
    GONE = "gone", _("The receiver answered that the address is gone (410)")
    FAILING = "failing", _("Every attempt of five days failed")
    NO_ACCESS = "no_access", _("The user it acts as may not sign in any more")


class AttemptError(TextChoices):
    """Why an attempt failed; empty for one that was answered with 2xx."""

    STATUS = "status", _("Answered with an error")
    REDIRECT = "redirect", _("Answered with a redirect, which is not followed")
    TIMEOUT = "timeout", _("No answer in time")
    NAME = "name", _("The name was not found")
    ADDRESS = "address", _("The address cannot be used")
    CONNECTION = "connection", _("No connection")
    PROTOCOL = "protocol", _("The answer broke off or is no HTTP")
    CONTENT = "content", _("The event could not be put into words")
