from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.outsourcing.enums import Duty
from apps.outsourcing.models.contract import Contract
from apps.tickets.models import Ticket


class DutyMiss(models.Model):
    """Somebody went on without a duty that the contract only reminds of."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="misses", verbose_name=_("contract"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+", verbose_name=_("ticket"))
    duty = models.CharField(_("duty"), max_length=10, choices=Duty)
    created = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("missed duty")
        verbose_name_plural = _("missed duties")
        indexes = [models.Index(fields=["user", "created"], name="duty_misses_of_somebody")]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_duty_display()}"
