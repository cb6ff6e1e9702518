from __future__ import annotations

import zoneinfo
from datetime import date, datetime, time, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Vendor
from apps.channels.models import Channel
from apps.core.fields import TranslatedTextField
from apps.core.models import TimestampedModel
from apps.customers.models import Tag
from apps.knowledge.models import Snippet
from apps.metrics.measures import all_measures
from apps.outsourcing.enums import LIVE, Afterwards, Bound, ContractState, DutyRule, PricedBy
from apps.outsourcing.querysets import ContractQuerySet, SlaTermQuerySet
from apps.privacy.enums import FieldClass
from apps.sla.models import Calendar
from apps.tickets.models import Category, Queue


def existing_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("This time zone does not exist."))


class _Days(Func):
    function = "DATERANGE"
    output_field = DateRangeField()


class Contract(TimestampedModel):
    """What a vendor may see, must reach, and is paid for. What it opens is granted to all teams of the vendor, and to
    nobody longer than it is in force.
    """

    number = models.CharField(
        _("number"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[A-Za-z0-9._-]+$", _("Only letters, digits, dots, dashes and underscores."))],
    )
    name = TranslatedTextField(_("name"))
    vendor = models.ForeignKey(Vendor, models.PROTECT, related_name="contracts", verbose_name=_("vendor"))
    state = models.CharField(
        _("state"), max_length=10, choices=ContractState, default=ContractState.DRAFT, editable=False
    )
    is_applied = models.BooleanField(default=False, editable=False)
    """Its grants are given: what a look at the clock compares with."""
    is_narrowed = models.BooleanField(default=False, editable=False)
    """Work that it does not cover any more may still be with the vendor's people."""
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Asia/Shanghai", validators=[existing_time_zone]
    )

    queues = models.ManyToManyField(Queue, related_name="+", verbose_name=_("queues"), blank=True)
    channels = models.ManyToManyField(Channel, related_name="+", verbose_name=_("channels"), blank=True)
    categories = models.ManyToManyField(
        Category,
        related_name="+",
        verbose_name=_("categories"),
        blank=True,
        help_text=_("With everything below them."),
    )
    covers_all_categories = models.BooleanField(
        _("all categories"),
        default=False,
        help_text=_("Otherwise only those chosen, and without any none at all."),
    )
    calendar = models.ForeignKey(
        Calendar,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("hours"),
        help_text=_("When the vendor has to be there. Empty: around the clock."),
    )
    share_percent = models.PositiveSmallIntegerField(
        _("share of the work (%)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("In queues that hand out by shares. While the contract is in force it stands in each of them."),
    )
    most_people = models.PositiveSmallIntegerField(
        _("people at most"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "How many accounts of the vendor may be switched on when its own managers add some. Empty: any number."
        ),
    )
    sender = models.ForeignKey(
        Channel,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("invitations go out by"),
        help_text=_(
            "The mailbox whose server sends the vendor's people their links. Empty: the vendor's manager is shown each link"
            " once, and hands it over."
        ),
    )
    vendor_certifies = models.BooleanField(
        _("the vendor certifies"),
        default=False,
        help_text=_("Its managers may certify their own people in the required skills. Otherwise only the house does."),
    )
    remind_days = models.PositiveSmallIntegerField(
        _("reminder of certificates (days)"),
        default=14,
        help_text=_("So many days before one runs out, its end is told."),
    )

    tags = models.ManyToManyField(
        Tag,
        related_name="+",
        verbose_name=_("tags to be set"),
        blank=True,
        help_text=_("The vendor has to set one of these on each ticket."),
    )
    tags_rule = models.CharField(
        _("tags are"),
        max_length=10,
        choices=DutyRule,
        default=DutyRule.REMINDED,
        help_text=_("Required: without one of them the vendor's people cannot resolve a ticket."),
    )
    snippets = models.ManyToManyField(
        Snippet,
        related_name="+",
        verbose_name=_("snippets to be used"),
        blank=True,
        help_text=_("The first answer in a ticket has to begin like one of these."),
    )
    snippets_rule = models.CharField(_("snippets are"), max_length=10, choices=DutyRule, default=DutyRule.REMINDED)
    hours_only = models.BooleanField(
        _("work within the hours only"),
        default=False,
        help_text=_(
            "Outside of them the vendor's people are offered nothing new, and cannot ask for it. What they hold stays."
        ),
    )
    quality_floor = models.PositiveSmallIntegerField(
        _("quality at least"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text=_("Satisfied customers among those who rated in the last thirty days, out of 100."),
    )
    least_ratings = models.PositiveSmallIntegerField(
        _("from so many ratings on"),
        default=10,
        validators=[MinValueValidator(1)],
        help_text=_("With fewer ratings nobody is warned about."),
    )

    price = models.DecimalField(
        _("price"), max_digits=12, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="CNY",
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Three capital letters, such as CNY."))],
    )
    priced_by = models.CharField(_("for each"), max_length=10, choices=PricedBy, default=PricedBy.CONTACT)
    deduction_cap = models.PositiveSmallIntegerField(
        _("deductions at most (%)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text=_("Of a month's amount, however many terms were missed. Empty: never more than the amount."),
    )

    purpose = models.TextField(
        _("purpose of the processing"), max_length=2000, blank=True, help_text=_("For the record of processing.")
    )
    data_categories = ArrayField(
        models.CharField(max_length=20, choices=FieldClass),
        verbose_name=_("kinds of personal data"),
        default=list,
        blank=True,
    )
    afterwards = models.CharField(_("data at the end"), max_length=10, choices=Afterwards, default=Afterwards.DELETE)

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ["vendor__key", "-starts_on", "number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="contract_ends_after_it_starts"
            ),
            ExclusionConstraint(
                name="one_live_contract_at_a_time",
                expressions=[
                    ("vendor", RangeOperators.EQUAL),
                    (
                        _Days("starts_on", "ends_on", RangeBoundary(inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(state__in=LIVE),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.name}"

    @property
    def starts_at(self) -> datetime:
        return self._midnight(self.starts_on)

    @property
    def ends_at(self) -> datetime:
        """The midnight after the last day."""
        return self._midnight(self.ends_on + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, zoneinfo.ZoneInfo(self.time_zone))

    def clean(self) -> None:
        # Dates that could not be read are told by their own fields.
        starts_on, ends_on = getattr(self, "starts_on", None), getattr(self, "ends_on", None)
        if starts_on is not None and ends_on is not None and ends_on < starts_on:
            raise ValidationError({"ends_on": _("The last day lies before the first.")})

    def day(self, moment: datetime) -> date:
        """Which day it is where the contract's days begin."""
        return moment.astimezone(zoneinfo.ZoneInfo(self.time_zone)).date()

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    def has_begun(self, moment: datetime) -> bool:
        """From here on contracts say what the vendor sees, also once this one is over."""
        return self.state != ContractState.DRAFT and self.starts_at <= moment

    def is_in_force(self, moment: datetime) -> bool:
        return self.state == ContractState.ACTIVE and self.starts_at <= moment < self.ends_at

    def is_over(self, moment: datetime) -> bool:
        return self.is_live and self.ends_at <= moment

    def is_due(self, moment: datetime) -> bool:
        """Time has brought about what nobody has carried out yet."""
        return self.is_over(moment) or self.is_in_force(moment) != self.is_applied


class SlaTerm(models.Model):
    """What the vendor has to reach: a measure of `apps.metrics` against a threshold, in the measure's own unit."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="terms", verbose_name=_("contract"))
    measure = models.CharField(_("figure"), max_length=40)
    channel = models.ForeignKey(
        Channel,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("channel"),
        help_text=_("Empty: all of the contract's channels."),
    )
    bound = models.CharField(_("has to be"), max_length=10, choices=Bound, default=Bound.AT_LEAST)
    threshold = models.FloatField(_("threshold"), validators=[MinValueValidator(0)])

    objects = SlaTermQuerySet.as_manager()

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "measure", "channel"], nulls_distinct=False, name="one_term_per_figure_and_channel"
            )
        ]

    def __str__(self) -> str:
        measure = all_measures().get(self.measure)
        return f"{measure.name if measure else self.measure} {self.get_bound_display()} {self.threshold:g}"

    def is_met_by(self, figure: float | None) -> bool | None:
        """None where nothing was measured."""
        if figure is None:
            return None
        return figure >= self.threshold if self.bound == Bound.AT_LEAST else figure <= self.threshold
