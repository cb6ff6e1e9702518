from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import TranslatedTextField


class Brand(models.Model):
    """A face of the company towards customers: name, colour, sender, help-center host."""

    key = models.SlugField(_("key"), unique=True)
    name = TranslatedTextField(_("name"))
    sender_name = TranslatedTextField(_("sender name"))
    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        default="#2f6f6a",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$")],
    )
    help_center_host = models.CharField(_("help-center host"), max_length=253, blank=True)
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_brand"
            )
        ]

    def __str__(self) -> str:
        return str(self.name)
