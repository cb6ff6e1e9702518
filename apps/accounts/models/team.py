from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models.vendor import Vendor
from apps.accounts.querysets import TeamQuerySet
from apps.core.fields import TranslatedTextField


class Team(models.Model):
    """People who work together. Membership is membership of `group`, the group that object grants are given to."""

    key = models.SlugField(_("key"), unique=True)
    name = TranslatedTextField(_("name"))
    group = models.OneToOneField(Group, models.PROTECT, related_name="team", verbose_name=_("group"))
    vendor = models.ForeignKey(
        Vendor, models.PROTECT, null=True, blank=True, related_name="teams", verbose_name=_("vendor")
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["key"]

    def __str__(self) -> str:
        return str(self.name)
