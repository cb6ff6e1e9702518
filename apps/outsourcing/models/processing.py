"""What has to be shown of processing by a vendor: assessed before it begins, and ended at its end."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel, TimestampedModel
from apps.outsourcing.enums import AssessmentState, Risk, Step
from apps.outsourcing.models.contract import Contract
from apps.outsourcing.querysets import OfHouseQuerySet
from apps.privacy.enums import FieldClass


class ImpactAssessment(SequencedModel, TimestampedModel):
    """What the processing means for people, before it begins (PIPL 55, 56; GDPR 35). Never deleted: it is kept for three
    years at least, and what was approved is not changed but replaced.
    """

    contract = models.ForeignKey(
        Contract, models.SET_NULL, null=True, related_name="assessments", verbose_name=_("contract")
    )
    data_categories = ArrayField(
        models.CharField(max_length=20, choices=FieldClass), verbose_name=_("kinds of personal data")
    )
    necessity = EncryptedTextField(
        _("necessity"), help_text=_("Whether purpose and ways are lawful, legitimate and necessary.")
    )
    risks = EncryptedTextField(_("risks"), help_text=_("What it may do to the persons, and how likely."))
    measures = EncryptedTextField(
        _("measures"), help_text=_("What protects them, and whether that is lawful, effective and in proportion.")
    )
    risk = models.CharField(_("risk that remains"), max_length=10, choices=Risk, default=Risk.LOW)
    valid_until = models.DateField(_("valid until"))
    state = models.CharField(
        _("state"), max_length=10, choices=AssessmentState, default=AssessmentState.DRAFT, editable=False
    )
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("written by"),
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)

    objects = OfHouseQuerySet.as_manager()

    class Meta:
        verbose_name = _("impact assessment")
        verbose_name_plural = _("impact assessments")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Assessment {self.pk}"

    def covers(self, contract: Contract, day: date) -> bool:
        """Approved, in force on that day, and of every kind of data that the contract gives away."""
        is_valid = self.state == AssessmentState.APPROVED and self.valid_until >= day
        return is_valid and set(contract.data_categories) <= set(self.data_categories)


class EndTask(models.Model):
    """One thing that had to be done with data at a contract's end, and who answers for it."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="end_tasks", verbose_name=_("contract"))
    step = models.CharField(_("step"), max_length=20, choices=Step)
    declared_by = models.CharField(_("declared by"), max_length=120, help_text=_("Who says so for the vendor."))
    note = models.CharField(_("note"), max_length=500, blank=True, default="")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed"))

    objects = OfHouseQuerySet.as_manager()

    class Meta:
        verbose_name = _("step at the end")
        verbose_name_plural = _("steps at the end")
        constraints = [models.UniqueConstraint(fields=["contract", "step"], name="end_step_once_a_contract")]

    def __str__(self) -> str:
        return str(self.get_step_display())
