from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.querysets import LookQuerySet
from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel


class Look(SequencedModel):
    """Somebody sees the desk as somebody else does, for a while and a reason, and changes nothing.

    It holds for the session that points to it, so it is over with that session too.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="looks", verbose_name=_("who"))
    seen_as = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="looked_at", verbose_name=_("as")
    )
    reason = EncryptedTextField(_("reason"))
    began = models.DateTimeField(_("began"))
    ends_at = models.DateTimeField(_("ends at the latest"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = LookQuerySet.as_manager()

    class Meta:
        verbose_name = _("look as somebody else")
        verbose_name_plural = _("looks as somebody else")
        ordering = ["-began"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(user=models.F("seen_as")), name="accounts_look_other"),
        ]

    def __str__(self) -> str:
        return f"{self.user} → {self.seen_as}"

    @property
    def over_at(self) -> datetime:
        """When it was over, or will be at the latest."""
        return self.ended_at or self.ends_at
