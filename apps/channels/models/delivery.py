from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.models.channel import Channel
from apps.channels.querysets import DeliveryQuerySet
from apps.core.fields import EncryptedJSONField, EncryptedTextField
from apps.core.models import SequencedModel, TimestampedModel


class Delivery(SequencedModel, TimestampedModel):
    """One message to hand to a platform once. `payload` is all the connector needs (see `contract.Outbound`).

    `client_key` is fixed before the first attempt (for mail: the Message-ID). A worker claims a due row with
    a lease and a fencing token; a row found in `sending` after its lease has an unknown outcome and is
    reconciled, never simply sent again. `order_key` keeps one conversation's deliveries in order: one that is
    not settled holds back the later ones. `settled_at` is when nothing more happens by itself.
    """

    channel = models.ForeignKey(
        Channel, models.PROTECT, related_name="deliveries", db_index=False, verbose_name=_("channel")
    )
    message_id = models.BigIntegerField(_("message"), null=True, db_index=True)
    ticket_id = models.BigIntegerField(_("ticket"), null=True)
    client_key = models.CharField(_("client key"), max_length=250, unique=True)
    order_key = models.BinaryField(max_length=32, editable=False)
    payload = EncryptedJSONField(_("payload"))
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState, default=DeliveryState.QUEUED)
    failure = models.CharField(_("failure"), max_length=20, choices=FailureKind, blank=True, default="")
    error = EncryptedTextField(_("error"), blank=True, default="")
    provider_key = models.BinaryField(max_length=32, null=True, editable=False, db_index=True)
    provider_id = EncryptedTextField(_("platform id"), blank=True, default="")
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"))
    claimed_until = models.DateTimeField(null=True, editable=False)
    claim = models.PositiveBigIntegerField(default=0, editable=False)
    checks = models.PositiveSmallIntegerField(_("checks of the outcome"), default=0)
    settled_at = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True)

    is_claimable: bool  # of rows read by DeliveryQuerySet.with_claimable

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["channel", "due_at", "id"],
                condition=models.Q(settled_at__isnull=True),
                name="delivery_due",
            ),
            models.Index(
                fields=["order_key", "id"],
                condition=models.Q(settled_at__isnull=True),
                name="delivery_order",
            ),
            models.Index(
                fields=["claimed_until"],
                condition=models.Q(settled_at__isnull=True, claimed_until__isnull=False),
                name="delivery_claimed",
            ),
            models.Index(
                fields=["channel", "-id"], condition=models.Q(state__in=["failed", "unknown"]), name="delivery_troubled"
            ),
        ]

    def __str__(self) -> str:
        return f"Delivery {self.public_id}"


class DeliveryAttempt(SequencedModel):
    """What one attempt met; kept so that a dispute with a platform can be settled."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="log")
    claim = models.PositiveBigIntegerField(default=0)
    started = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20)
    detail = EncryptedTextField(blank=True, default="")

    class Meta:
        verbose_name = _("delivery attempt")
        verbose_name_plural = _("delivery attempts")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Attempt {self.public_id}"
