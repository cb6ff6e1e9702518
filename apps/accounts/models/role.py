from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.enums import SecondFactorRule
from apps.core.fields import TranslatedTextField


class Role(models.Model):
    """What a person may do; which tickets they may do it to comes from grants (see `apps.accounts.access`)."""

    key = models.SlugField(_("key"), unique=True)
    name = TranslatedTextField(_("name"))
    permissions = ArrayField(models.CharField(max_length=80), verbose_name=_("permissions"), default=list, blank=True)
    is_outsourced = models.BooleanField(
        _("outsourced"),
        default=False,
        help_text=_("Sees only what the contract opens, with personal data masked."),
    )
    second_factor = models.CharField(
        _("second factor"),
        max_length=10,
        choices=SecondFactorRule,
        default=SecondFactorRule.BY_ROLE,
        help_text=_("Whether its people prove themselves twice when they sign in. Counts from their next sign-in."),
    )

    idle_minutes = models.PositiveSmallIntegerField(
        _("signed out when idle for (minutes)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(5), MaxValueValidator(24 * 60)],
        help_text=_("Empty: as the installation has it."),
    )
    session_hours = models.PositiveSmallIntegerField(
        _("signs in anew after (hours)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(24)],
        help_text=_("However busy they are. Empty: as the installation has it."),
    )

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["key"]

    def __str__(self) -> str:
        return str(self.name)
