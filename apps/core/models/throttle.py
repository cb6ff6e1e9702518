from __future__ import annotations

from django.db import models


class ThrottleMark(models.Model):
    """When the next hit of a key would be in step with its rate. The key is a hash: no address or name lies here."""

    key = models.BinaryField(max_length=16, primary_key=True)
    in_step_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["in_step_at"], name="core_throttle_in_step_at")]

    def __str__(self) -> str:
        return "throttle mark"
