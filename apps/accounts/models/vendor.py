from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import TranslatedTextField


class Vendor(models.Model):
    """An outsourcing company. What its people may see is granted to its teams' groups."""

    key = models.SlugField(_("key"), unique=True)
    name = TranslatedTextField(_("name"))
    is_active = models.BooleanField(_("active"), default=True)
    closed_days = models.PositiveSmallIntegerField(
        _("closed tickets visible for (days)"),
        default=7,
        help_text=_("After this many days a closed ticket leaves the vendor's sight."),
    )

    limits_categories = models.BooleanField(
        _("limited to granted categories"),
        default=False,
        help_text=_("Without this, a vendor that no category is granted to works all of them."),
    )

    class Meta:
        verbose_name = _("vendor")
        verbose_name_plural = _("vendors")
        ordering = ["key"]

    def __str__(self) -> str:
        return str(self.name)
