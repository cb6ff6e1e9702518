"""A value that was shown in the clear for a reason, or that somebody asked to see, and how a role may do so."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Role
from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel
from apps.privacy.enums import FieldClass, RevealReason, RevealState
from apps.privacy.reveal_querysets import RevealQuerySet

LONGEST = 60
"""Seconds that a value stays on the screen, at most."""


def sensitive_classes() -> list[str]:
    return [FieldClass.ID_NUMBER.value, FieldClass.BANK_CARD.value]


class RevealPolicy(models.Model):
    """Limits of a role's people, each for themselves; a role without a row has the defaults."""

    role = models.OneToOneField(Role, models.CASCADE, related_name="reveal_policy", verbose_name=_("role"))
    per_hour = models.PositiveSmallIntegerField(
        _("values an hour"), default=10, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    per_day = models.PositiveSmallIntegerField(
        _("values in 24 hours"), default=30, validators=[MinValueValidator(1), MaxValueValidator(5000)]
    )
    seconds = models.PositiveSmallIntegerField(
        _("seconds on the screen"), default=30, validators=[MinValueValidator(5), MaxValueValidator(LONGEST)]
    )
    alarm_per_day = models.PositiveSmallIntegerField(
        _("unusual from, in 24 hours"),
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(5000)],
        help_text=_("Also unusual: three times what the person looked at on days before."),
    )
    approval_classes = ArrayField(
        models.CharField(max_length=20, choices=FieldClass),
        verbose_name=_("only with approval"),
        default=sensitive_classes,
        blank=True,
    )
    approval_minutes = models.PositiveSmallIntegerField(
        _("an approval holds for (minutes)"), default=10, validators=[MinValueValidator(1), MaxValueValidator(240)]
    )

    class Meta:
        verbose_name = _("reveal policy")
        verbose_name_plural = _("reveal policies")
        ordering = ["role__key"]

    def __str__(self) -> str:
        return str(self.role)


class Reveal(SequencedModel):
    """One value, one viewer, once. The value itself is not in it: `field` says where it stands in its record."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("viewer"))
    kind = models.CharField(_("record"), max_length=30)
    record_id = models.BigIntegerField(_("record number"))
    field = models.CharField(_("field"), max_length=60)
    field_class = models.CharField(_("field class"), max_length=20, choices=FieldClass)
    customer_id = models.BigIntegerField(_("customer"), null=True)
    ticket_id = models.BigIntegerField(_("ticket"), null=True)
    reason_kind = models.CharField(_("kind of reason"), max_length=20, choices=RevealReason)
    reason = EncryptedTextField(_("reason"))
    state = models.CharField(_("state"), max_length=10, choices=RevealState)
    created = models.DateTimeField(_("asked"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    decision = EncryptedTextField(_("why so decided"), blank=True, default="")
    valid_until = models.DateTimeField(_("holds until"), null=True)
    """Of what waits or is approved: afterwards it counts no more."""
    shown_at = models.DateTimeField(_("shown"), null=True)
    until = models.DateTimeField(_("shown until"), null=True)
    is_unusual = models.BooleanField(_("unusual"), default=False)
    """This one made the person's day an unusual one; said once in 24 hours."""

    objects = RevealQuerySet.as_manager()

    class Meta:
        verbose_name = _("reveal")
        verbose_name_plural = _("reveals")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "created"], name="reveal_by_user"),
            models.Index(fields=["customer_id", "-id"], name="reveal_by_customer"),
            models.Index(fields=["created"], name="reveal_waiting", condition=models.Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"Reveal {self.public_id}"
