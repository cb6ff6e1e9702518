from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.channels.querysets import BlockedSenderQuerySet
from apps.core.fields import BlindIndexField, EncryptedTextField
from apps.core.models import SequencedModel, TimestampedModel


class BlockedSender(SequencedModel, TimestampedModel):
    """A handle whose input is kept but opens nothing. Lifting a block keeps the row as its record."""

    kind = models.CharField(_("kind"), max_length=40)
    scope = models.CharField(_("scope"), max_length=120, blank=True, default="")
    value = EncryptedTextField(_("value"), blind_index="value_index")
    value_index = BlindIndexField(of="value")
    blocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("blocked by")
    )
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)

    objects = BlockedSenderQuerySet.as_manager()

    class Meta:
        verbose_name = _("blocked sender")
        verbose_name_plural = _("blocked senders")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "scope", "value_index"],
                condition=models.Q(lifted_at__isnull=True),
                name="one_block_per_handle",
            )
        ]

    def __str__(self) -> str:
        return f"Block {self.public_id}"
