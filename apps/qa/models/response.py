"""What a customer answered."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team, Vendor
from apps.channels.models import Channel
from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel
from apps.qa.enums import HIGHEST, LOWEST, SATISFIED_FROM
from apps.qa.models.survey import Survey, SurveyReason
from apps.qa.querysets import SurveyResponseQuerySet
from apps.tickets.models import Interaction, Ticket


class SurveyResponse(SequencedModel):
    """One for each conversation. `agent` answered last when it was given, in `team` and for `vendor`.

    The customer may change it for a while; what it was before stands in the audit trail.
    """

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="responses", verbose_name=_("survey"))
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="survey_responses", verbose_name=_("ticket"))
    interaction = models.OneToOneField(Interaction, models.CASCADE, related_name="survey_response")
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+", verbose_name=_("channel"))
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("agent")
    )
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+", verbose_name=_("team"))
    vendor = models.ForeignKey(Vendor, models.PROTECT, null=True, related_name="+", verbose_name=_("vendor"))
    score = models.PositiveSmallIntegerField(_("score"))
    reasons = models.ManyToManyField(SurveyReason, related_name="+", verbose_name=_("reasons"))
    comment = EncryptedTextField(_("comment"), blank=True, default="")
    wants_callback = models.BooleanField(_("wants to be called back"), default=False)
    phone = EncryptedTextField(_("phone"), blank=True, default="")
    answered_at = models.DateTimeField(_("answered"))
    changed_at = models.DateTimeField(_("changed"), null=True)

    objects = SurveyResponseQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer to a survey")
        verbose_name_plural = _("answers to surveys")
        ordering = ["-answered_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(score__gte=LOWEST, score__lte=HIGHEST), name="survey_score_from_one_to_five"
            )
        ]
        indexes = [models.Index(fields=["-answered_at", "-id"], name="survey_response_newest")]

    def __str__(self) -> str:
        return f"Survey response {self.public_id}"

    @property
    def is_satisfied(self) -> bool:
        return self.score >= SATISFIED_FROM
