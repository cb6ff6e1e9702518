from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.clock import now
from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel, TimestampedModel
from apps.privacy.enums import CameBy, CheckedBy, Law, RequestKind, RequestState
from apps.privacy.querysets import RequestQuerySet


class DataSubjectRequest(SequencedModel, TimestampedModel):
    """What somebody asks for about their own data, and how far it has come. Each step stands in the audit trail.

    `due_at` is set by the law when it comes in and may be moved once (`extended_at`), with the reason told to the person.
    `settled_at` is when it was answered or refused. A restriction holds from `restricts_from` until `lifted_at`.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=RequestKind)
    customer_id = models.BigIntegerField(_("customer"), db_index=True)
    law = models.CharField(_("law"), max_length=10, choices=Law)
    came_by = models.CharField(_("came by"), max_length=10, choices=CameBy)
    asked_by = EncryptedTextField(_("who asked"), blank=True, default="")
    is_by_proxy = models.BooleanField(_("by somebody else for them"), default=False)
    wish = EncryptedTextField(_("what is asked for"), blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=RequestState, default=RequestState.RECEIVED)
    received_at = models.DateTimeField(_("received"), default=now)
    due_at = models.DateTimeField(_("due"))
    extended_at = models.DateTimeField(_("extended"), null=True)
    checked_by = models.CharField(_("identity checked by"), max_length=10, choices=CheckedBy, blank=True, default="")
    check_note = EncryptedTextField(_("what was seen"), blank=True, default="")
    checked_at = models.DateTimeField(_("identity checked"), null=True)
    checker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answer = EncryptedTextField(_("answer"), blank=True, default="")
    settled_at = models.DateTimeField(_("settled"), null=True)
    ticket_id = models.BigIntegerField(_("ticket"), null=True)
    """On which it is answered: while a restriction holds, the only one on which the person is written to."""
    restricts_from = models.DateTimeField(_("restricted"), null=True)
    lifted_at = models.DateTimeField(_("restriction lifted"), null=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("taken in by")
    )

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request about personal data")
        verbose_name_plural = _("requests about personal data")
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(settled_at=None), name="privacy_request_due"),
            models.Index(
                fields=["customer_id"],
                condition=models.Q(restricts_from__isnull=False, lifted_at=None),
                name="privacy_restricted",
            ),
        ]

    def __str__(self) -> str:
        return f"Request {self.public_id}"

    @property
    def is_open(self) -> bool:
        return self.settled_at is None

    @property
    def is_restricting(self) -> bool:
        return self.restricts_from is not None and self.lifted_at is None

    def tone(self, moment: datetime) -> str:
        """How pressing it is: overdue, in the last fifth of its time, or neither."""
        if not self.is_open:
            return ""
        if moment >= self.due_at:
            return "danger"
        return "warning" if (self.due_at - moment) * 5 <= self.due_at - self.received_at else ""
