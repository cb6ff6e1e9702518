from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Vendor
from apps.alerts.crossing import Limits
from apps.alerts.enums import MATTERS, STATES, Comparison, Measure, Way
from apps.alerts.querysets import AlertRuleQuerySet
from apps.channels.models import Channel
from apps.core.fields import TranslatedTextField
from apps.core.models import TimestampedModel
from apps.sla.models import Calendar
from apps.tickets.models import Queue

LONGEST_HOLD = 3600
LONGEST_QUIET = 24 * 60
LARGEST = 1_000_000


class AlertRule(TimestampedModel):
    """From when on a figure of the floor is alarming, and who is told how. One that is not used any more is switched off;
    its alerts keep its name.
    """

    key = models.SlugField(_("key"), unique=True)
    name = TranslatedTextField(_("name"))
    is_active = models.BooleanField(_("active"), default=True)

    measure = models.CharField(_("figure"), max_length=20, choices=Measure, default=Measure.WAITING)
    queue = models.ForeignKey(
        Queue,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("queue"),
        help_text=_("Empty: each queue by itself."),
    )
    channel = models.ForeignKey(
        Channel,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("channel"),
        help_text=_("For channels that are stuck only. Empty: each channel by itself."),
    )
    vendor = models.ForeignKey(
        Vendor,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("floor of"),
        help_text=_(
            "A vendor: counted as its supervisors see it, and told to them as well. Empty: the whole house, or each vendor."
        ),
    )
    comparison = models.CharField(_("alarming when"), max_length=10, choices=Comparison, default=Comparison.ABOVE)
    limit = models.PositiveIntegerField(
        _("limit"),
        default=0,
        validators=[MaxValueValidator(LARGEST)],
        help_text=_(
            "Seconds for waits, percent for service levels, days before a contract ends, else a count. Other matters of"
            " vendors and people need none."
        ),
    )
    margin = models.PositiveIntegerField(
        _("margin"),
        default=0,
        validators=[MaxValueValidator(LARGEST)],
        help_text=_("Over only once the figure is back by so much more, so that one that trembles tells once."),
    )
    hold_seconds = models.PositiveIntegerField(
        _("holds for (seconds)"),
        default=60,
        validators=[MaxValueValidator(LONGEST_HOLD)],
        help_text=_("How long it must be so before anybody is told; and as long back before it is over."),
    )
    quiet_minutes = models.PositiveIntegerField(
        _("then quiet for (minutes)"),
        default=15,
        validators=[MaxValueValidator(LONGEST_QUIET)],
        help_text=_("After an alert of a queue or channel there is no other one of it for so long."),
    )
    calendar = models.ForeignKey(
        Calendar,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("calendar"),
        help_text=_("Watched during these hours only. Empty: always."),
    )

    ways = ArrayField(models.CharField(max_length=10, choices=Way), default=list, blank=True, verbose_name=_("told by"))
    people = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="+",
        verbose_name=_("mail to"),
        help_text=_("People who supervise this floor. Each gets it in their language, with what they may see."),
    )
    sender = models.ForeignKey(
        Channel,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("mail from"),
        help_text=_("The mailbox whose server sends it."),
    )

    objects = AlertRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert rule")
        verbose_name_plural = _("alert rules")
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                # A channel is stuck or not: it has no figure that another limit could be compared with.
                condition=models.Q(
                    measure=Measure.CHANNEL, queue=None, vendor=None, comparison=Comparison.ABOVE, limit=0, margin=0
                )
                | (~models.Q(measure=Measure.CHANNEL) & models.Q(channel=None)),
                name="alert_rule_of_a_queue_or_a_channel",
            ),
            models.CheckConstraint(
                condition=~models.Q(measure__in=MATTERS) | models.Q(queue=None, channel=None, margin=0),
                name="alert_rule_of_a_matter",
            ),
            models.CheckConstraint(
                condition=~models.Q(measure__in=STATES) | models.Q(comparison=Comparison.ABOVE, limit=0, margin=0),
                name="alert_rule_of_a_state",
            ),
            # A count never falls below nothing: such an alert would never be over.
            models.CheckConstraint(
                condition=~models.Q(comparison=Comparison.ABOVE) | models.Q(margin__lte=models.F("limit")),
                name="alert_rule_can_be_over",
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def limits(self) -> Limits:
        return Limits(
            is_above=self.comparison == Comparison.ABOVE,
            limit=self.limit,
            margin=self.margin,
            hold=timedelta(seconds=self.hold_seconds),
            quiet=timedelta(minutes=self.quiet_minutes),
        )
