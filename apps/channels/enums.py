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


class Region(models.TextChoices):
    """Where servers stand, as the laws on transfers across borders see it."""

    OWN = "own", _("our own servers")
    MAINLAND = "mainland", _("mainland China")
    EU = "eu", _("European Union")
    US = "us", _("United States")
    JAPAN = "japan", _("Japan")
    OTHER = "other", _("another country, or several")


class TransferBasis(models.TextChoices):
    """What allows personal data to cross the border: PIPL 38 and 39, GDPR 45, 46 and 49."""

    ASSESSMENT = "assessment", _("security assessment passed (PIPL 38)")
    CONTRACT_PIPL = "contract_pipl", _("standard contract filed (PIPL 38)")
    CERTIFICATION = "certification", _("certified (PIPL 38)")
    EXEMPT = "exempt", _("exempt: needed for a contract with the person, or below the thresholds (rules of 2024)")
    CONSENT = "consent", _("separate consent of the person (PIPL 39; GDPR 49)")
    ADEQUACY = "adequacy", _("adequacy decision (GDPR 45)")
    CONTRACT_GDPR = "contract_gdpr", _("standard contractual clauses (GDPR 46)")
    BINDING_RULES = "binding_rules", _("binding corporate rules (GDPR 46)")
