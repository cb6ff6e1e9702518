from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.outsourcing.models.contract import Contract


class QualityWarning(models.Model):
    """Customers' ratings of a vendor, or of one of its people, are below what the contract asks for. Open until they are not."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="warnings", verbose_name=_("contract"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("person"),
        help_text=_("Empty: the vendor as a whole."),
    )
    figure = models.FloatField(_("figure"))
    ratings = models.PositiveIntegerField(_("ratings"))
    began = models.DateTimeField(_("began"), auto_now_add=True)
    ended = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("warning of quality")
        verbose_name_plural = _("warnings of quality")
        ordering = ["-began", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "user"],
                condition=Q(ended__isnull=True),
                nulls_distinct=False,
                name="one_open_warning_of_quality",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contract.number} {self.figure:.0f} %"
