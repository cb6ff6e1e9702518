from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel, TimestampedModel
from apps.counter.enums import AT_WINDOW, CALLABLE, Document, Proof, Reason, VisitState
from apps.counter.models.branch import Branch, ServiceType
from apps.counter.models.window import Window
from apps.counter.querysets import VisitQuerySet
from apps.tickets.models import Interaction, Ticket


class DayCounter(models.Model):
    """The last number that a branch gave for a service on a day. One statement takes the next, see `services.numbers`."""

    branch = models.ForeignKey(Branch, models.CASCADE, related_name="+")
    prefix = models.CharField(max_length=1)
    day = models.DateField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["branch", "day", "prefix"], name="one_counter_per_day")]

    def __str__(self) -> str:
        return f"{self.prefix}{self.last:03}"


class Visit(SequencedModel, TimestampedModel):
    """One person's way through a branch: number, line, window, interaction.

    Who they are stands on the interaction's customer; here only how far that was proved, with the last four digits of
    a document and never all of them. `client_id` is the kiosk's own id of the drawing, so that one that is repeated
    after a broken connection gives the same number.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="visits", verbose_name=_("branch"))
    service = models.ForeignKey(ServiceType, models.PROTECT, related_name="+", verbose_name=_("service"))
    day = models.DateField(_("day"))
    number = models.CharField(_("number"), max_length=12)
    client_id = models.CharField(max_length=64, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=12, choices=VisitState, default=VisitState.WAITING)
    reason = models.CharField(_("priority"), max_length=10, choices=Reason, blank=True, default="")
    is_priority = models.BooleanField(default=False, editable=False)
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    issued_at = models.DateTimeField(_("issued"))

    window = models.ForeignKey(Window, models.PROTECT, null=True, related_name="visits", verbose_name=_("window"))
    # The one window that a transfer named; only it calls the number then.
    wanted_window = models.ForeignKey(Window, models.SET_NULL, null=True, related_name="+")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("agent")
    )
    calls = models.PositiveSmallIntegerField(_("calls"), default=0)
    first_called_at = models.DateTimeField(_("first called"), null=True)
    called_at = models.DateTimeField(_("last called"), null=True)
    serving_at = models.DateTimeField(_("service began"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    ticket = models.ForeignKey(Ticket, models.PROTECT, null=True, related_name="+", verbose_name=_("ticket"))
    interaction = models.OneToOneField(
        Interaction, models.PROTECT, null=True, related_name="+", verbose_name=_("interaction")
    )
    proof = models.CharField(_("identity"), max_length=10, choices=Proof, blank=True, default="")
    document = models.CharField(_("document"), max_length=10, choices=Document, blank=True, default="")
    document_tail = EncryptedTextField(_("last four characters"), blank=True, default="")
    has_consented = models.BooleanField(_("consents"), default=False)
    satisfaction = models.PositiveSmallIntegerField(_("satisfaction"), null=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "day", "number"], name="one_visit_per_number"),
            models.UniqueConstraint(
                fields=["branch", "client_id"], condition=~Q(client_id=""), name="one_visit_per_drawing"
            ),
            models.UniqueConstraint(
                fields=["window"],
                condition=Q(state__in=[str(state) for state in AT_WINDOW]),
                name="one_visit_at_window",
            ),
            models.CheckConstraint(
                condition=Q(is_priority=False, reason="") | (Q(is_priority=True) & ~Q(reason="")),
                name="visit_priority_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(satisfaction=None) | Q(satisfaction__gte=1, satisfaction__lte=5),
                name="visit_satisfaction_one_to_five",
            ),
        ]
        indexes = [
            models.Index(
                fields=["branch", "day", "-is_priority", "issued_at", "id"],
                condition=Q(state__in=[str(state) for state in CALLABLE]),
                name="visit_line",
            ),
            models.Index(fields=["branch", "service", "-ended_at"], condition=Q(state="done"), name="visit_lately"),
        ]

    def __str__(self) -> str:
        return self.number
