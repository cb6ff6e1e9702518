from __future__ import annotations

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Vendor
from apps.channels.models import Channel
from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel
from apps.outsourcing.querysets import SupportAccessQuerySet
from apps.tickets.models import Queue

MOST_HOURS: Final = 72


class SupportAccess(SequencedModel):
    """People who help the house are let in by a manager: for some hours, to some queues and channels, most often to read."""

    vendor = models.ForeignKey(
        Vendor,
        models.PROTECT,
        related_name="support_accesses",
        verbose_name=_("who helps"),
        limit_choices_to={"is_support": True},
    )
    queues = models.ManyToManyField(Queue, related_name="+", verbose_name=_("queues"))
    channels = models.ManyToManyField(Channel, related_name="+", verbose_name=_("channels"))
    reason = EncryptedTextField(_("reason"))
    may_write = models.BooleanField(
        _("may write"), default=False, help_text=_("Without this they read, and every change is refused.")
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("given by"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = SupportAccessQuerySet.as_manager()

    class Meta:
        verbose_name = _("support access")
        verbose_name_plural = _("support accesses")
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="outsourcing_support_period"),
            models.UniqueConstraint(
                fields=["vendor"], condition=Q(ended_at=None), name="outsourcing_one_support_access_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vendor} #{self.pk}"

    @property
    def over_at(self) -> datetime:
        """When it was over, or will be at the latest."""
        return self.ended_at or self.ends_at
