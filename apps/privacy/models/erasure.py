from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedJSONField, EncryptedTextField
from apps.core.models import SequencedModel, TimestampedModel
from apps.privacy.enums import ErasureState
from apps.privacy.models.request import DataSubjectRequest
from apps.privacy.querysets import ErasureQuerySet


class Erasure(SequencedModel, TimestampedModel):
    """The erasing of one person: asked for by one, approved by another, done in batches, and then its own proof.

    What is needed to find their data (`person`) is kept until it is done and then emptied. `customer_ids` are the
    records, which stay as pseudonyms; `marks` are keyed hashes of their handles, by which a restored backup is erased
    again. `progress` tells of each place how far it has come: {"key": {"after": id, "count": rows}}, and "is_done".
    """

    request = models.ForeignKey(DataSubjectRequest, models.PROTECT, null=True, related_name="erasures")
    customer_ids = ArrayField(models.BigIntegerField())
    marks = ArrayField(models.CharField(max_length=200), default=list)
    person = EncryptedJSONField(default=dict)
    state = models.CharField(_("state"), max_length=10, choices=ErasureState, default=ErasureState.WAITING)
    reason = EncryptedTextField(_("reason"), blank=True, default="")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    progress = models.JSONField(default=dict)
    is_replay = models.BooleanField(default=False)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-id"]
        indexes = [models.Index(fields=["id"], condition=models.Q(state="approved"), name="privacy_erasure_running")]

    def __str__(self) -> str:
        return f"Erasure {self.public_id}"

    @property
    def counts(self) -> dict[str, int]:
        return {key: int(done["count"]) for key, done in self.progress.items()}

    def proof(self) -> dict[str, Any]:
        """What anybody may keep: it names nobody."""
        return {
            "erasure": self.public_id,
            "customer_ids": list(self.customer_ids),
            "marks": list(self.marks),
            "asked_by": self.asked_by_id,
            "approved_by": self.approved_by_id,
            "approved_at": self.approved_at.isoformat() if self.approved_at else None,
            "done_at": self.done_at.isoformat() if self.done_at else None,
            "erased": self.counts,
        }
