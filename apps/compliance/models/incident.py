from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.compliance.enums import IncidentState
from apps.compliance.querysets import IncidentQuerySet
from apps.core import clock
from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel, TimestampedModel

TO_AUTHORITY: Final = timedelta(hours=72)
"""GDPR, article 33. PIPL, article 57, says at once."""


class Incident(SequencedModel, TimestampedModel):
    """Personal data came to where it should not have. Whom it may have met is asked of the audit trail by `since`,
    `until` and whatever else narrows it: who acted, from where, with which sign-in, on which tickets.
    """

    title = EncryptedTextField(_("title"))
    detected_at = models.DateTimeField(_("detected"), default=clock.now)
    detected_by = EncryptedTextField(_("detected by"), help_text=_("Who noticed it, and how."))
    what_happened = EncryptedTextField(_("what happened"))
    consequences = EncryptedTextField(_("likely consequences"), blank=True, default="")
    measures = EncryptedTextField(_("measures taken"), blank=True, default="")
    advice = EncryptedTextField(_("what the persons can do"), blank=True, default="")
    contact = EncryptedTextField(
        _("whom to ask"), blank=True, default="", help_text=_("Name and address of who answers for data protection.")
    )

    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("to"))
    people = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", blank=True, verbose_name=_("accounts"), help_text=_("Who acted.")
    )
    ip = models.GenericIPAddressField(_("network address"), null=True, blank=True)
    sign_in = models.BigIntegerField(
        _("sign-in"),
        null=True,
        blank=True,
        help_text=_("Number of its entry in the audit trail: narrows to that person, address and session."),
    )
    tickets = ArrayField(
        models.BigIntegerField(), verbose_name=_("tickets"), default=list, blank=True, help_text=_("Their numbers.")
    )
    counts_lists = models.BooleanField(
        _("also what lists showed"),
        default=True,
        help_text=_("Whoever was within reach of these accounts in lists and searches, by the grants of today."),
    )

    state = models.CharField(
        _("state"), max_length=10, choices=IncidentState, default=IncidentState.OPEN, editable=False
    )
    authority_told_at = models.DateTimeField(_("authority told"), null=True, editable=False)
    persons_told_at = models.DateTimeField(_("persons told"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)
    persons_counted = models.PositiveIntegerField(_("persons"), null=True, editable=False)
    """At the last look."""
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("recorded by"),
    )

    objects = IncidentQuerySet.as_manager()

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ["-detected_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__gte=models.F("since")), name="incident_ends_after_it_begins"
            )
        ]

    def __str__(self) -> str:
        return f"Incident {self.pk}"

    @property
    def authority_due_at(self) -> datetime:
        return self.detected_at + TO_AUTHORITY

    @property
    def is_overdue(self) -> bool:
        return (
            self.authority_told_at is None and self.state == IncidentState.OPEN and clock.now() > self.authority_due_at
        )

    def clean(self) -> None:
        since, until = getattr(self, "since", None), getattr(self, "until", None)
        if since and until and until < since:
            raise ValidationError({"until": _("The end lies before the beginning.")})
