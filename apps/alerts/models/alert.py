from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Skill
from apps.alerts.enums import AlertState, Cause, Step
from apps.alerts.models.rule import AlertRule
from apps.alerts.querysets import AlertChangeQuerySet, AlertQuerySet
from apps.channels.models import Channel
from apps.core.models import SequencedModel
from apps.outsourcing.models import Contract, SlaTerm
from apps.tickets.models import Queue


class Alert(SequencedModel):
    """One time that a rule's figure crossed its limit: of one queue, one channel, or one matter of a contract or a person.

    It rises when the figure crosses, is told once it has held for long enough, and is over when the figure has come back for
    as long; one that does not hold leaves no row.
    """

    rule = models.ForeignKey(AlertRule, models.PROTECT, related_name="alerts", verbose_name=_("rule"))
    queue = models.ForeignKey(Queue, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("queue"))
    channel = models.ForeignKey(
        Channel, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("channel")
    )
    contract = models.ForeignKey(
        Contract, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("contract")
    )
    term = models.ForeignKey(SlaTerm, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("term"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    skill = models.ForeignKey(Skill, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("skill"))
    state = models.CharField(_("state"), max_length=10, choices=AlertState, default=AlertState.RISING)
    figure = models.IntegerField(_("figure"), null=True)
    since = models.DateTimeField(_("crossed"))
    fired_at = models.DateTimeField(_("fired"), null=True)
    back_since = models.DateTimeField(_("back since"), null=True)
    cleared_at = models.DateTimeField(_("over since"), null=True)
    cause = models.CharField(_("why over"), max_length=10, choices=Cause, blank=True, default="")
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("acknowledged by")
    )

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["-id"]
        constraints = [
            # Whatever many watchers do at once: of one place a rule has one alert at a time.
            models.UniqueConstraint(
                fields=["rule", "queue", "channel", "contract", "term", "person", "skill"],
                condition=models.Q(state__in=["rising", "open"]),
                nulls_distinct=False,
                name="one_live_alert_each",
            ),
            models.CheckConstraint(
                condition=models.Q(queue=None, channel__isnull=False, contract=None, person=None)
                | models.Q(queue__isnull=False, channel=None, contract=None, person=None)
                | models.Q(queue=None, channel=None, contract__isnull=False)
                | models.Q(queue=None, channel=None, person__isnull=False),
                name="alert_of_one_place",
            ),
        ]
        indexes = [
            # The watcher's question, every few seconds: what was told lately, for the quiet afterwards.
            models.Index(fields=["fired_at"], name="alert_fired"),
        ]

    def __str__(self) -> str:
        return f"Alert {self.public_id}"


class AlertChange(models.Model):
    """One line of an alert's history. `figure` is what was measured then."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="changes")
    step = models.CharField(_("step"), max_length=15, choices=Step)
    at = models.DateTimeField(_("when"))
    figure = models.IntegerField(_("figure"), null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))

    objects = AlertChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of an alert")
        verbose_name_plural = _("steps of alerts")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.step} {self.alert_id}"
