from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.core.models.base import SequencedModel


class DataKey(SequencedModel):
    """A key that values are encrypted with, itself wrapped by a master key of the settings.

    The newest unretired one is active; older unretired ones still have values, which a rotation brings over. A retired
    one had none left when `counted_at` was. Of a destroyed one only the fact remains.
    """

    created = models.DateTimeField(_("created"))
    master_key = models.CharField(_("master key"), max_length=64)
    wrapped = models.BinaryField()
    retired = models.DateTimeField(_("retired"), null=True, blank=True)
    destroyed = models.DateTimeField(_("destroyed"), null=True, editable=False)
    values_left = models.PositiveBigIntegerField(_("values under it"), null=True, editable=False)
    counted_at = models.DateTimeField(_("counted"), null=True, editable=False)

    class Meta:
        verbose_name = _("data key")
        verbose_name_plural = _("data keys")

    def __str__(self) -> str:
        return f"data key {self.pk}"


class KeyRotation(models.Model):
    """Bringing all values under one new key. It may be stopped at any point, and somebody else goes on.

    `followed_at` is since when no process seals under an older key any more.
    """

    key = models.OneToOneField(DataKey, models.PROTECT, related_name="rotation")
    started = models.DateTimeField(_("started"), db_default=Now())
    followed_at = models.DateTimeField(_("followed by all processes"), null=True)
    finished = models.DateTimeField(_("finished"), null=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, default="")
    last_error_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("rotation of keys")
        verbose_name_plural = _("rotations of keys")

    def __str__(self) -> str:
        return f"rotation to data key {self.key_id}"


class RotatedTable(models.Model):
    """How far a rotation has come in one table, counted in values: several columns of a row are several values.

    `after` is the last row that the pass under way has looked at; `seconds` is the time spent on batches.
    """

    rotation = models.ForeignKey(KeyRotation, models.CASCADE, related_name="tables")
    label = models.CharField(_("table"), max_length=120)
    total = models.PositiveBigIntegerField(_("values at the start"), default=0)
    done = models.PositiveBigIntegerField(_("brought over"), default=0)
    left = models.PositiveBigIntegerField(_("left"), default=0)
    unreadable = models.PositiveBigIntegerField(_("do not open"), default=0)
    after = models.BigIntegerField(default=0)
    passes = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["label"]
        constraints = [models.UniqueConstraint(fields=["rotation", "label"], name="one_progress_per_table")]

    def __str__(self) -> str:
        return f"{self.label}: {self.done}/{self.total}"

    @property
    def per_second(self) -> float:
        return self.done / self.seconds if self.seconds else 0.0
