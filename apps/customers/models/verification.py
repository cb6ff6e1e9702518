from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel, TimestampedModel
from apps.customers.enums import ProofMethod, ProofOutcome
from apps.customers.models.customer import Customer
from apps.customers.models.identity import Identity
from apps.customers.querysets import VerificationQuerySet


class Verification(SequencedModel, TimestampedModel):
    """A customer asked to prove that they have a second handle.

    The secret went out to that handle (`kind`, `scope`, `value`). Only what comes in from `identity`, the handle under
    which they write to us, is looked at for the code: guessed in another conversation it does nothing. `secret` is a
    keyed hash; nobody can read the code, whoever asked for it included.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="verifications", verbose_name=_("customer"))
    identity = models.ForeignKey(Identity, models.CASCADE, related_name="verifications", verbose_name=_("identity"))
    kind = models.CharField(_("kind"), max_length=40)
    scope = models.CharField(_("scope"), max_length=120, blank=True, default="")
    value = EncryptedTextField(_("value"))
    method = models.CharField(_("method"), max_length=10, choices=ProofMethod)
    secret = models.BinaryField(max_length=32, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    ticket_id = models.BigIntegerField(_("ticket"), null=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField(_("expires"))
    settled_at = models.DateTimeField(_("settled"), null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=ProofOutcome, blank=True, default="")

    objects = VerificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("verification of a customer")
        verbose_name_plural = _("verifications of customers")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["identity"], condition=models.Q(settled_at__isnull=True), name="one_open_verification"
            )
        ]

    def __str__(self) -> str:
        return f"Verification {self.public_id}"
