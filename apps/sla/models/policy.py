from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.core.fields import TranslatedTextField
from apps.core.models import TimestampedModel
from apps.sla.models.calendar import Calendar
from apps.sla.querysets import ChannelPolicyQuerySet

MAX_ANSWER_MINUTES = 30 * 24 * 60


class ChannelPolicy(TimestampedModel):
    """What a channel promises: when it is served, how soon it answers, and what it says while nobody is there."""

    channel = models.OneToOneField(Channel, models.CASCADE, related_name="+", verbose_name=_("channel"))
    calendar = models.ForeignKey(
        Calendar,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("calendar"),
        help_text=_("Empty: the default calendar."),
    )
    answer_minutes = models.PositiveIntegerField(
        _("first answer within (working minutes)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_ANSWER_MINUTES)],
        help_text=_("Told to customers in the acknowledgement. Empty: no time is promised."),
    )
    out_of_hours_text = TranslatedTextField(
        _("out-of-hours text"),
        blank=True,
        help_text=_(
            "Takes the place of the acknowledgement outside working hours. ${number}, ${brand}, ${opens_at} and"
            " ${answer_by} stand for the ticket's number, the brand, and the two times."
        ),
    )
    makes_follow_ups = models.BooleanField(
        _("make follow-ups"),
        default=True,
        help_text=_("What arrives outside working hours is due when work begins, and stands in the view Due."),
    )
    is_offered = models.BooleanField(
        _("offer to customers"),
        default=False,
        help_text=_("Lists the channel on the page /contact/ and in the help center, with how soon it answers."),
    )
    contact_label = TranslatedTextField(
        _("what customers call it"), blank=True, help_text=_("Hotline, WeChat, shop at the lake …")
    )
    contact_how = TranslatedTextField(
        _("how to reach it"), blank=True, help_text=_("The number, the address, what to search for.")
    )
    contact_link = models.CharField(
        _("link"),
        max_length=500,
        blank=True,
        default="",
        validators=[
            RegexValidator(
                r"^(https?://|mailto:|tel:|sms:|/)\S+$",
                _("An address that begins with https:, mailto:, tel:, sms: or /."),
            )
        ],
        help_text=_(
            "Where it opens by itself, also as a QR code. https:, mailto:, tel:, sms:, or a path of this site."
        ),
    )

    objects = ChannelPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("channel policy")
        verbose_name_plural = _("channel policies")
        ordering = ["channel"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answer_minutes=None)
                | models.Q(answer_minutes__gte=1, answer_minutes__lte=MAX_ANSWER_MINUTES),
                name="channel_policy_answer_minutes",
            ),
        ]

    def __str__(self) -> str:
        return f"Policy of channel {self.channel_id}"
