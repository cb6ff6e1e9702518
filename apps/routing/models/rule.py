"""What managers say of single matters, beside what their queue says of all."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Skill, Team, Vendor
from apps.accounts.models.skill import LEVELS
from apps.channels.models import Channel
from apps.core.fields import TranslatedTextField
from apps.core.models import TimestampedModel
from apps.customers.enums import CustomerLevel
from apps.routing.enums import Destination, Sentiment, Urgency, Weekday
from apps.routing.models.queue import RoutingQueue
from apps.routing.querysets import RoutingRuleQuerySet
from apps.tickets.enums import Priority, WorkKind
from apps.tickets.models import Category

MAX_WIDENS_AFTER = 24 * 60 * 60


def _choices(field: models.Field, name: object, **more: object) -> ArrayField:  # type: ignore[type-arg]  # of whatever the field holds
    return ArrayField(field, default=list, blank=True, verbose_name=name, **more)  # type: ignore[arg-type]  # a lazy text, and options of the field


class RoutingRule(TimestampedModel):
    """When all that is asked of the work holds, it goes where the rule says. Of a queue's rules, in their order, the
    first that holds decides; a condition that is empty asks for nothing.
    """

    routing = models.ForeignKey(RoutingQueue, models.CASCADE, related_name="rules", verbose_name=_("queue"))
    name = TranslatedTextField(_("name"))
    position = models.PositiveSmallIntegerField(default=0, editable=False)
    is_active = models.BooleanField(_("in force"), default=True)

    channels = models.ManyToManyField(Channel, blank=True, related_name="+", verbose_name=_("channels"))
    kinds = _choices(models.CharField(max_length=10, choices=WorkKind), _("kinds of work"))
    categories = models.ManyToManyField(
        Category, blank=True, related_name="+", verbose_name=_("categories"), help_text=_("With everything below them.")
    )
    keywords = _choices(
        models.CharField(max_length=40),
        _("words"),
        help_text=_("With commas. One of them in the subject or in what the customer wrote; never in personal data."),
    )
    languages = _choices(
        models.CharField(
            max_length=10,
            validators=[
                RegexValidator(r"^[a-z]{2,3}(-[a-z]{2,4})?$", _("A language is written like zh-hans, en or ja."))
            ],
        ),
        _("languages"),
        help_text=_("With commas: zh-hans, en."),
    )
    priorities = _choices(models.SmallIntegerField(choices=Priority), _("priorities"))
    customer_level = models.CharField(
        _("level of the customer, at least"), max_length=20, choices=CustomerLevel, blank=True, default=""
    )
    intents = _choices(models.CharField(max_length=40), _("intents"), help_text=_("With commas."))
    sentiments = _choices(models.CharField(max_length=10, choices=Sentiment), _("moods"))
    time_used_from = models.PositiveSmallIntegerField(
        _("promised time used up, at least (%)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Judged anew with each warning of a service level. 100: a promise was broken and is still open."),
    )
    weekdays = _choices(models.SmallIntegerField(choices=Weekday), _("days of the week"))
    from_time = models.TimeField(_("from"), null=True, blank=True)
    to_time = models.TimeField(_("to"), null=True, blank=True, help_text=_("May lie behind midnight: 22:00 to 06:00."))

    goes_to = models.CharField(_("goes to"), max_length=10, choices=Destination, blank=True, default="")
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("team"))
    vendor = models.ForeignKey(
        Vendor, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("vendor")
    )
    widens_after = models.PositiveIntegerField(
        _("to others as well after (seconds)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MAX_WIDENS_AFTER)],
        help_text=_("When none of those took it. Empty: never, but for the queue's overflow."),
    )
    add_priority = models.SmallIntegerField(_("urgency"), choices=Urgency, default=Urgency.SAME)
    skill = models.ForeignKey(
        Skill, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("needs the skill")
    )
    level = models.PositiveSmallIntegerField(
        _("least level"), default=1, validators=[MinValueValidator(LEVELS[0]), MaxValueValidator(LEVELS[-1])]
    )

    objects = RoutingRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        ordering = ["routing", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(goes_to="team", team__isnull=False)
                | (~models.Q(goes_to="team") & models.Q(team__isnull=True)),
                name="rule_names_its_team",
            ),
            models.CheckConstraint(
                condition=models.Q(goes_to="vendor", vendor__isnull=False)
                | (~models.Q(goes_to="vendor") & models.Q(vendor__isnull=True)),
                name="rule_names_its_vendor",
            ),
            models.CheckConstraint(
                condition=models.Q(from_time__isnull=True, to_time__isnull=True)
                | models.Q(from_time__isnull=False, to_time__isnull=False),
                name="rule_times_come_in_pairs",
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)
