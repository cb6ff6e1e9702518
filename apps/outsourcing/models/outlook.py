from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.outsourcing.enums import Outlook
from apps.outsourcing.models.contract import Contract, SlaTerm
from apps.outsourcing.querysets import TermOutlookQuerySet


class TermOutlook(models.Model):
    """How a month looked for a term when it was looked at last. Once the month is over, its row stays as it was."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="outlooks", verbose_name=_("contract"))
    term = models.ForeignKey(SlaTerm, models.CASCADE, related_name="outlooks", verbose_name=_("term"))
    month = models.DateField(_("month"), help_text=_("Its first day."))
    state = models.CharField(_("state"), max_length=10, choices=Outlook, default=Outlook.OK)
    figure = models.FloatField(_("figure"), null=True)
    week_figure = models.FloatField(_("in the last 7 days"), null=True)
    needed = models.FloatField(_("needed in the rest of the month"), null=True)
    threshold = models.FloatField(_("agreed"))
    looked_at = models.DateTimeField(_("looked at"))

    objects = TermOutlookQuerySet.as_manager()

    class Meta:
        verbose_name = _("outlook of a term")
        verbose_name_plural = _("outlooks of terms")
        ordering = ["-month", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "term", "month"], name="one_outlook_per_term_and_month")
        ]

    def __str__(self) -> str:
        return f"{self.contract.number} {self.term_id} {self.month:%Y-%m} {self.state}"
