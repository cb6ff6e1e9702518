"""When a visitor is spoken to first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.core.fields import TranslatedTextField
from apps.core.models import TimestampedModel
from apps.livechat.enums import Visitors
from apps.livechat.querysets import InvitationQuerySet

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Invitation(TimestampedModel):
    """The first rule that fits a page speaks, once its seconds are over; who sends it away is left alone."""

    channel = models.ForeignKey(
        Channel, models.CASCADE, related_name="+", limit_choices_to={"kind": "chat"}, verbose_name=_("chat channel")
    )
    pages = models.CharField(
        _("pages"),
        max_length=300,
        blank=True,
        help_text=_("The path of the page; * stands for anything: /products/*. Empty: all pages."),
    )
    seconds = models.PositiveIntegerField(
        _("seconds on the page"), default=30, help_text=_("How long somebody has been there before it shows.")
    )
    visitors = models.CharField(_("for whom"), max_length=10, choices=Visitors, default=Visitors.ALL)
    text = TranslatedTextField(_("text"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("chat invitation")
        verbose_name_plural = _("chat invitations")
        ordering = ["channel", "position", "id"]

    def __str__(self) -> str:
        where: StrOrPromise = self.pages or _("all pages")
        return f"{where} · {self.seconds} s"
