from __future__ import annotations

from django.db import models

from apps.core.models.base import SequencedModel


class DataKey(SequencedModel):
    """A key that values are encrypted with, itself wrapped by a master key of the settings. The newest unretired one
    is active.
    """

    created = models.DateTimeField()
    master_key = models.CharField(max_length=64)
    wrapped = models.BinaryField()
    retired = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"data key {self.pk}"
