from __future__ import annotations

from django.db import models

from apps.core.fields import EncryptedJSONField
from apps.core.models.base import SequencedModel


class IdempotentAnswer(SequencedModel):
    """What was answered to a request with an idempotency key, to be given again to its repetition."""

    key = models.BinaryField(max_length=32, unique=True)
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(default=0)
    answer = EncryptedJSONField()
    created = models.DateTimeField()
    expires = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires"], name="core_idempotent_expires")]

    def __str__(self) -> str:
        return f"answer {self.pk}"
