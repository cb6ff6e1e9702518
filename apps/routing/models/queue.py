from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Skill, Team, Vendor
from apps.accounts.models.skill import LEVELS
from apps.core.models import TimestampedModel
from apps.routing.enums import Overflow, Strategy
from apps.routing.querysets import RoutingQueueQuerySet
from apps.tickets.models import Queue


class RoutingQueue(TimestampedModel):
    """How one queue hands out its work. A queue without a row, or with one that is switched off, hands out none."""

    queue = models.OneToOneField(Queue, models.CASCADE, related_name="routing", verbose_name=_("queue"))
    is_automatic = models.BooleanField(
        _("hands out work"),
        default=False,
        help_text=_("Free tickets are offered to available people. Off: people take them by themselves."),
    )
    strategy = models.CharField(_("chooses"), max_length=20, choices=Strategy, default=Strategy.LONGEST_IDLE)
    offer_seconds = models.PositiveSmallIntegerField(
        _("an offer stands for (seconds)"), default=20, validators=[MinValueValidator(5), MaxValueValidator(3600)]
    )
    misses_in_a_row = models.PositiveSmallIntegerField(
        _("missed offers until away"),
        default=2,
        db_default=2,
        validators=[MaxValueValidator(20)],
        help_text=_(
            "Who lets so many offers in a row pass is set to away until they say that they are back. 0: nobody is."
        ),
    )
    growth_per_minute = models.FloatField(
        _("urgency a minute"),
        default=1.0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("Points that waiting adds; from normal to high are 10. Nobody waits for ever."),
    )
    value_weight = models.FloatField(
        _("urgency by customer's value"),
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(10)],
        help_text=_("Points for each point of value: silver 25, gold 50, VIP 100."),
    )
    is_hybrid = models.BooleanField(
        _("standard matters to vendors"),
        default=False,
        help_text=_("The house takes what is dear, what failed three times, and what is too much for vendors."),
    )
    senior_from = models.PositiveSmallIntegerField(
        _("senior people from value"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text=_("Customers of this value and above go to senior people in-house. Empty: no such rule."),
    )
    senior_team = models.ForeignKey(
        Team, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("team of the senior people")
    )
    overload_percent = models.PositiveSmallIntegerField(
        _("the house helps from load (%)"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    overload_wait = models.PositiveIntegerField(_("the house helps after (seconds)"), null=True, blank=True)
    failed_attempts = models.PositiveSmallIntegerField(
        _("unsuccessful attempts of vendors"), default=3, validators=[MinValueValidator(1)]
    )

    is_learned = models.BooleanField(
        _("prefers who succeeds"),
        default=False,
        help_text=_(
            "Those whose work of the ticket's category stays solved come first. What that is counted from stands under "
            "Learned successes."
        ),
    )

    objects = RoutingQueueQuerySet.as_manager()

    class Meta:
        verbose_name = _("routing of a queue")
        verbose_name_plural = _("routing of queues")
        ordering = ["queue__position", "queue__key"]

    def __str__(self) -> str:
        return str(self.queue)


class QueueSkill(models.Model):
    """A skill that work of the queue asks for."""

    routing = models.ForeignKey(RoutingQueue, models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, models.PROTECT, related_name="+", verbose_name=_("skill"))
    level = models.PositiveSmallIntegerField(
        _("least level"), default=1, validators=[MinValueValidator(LEVELS[0]), MaxValueValidator(LEVELS[-1])]
    )

    class Meta:
        verbose_name = _("needed skill")
        verbose_name_plural = _("needed skills")
        constraints = [models.UniqueConstraint(fields=["routing", "skill"], name="one_need_per_skill")]

    def __str__(self) -> str:
        return f"{self.skill} {self.level}"


class OverflowRow(models.Model):
    """After so long more people may take the work. Steps add up."""

    routing = models.ForeignKey(RoutingQueue, models.CASCADE, related_name="overflow")
    after = models.PositiveIntegerField(_("after (seconds)"))
    change = models.CharField(_("what changes"), max_length=14, choices=Overflow)
    skill = models.ForeignKey(
        Skill,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("skill"),
        help_text=_("Empty: every skill."),
    )
    queue = models.ForeignKey(Queue, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("queue"))
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("team"))

    class Meta:
        verbose_name = _("overflow step")
        verbose_name_plural = _("overflow steps")
        ordering = ["after", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(change="add_queue") | models.Q(queue__isnull=False), name="overflow_names_its_queue"
            ),
            models.CheckConstraint(
                condition=~models.Q(change="add_team") | models.Q(team__isnull=False), name="overflow_names_its_team"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.after} s: {self.get_change_display()}"


class QueueShare(models.Model):
    """A share of the queue's work, of a team, of a vendor or (neither) of the house. For the percentage split."""

    routing = models.ForeignKey(RoutingQueue, models.CASCADE, related_name="shares")
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("team"))
    vendor = models.ForeignKey(
        Vendor, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("vendor")
    )
    percent = models.PositiveSmallIntegerField(
        _("share (%)"), validators=[MinValueValidator(1), MaxValueValidator(100)]
    )

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["routing", "team", "vendor"], nulls_distinct=False, name="one_share_per_party"
            ),
            models.CheckConstraint(
                condition=models.Q(team__isnull=True) | models.Q(vendor__isnull=True), name="share_of_one_party"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team or self.vendor or _('the house')}: {self.percent} %"
