from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.automation.enums import DeliveryState
from apps.automation.models.endpoint import WebhookEndpoint
from apps.automation.models.replay import WebhookReplay
from apps.automation.querysets import WebhookDeliveryQuerySet
from apps.core.fields import EncryptedBinaryField
from apps.core.models import SequencedModel


class WebhookDelivery(SequencedModel):
    """One event for one endpoint. A worker claims a due row with a lease and a fencing token; one whose lease ran out
    is sent again under the same message id, by which the receiver knows the repetition.

    `payload` is what the last attempt sent, byte for byte. A test has no event. `tries` counts attempts since the
    delivery was last put in line, `attempts` all of them.
    """

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries", db_index=False)
    kind = models.CharField(_("event"), max_length=80)
    event_id = models.BigIntegerField(null=True, editable=False)
    event_created = models.DateTimeField(_("happened"), null=True, editable=False)
    ticket_id = models.BigIntegerField(null=True, editable=False)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    payload = EncryptedBinaryField(default=b"", editable=False)
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState, default=DeliveryState.PENDING)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"))
    claimed_until = models.DateTimeField(null=True, editable=False)
    claim = models.PositiveBigIntegerField(default=0, editable=False)
    settled_at = models.DateTimeField(_("settled"), null=True)
    replay = models.ForeignKey(
        WebhookReplay, models.SET_NULL, null=True, blank=True, related_name="deliveries", editable=False
    )

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event_id"],
                condition=models.Q(event_id__isnull=False),
                name="webhook_delivery_once_an_event",
            )
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "due_at", "id"],
                condition=models.Q(settled_at__isnull=True),
                name="webhook_delivery_due",
            ),
            models.Index(fields=["endpoint", "-id"], name="webhook_delivery_newest"),
            models.Index(
                fields=["endpoint", "settled_at"], condition=models.Q(state="failed"), name="webhook_delivery_failed"
            ),
            models.Index(fields=["settled_at"], name="webhook_delivery_settled"),
        ]

    def __str__(self) -> str:
        return self.message_id

    @property
    def tone(self) -> str:
        return {DeliveryState.DELIVERED: "success", DeliveryState.FAILED: "danger"}.get(DeliveryState(self.state), "")

    @property
    def message_id(self) -> str:
        """Fixed with the row, over all attempts and replays."""
        return f"msg_{self.public_id}"
