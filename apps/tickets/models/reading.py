from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team
from apps.core.fields import TranslatedTextField
from apps.tickets.enums import ViewScope
from apps.tickets.models.ticket import Ticket
from apps.tickets.querysets import SavedViewQuerySet


class ReadMark(models.Model):
    """How far a person has read a ticket, by message sequence."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="read_marks")
    sequence = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("read mark")
        verbose_name_plural = _("read marks")
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="one_read_mark")]

    def __str__(self) -> str:
        return f"{self.user_id} read {self.ticket} to {self.sequence}"


class SavedView(models.Model):
    """A named list. `filters` holds the same keys as the list's query string."""

    scope = models.CharField(_("for"), max_length=10, choices=ViewScope, default=ViewScope.PRIVATE)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name=_("owner")
    )
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, verbose_name=_("team"))
    name = TranslatedTextField(_("name"))
    filters = models.JSONField(_("filters"), default=dict)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return str(self.name)
