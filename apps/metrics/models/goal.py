from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TimestampedModel
from apps.metrics.querysets import ServiceGoalQuerySet
from apps.tickets.models import Queue

SECONDS, PERCENT, SHORT = 30, 80, 5
"""Where a queue has no goal of its own."""


class ServiceGoal(TimestampedModel):
    """How soon live customers of a queue are to be served, and who left too soon to count."""

    queue = models.OneToOneField(Queue, models.CASCADE, related_name="service_goal", verbose_name=_("queue"))
    seconds = models.PositiveIntegerField(
        _("served within (seconds)"), default=SECONDS, validators=[MinValueValidator(1), MaxValueValidator(86_400)]
    )
    percent = models.PositiveSmallIntegerField(
        _("of so many (%)"), default=PERCENT, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    short_seconds = models.PositiveSmallIntegerField(
        _("who leaves within (seconds) does not count"),
        default=SHORT,
        validators=[MaxValueValidator(600)],
        help_text=_("They changed their mind; nobody could have been faster."),
    )

    objects = ServiceGoalQuerySet.as_manager()

    class Meta:
        verbose_name = _("goal of a queue")
        verbose_name_plural = _("goals of queues")
        ordering = ["queue__position", "queue__key"]

    def __str__(self) -> str:
        return f"{self.queue}: {self.percent} % / {self.seconds} s"
