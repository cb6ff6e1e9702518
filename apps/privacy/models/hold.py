from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.clock import now
from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel, TimestampedModel
from apps.privacy.enums import TargetKind
from apps.privacy.querysets import LegalHoldQuerySet


class LegalHold(SequencedModel, TimestampedModel):
    """An order to keep: while it is in force, neither erasure nor retention takes what it names."""

    reason = EncryptedTextField(_("reason"), help_text=_("Which procedure asks for it; seen by who manages holds."))
    starts_at = models.DateTimeField(_("from"), default=now)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True, help_text=_("Empty: until it is released."))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False, verbose_name=_("by")
    )
    released_at = models.DateTimeField(_("released"), null=True, blank=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Hold {self.public_id}"

    @property
    def is_in_force(self) -> bool:
        moment = now()
        is_over = self.released_at is not None or (self.ends_at is not None and self.ends_at <= moment)
        return self.starts_at <= moment and not is_over


class HoldTarget(models.Model):
    """One thing that a hold names, by its id: this app knows neither customers nor tickets."""

    hold = models.ForeignKey(LegalHold, models.CASCADE, related_name="targets", verbose_name=_("legal hold"))
    kind = models.CharField(_("kind"), max_length=10, choices=TargetKind)
    object_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("thing held")
        verbose_name_plural = _("things held")
        constraints = [models.UniqueConstraint(fields=["hold", "kind", "object_id"], name="one_target_of_a_hold")]
        indexes = [models.Index(fields=["kind", "object_id"], name="privacy_hold_target")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
