"""What customers are asked when a conversation is over."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Brand
from apps.channels.models import Channel
from apps.core.fields import TranslatedTextField
from apps.core.models import TimestampedModel
from apps.qa.enums import Scale, ShownWith
from apps.qa.querysets import SurveyQuerySet


class Survey(TimestampedModel):
    """Asked once for each conversation. Of several that fit, the one that names the channel comes before the brand's."""

    key = models.SlugField(_("key"), unique=True)
    name = TranslatedTextField(_("name"), help_text=_("For colleagues."))
    question = TranslatedTextField(_("question"), help_text=_("What the customer reads above the scale."))
    scale = models.CharField(_("scale"), max_length=10, choices=Scale, default=Scale.FACES)
    asks_comment = models.BooleanField(_("offers a comment"), default=True)
    offers_callback = models.BooleanField(
        _("offers to call back"),
        default=False,
        help_text=_("Who gives a score of 1 or 2 may ask to hear from us; the ticket is then due again."),
    )
    channels = models.ManyToManyField(
        Channel,
        blank=True,
        related_name="+",
        limit_choices_to={"kind": "chat"},
        verbose_name=_("chat channels"),
        help_text=_("None: all of the brand, or all there are."),
    )
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brand"))
    is_active = models.BooleanField(_("active"), default=True)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        ordering = ["key"]

    def __str__(self) -> str:
        return str(self.name) or self.key


class SurveyReason(models.Model):
    """Switched off when it is no longer offered; answers that chose it keep it."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="reasons")
    label = TranslatedTextField(_("reason"))
    shown_with = models.CharField(_("offered with"), max_length=10, choices=ShownWith, default=ShownWith.ANY)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("reason")
        verbose_name_plural = _("reasons")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return str(self.label)
