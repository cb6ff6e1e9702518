from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.channels.enums import InboundState
from apps.channels.models.channel import Channel
from apps.channels.querysets import InboundEventQuerySet
from apps.core.fields import EncryptedBinaryField, EncryptedJSONField, EncryptedTextField
from apps.core.models import SequencedModel


class InboundEvent(SequencedModel):
    """The durable inbox: one input as it came, stored before it is acknowledged.

    `external_key` stands for the platform's id of the item; (channel, external_key) makes a second delivery of
    the same item harmless. `order_key` stands for whoever sent it on this channel: items with an equal key are processed in
    order of id (both are keyed hashes, see `channels.keys`). `envelope` holds what came around the raw bytes
    (headers, remote address, platform id). A row is claimed with a lease (`claimed_until`) and a fencing token
    (`claim`); `lost_claims` counts the workers that died with it. `original` keeps the bytes as they came once
    a person has repaired `payload`.
    """

    channel = models.ForeignKey(
        Channel, models.PROTECT, related_name="inbound_events", db_index=False, verbose_name=_("channel")
    )
    external_key = models.BinaryField(max_length=32, editable=False)
    order_key = models.BinaryField(max_length=32, editable=False)
    envelope = EncryptedJSONField(_("envelope"), default=dict)
    payload = EncryptedBinaryField(_("payload"))
    original = EncryptedBinaryField(_("payload before repair"), null=True, editable=False)
    received = models.DateTimeField(_("received"))
    state = models.CharField(_("state"), max_length=10, choices=InboundState, default=InboundState.RECEIVED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lost_claims = models.PositiveSmallIntegerField(default=0, editable=False)
    due_at = models.DateTimeField(_("due"))
    claimed_until = models.DateTimeField(null=True, editable=False)
    claim = models.PositiveBigIntegerField(default=0, editable=False)
    done_at = models.DateTimeField(_("processed"), null=True, editable=False)
    message_id = models.BigIntegerField(_("message"), null=True, editable=False)
    ticket_id = models.BigIntegerField(_("ticket"), null=True, editable=False)
    error_code = models.CharField(_("error code"), max_length=80, blank=True)
    error = EncryptedTextField(_("error"), blank=True, default="")

    is_claimable: bool  # of rows read by InboundEventQuerySet.with_claimable

    objects = InboundEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("inbound item")
        verbose_name_plural = _("inbound items")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["channel", "external_key"], name="inbound_once_per_channel")]
        indexes = [
            models.Index(fields=["channel", "due_at", "id"], condition=models.Q(state="received"), name="inbound_due"),
            models.Index(
                fields=["claimed_until"],
                condition=models.Q(state="received", claimed_until__isnull=False),
                name="inbound_claimed",
            ),
            models.Index(
                fields=["order_key", "id"],
                condition=models.Q(state="received"),
                name="inbound_order",
            ),
            models.Index(fields=["channel", "-id"], condition=models.Q(state="parked"), name="inbound_parked"),
        ]

    def __str__(self) -> str:
        return f"Inbound {self.public_id}"
