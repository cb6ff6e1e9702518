from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team
from apps.channels.models import Channel
from apps.core.fields import TranslatedTextField
from apps.customers.models import Tag
from apps.tickets.enums import Priority, TicketType
from apps.tickets.models.category import Category
from apps.tickets.models.queue import Queue
from apps.tickets.querysets import IntakeRuleQuerySet


class IntakeRule(models.Model):
    """What a channel leads to: queue, category, priority, acknowledgement, required wrap-up."""

    channel = models.OneToOneField(Channel, models.CASCADE, related_name="intake_rule", verbose_name=_("channel"))
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="+", verbose_name=_("queue"))
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team"))
    priority = models.SmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    type = models.CharField(_("type"), max_length=10, choices=TicketType, default=TicketType.QUESTION)
    acknowledge = models.BooleanField(_("acknowledge receipt"), default=False)
    acknowledgement = TranslatedTextField(_("acknowledgement"), blank=True)
    reopen_days = models.PositiveSmallIntegerField(
        _("reopen within (days)"),
        default=14,
        help_text=_("A customer's reply reopens a resolved ticket this long; later it opens a new one."),
    )
    required_on_resolve = ArrayField(
        models.CharField(max_length=20),
        verbose_name=_("required on resolving"),
        default=list,
        blank=True,
        help_text=_("Any of: category, tags, summary, outcome."),
    )

    tags = models.ManyToManyField(
        Tag, blank=True, related_name="+", verbose_name=_("tags"), help_text=_("Put on each new ticket.")
    )
    teams = models.ManyToManyField(
        Team,
        blank=True,
        related_name="+",
        verbose_name=_("allowed teams"),
        help_text=_("Only their members can be given tickets of this channel, or take them. Empty: everybody who may."),
    )
    new_per_minute = models.PositiveSmallIntegerField(
        _("new tickets a minute from one sender"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "What the same sender writes beyond it within a minute is kept, marked, on the newest of these tickets."
            " Empty: no limit."
        ),
    )

    objects = IntakeRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("intake rule")
        verbose_name_plural = _("intake rules")

    def __str__(self) -> str:
        return f"Intake of channel {self.channel_id}"
