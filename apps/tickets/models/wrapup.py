from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel
from apps.tickets.models.category import Category
from apps.tickets.models.ticket import Ticket


class WrapUp(SequencedModel):
    """The agent's record when work on a ticket ends (服务小结)."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="wrap_ups", verbose_name=_("ticket"))
    category = models.ForeignKey(Category, models.PROTECT, null=True, related_name="+")
    summary = EncryptedTextField(_("summary"), blank=True, default="")
    is_blind = models.BooleanField(default=False, db_default=False, editable=False)
    """As for a ticket's subject."""
    is_solved = models.BooleanField(_("solved"), null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("wrap-up")
        verbose_name_plural = _("wrap-ups")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Wrap-up {self.public_id}"
