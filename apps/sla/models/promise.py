"""What is promised for which tickets, and what happens when it is in danger."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team, Vendor
from apps.channels.models import Channel
from apps.core.fields import TranslatedTextField
from apps.core.models import TimestampedModel
from apps.customers.enums import CustomerLevel
from apps.customers.models import Tag
from apps.sla.enums import EscalationAction, Measure, Target
from apps.sla.models.calendar import Calendar
from apps.sla.querysets import EscalationQuerySet, PolicyQuerySet, PolicyTargetQuerySet
from apps.tickets.enums import Priority, Status
from apps.tickets.models import Category, Queue

MAX_MINUTES = 366 * 24 * 60


class Policy(TimestampedModel):
    """The first one whose conditions a ticket meets holds for it; without any, the default one. An empty condition asks
    for nothing.
    """

    key = models.SlugField(_("key"), unique=True)
    name = TranslatedTextField(_("name"))
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("Policies are tried in this order; the first that fits holds.")
    )
    is_default = models.BooleanField(
        _("default"), default=False, help_text=_("Holds where no other fits. It has no conditions.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    channels = models.ManyToManyField(Channel, blank=True, related_name="+", verbose_name=_("channels"))
    priorities = ArrayField(
        models.SmallIntegerField(choices=Priority), default=list, blank=True, verbose_name=_("priorities")
    )
    categories = models.ManyToManyField(
        Category,
        blank=True,
        related_name="+",
        verbose_name=_("categories"),
        help_text=_("With everything below them."),
    )
    customer_levels = ArrayField(
        models.CharField(max_length=20, choices=CustomerLevel),
        default=list,
        blank=True,
        verbose_name=_("customer levels"),
    )
    customer_tags = models.ManyToManyField(Tag, blank=True, related_name="+", verbose_name=_("tags of the customer"))
    vendors = models.ManyToManyField(
        Vendor,
        blank=True,
        related_name="+",
        verbose_name=_("vendors"),
        help_text=_("Of the team that the ticket is given to."),
    )

    calendar = models.ForeignKey(
        Calendar,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("calendar"),
        help_text=_("Empty: the default calendar."),
    )
    paused_in = ArrayField(
        models.CharField(max_length=10, choices=Status),
        default=list,
        blank=True,
        verbose_name=_("pauses while the ticket is"),
    )
    pausing = ArrayField(
        models.CharField(max_length=20, choices=Target),
        default=list,
        blank=True,
        verbose_name=_("what pauses"),
    )
    warn_at = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(99)]),
        default=list,
        blank=True,
        verbose_name=_("warn at (percent of the time)"),
        help_text=_("Numbers separated by commas: 50, 80."),
    )

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("service level")
        verbose_name_plural = _("service levels")
        ordering = ["is_default", "position", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_sla_policy"
            )
        ]

    def __str__(self) -> str:
        return str(self.name)


class PolicyTarget(models.Model):
    """So much time for this. The row of a priority goes before the one for all."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="targets")
    target = models.CharField(_("target"), max_length=20, choices=Target, default=Target.FIRST_REPLY)
    priority = models.SmallIntegerField(
        _("priority"), choices=Priority, null=True, blank=True, help_text=_("Empty: all priorities.")
    )
    minutes = models.PositiveIntegerField(
        _("minutes"), validators=[MinValueValidator(1), MaxValueValidator(MAX_MINUTES)]
    )
    measure = models.CharField(_("counted in"), max_length=10, choices=Measure, default=Measure.WORKING)

    objects = PolicyTargetQuerySet.as_manager()

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ["target", "priority"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "target", "priority"], nulls_distinct=False, name="one_minutes_per_target"
            ),
            models.CheckConstraint(
                condition=models.Q(minutes__gte=1, minutes__lte=MAX_MINUTES), name="target_minutes_in_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} within {self.minutes}"


class Escalation(models.Model):
    """What is done when this share of the time has passed; 100 is the breach."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="escalations")
    target = models.CharField(
        _("target"), max_length=20, choices=Target, blank=True, default="", help_text=_("Empty: all targets.")
    )
    share = models.PositiveSmallIntegerField(
        _("at percent"),
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("One of the warnings of this policy, or 100 for the breach."),
    )
    action = models.CharField(_("action"), max_length=20, choices=EscalationAction)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("team"))
    queue = models.ForeignKey(Queue, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("queue"))

    objects = EscalationQuerySet.as_manager()

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        ordering = ["share", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(share__gte=1, share__lte=100), name="escalation_share_in_reason")
        ]

    def __str__(self) -> str:
        return f"{self.action} at {self.share} %"
