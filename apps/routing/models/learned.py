from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.routing.querysets import LearnedRecordQuerySet
from apps.tickets.models import Category


class LearnedRecord(models.Model):
    """How often somebody ended work of a category, and how often it stayed solved. Counts only: no text, no customer.

    `since` and `until` are the window whose work was counted.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("agent"))
    category = models.ForeignKey(Category, models.CASCADE, related_name="+", verbose_name=_("category"))
    successes = models.PositiveIntegerField(_("stayed solved"))
    trials = models.PositiveIntegerField(_("ended"))
    since = models.DateTimeField(_("counted from"))
    until = models.DateTimeField(_("counted until"))

    objects = LearnedRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("learned success")
        verbose_name_plural = _("learned successes")
        ordering = ["category", "user"]
        constraints = [
            models.UniqueConstraint(fields=["user", "category"], name="one_learned_record_each"),
            models.CheckConstraint(
                condition=models.Q(successes__lte=models.F("trials"), trials__gte=1), name="learned_from_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}, {self.category_id}: {self.successes}/{self.trials}"
