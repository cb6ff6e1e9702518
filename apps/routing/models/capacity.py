from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Role
from apps.core.models import TimestampedModel
from apps.tickets.enums import WorkKind


class CapacityRule(TimestampedModel):
    """How many pieces of one kind fill somebody. Said of a person, of a role, or (neither) of everybody.

    Kinds share one person: who holds half of the chats that they could has room for half of the mails.
    """

    kind = models.CharField(_("kind of work"), max_length=10, choices=WorkKind)
    at_most = models.PositiveSmallIntegerField(
        _("at most"), validators=[MaxValueValidator(100)], help_text=_("At the same time. 0: none of this kind.")
    )
    role = models.ForeignKey(Role, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("role"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("person")
    )

    class Meta:
        verbose_name = _("capacity")
        verbose_name_plural = _("capacities")
        ordering = ["kind", "role", "user"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "role", "user"], nulls_distinct=False, name="one_capacity_each"),
            models.CheckConstraint(
                condition=models.Q(role__isnull=True) | models.Q(user__isnull=True), name="capacity_of_role_or_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.at_most}"
