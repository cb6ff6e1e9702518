from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import TranslatedTextField
from apps.tickets.enums import HandOver
from apps.tickets.querysets import HandOverReasonQuerySet


class HandOverReason(models.Model):
    """Why work goes from a vendor to the house, or back; managers say which reasons there are."""

    key = models.SlugField(_("key"), unique=True)
    name = TranslatedTextField(_("name"))
    direction = models.CharField(_("direction"), max_length=10, choices=HandOver, default=HandOver.TO_HOUSE)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects = HandOverReasonQuerySet.as_manager()

    class Meta:
        verbose_name = _("reason for handing over")
        verbose_name_plural = _("reasons for handing over")
        ordering = ["direction", "position", "key"]

    def __str__(self) -> str:
        return str(self.name)
