import secrets
from zoneinfo import ZoneInfo

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team
from apps.channels.models import Channel
from apps.core.fields import TranslatedTextField
from apps.core.models import TimestampedModel
from apps.counter.querysets import BranchQuerySet, ServiceTypeQuerySet
from apps.sla.models import Calendar
from apps.tickets.models import Category, Queue


class ServiceType(TimestampedModel):
    """What people come for. Its letter begins their number, its queue is where their tickets lie."""

    key = models.SlugField(_("key"), unique=True)
    name = TranslatedTextField(_("name"))
    prefix = models.CharField(
        _("letter"),
        max_length=1,
        unique=True,
        validators=[RegexValidator(r"^[A-Z]$", _("One capital letter."))],
        help_text=_("Begins the numbers of this service: A017."),
    )
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="+", verbose_name=_("queue"))
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    usual_minutes = models.PositiveSmallIntegerField(
        _("usual minutes a visit"),
        null=True,
        blank=True,
        help_text=_("Told from until enough visits were measured. Empty: no waiting time is told until then."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects = ServiceTypeQuerySet.as_manager()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["position", "prefix"]

    def __str__(self) -> str:
        return f"{self.prefix} {self.name}"


class Branch(TimestampedModel):
    """A place where customers are served in person. Its days begin and end at its own midnight."""

    key = models.SlugField(_("key"), unique=True, help_text=_("Stands in the address of the display."))
    name = TranslatedTextField(_("name"))
    address = TranslatedTextField(_("address"), blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="Asia/Shanghai")
    calendar = models.ForeignKey(
        Calendar,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("calendar"),
        help_text=_("Kiosks give numbers only while it is open. Empty: at any time."),
    )
    channel = models.OneToOneField(
        Channel,
        models.PROTECT,
        related_name="+",
        verbose_name=_("channel"),
        limit_choices_to={"kind": "counter"},
        help_text=_("Visits are interactions on this channel."),
    )
    services = models.ManyToManyField(ServiceType, related_name="branches", verbose_name=_("services offered"))
    teams = models.ManyToManyField(
        Team, blank=True, related_name="+", verbose_name=_("teams"), help_text=_("Who may work at its windows.")
    )
    # The kiosk's authority: whoever has its address can draw numbers.
    kiosk_key = models.CharField(
        _("kiosk key"), max_length=43, unique=True, default=secrets.token_urlsafe, editable=False
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = BranchQuerySet.as_manager()

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        ordering = ["key"]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
