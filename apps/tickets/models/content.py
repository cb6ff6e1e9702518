from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.tickets.enums import Breach, LinkPolicy


class ContentRule(models.Model):
    """What staff and automatic texts may say on a channel, and what becomes of words that break it."""

    channel = models.OneToOneField(Channel, models.CASCADE, related_name="+", verbose_name=_("channel"))
    forbidden_words = models.TextField(
        _("forbidden words"),
        blank=True,
        help_text=_(
            "One a line; after = what to write instead: “guaranteed = as a rule”. Capitals make no difference."
        ),
    )
    words_breach = models.CharField(_("with a forbidden word"), max_length=10, choices=Breach, default=Breach.REFUSE)
    link_policy = models.CharField(_("links"), max_length=10, choices=LinkPolicy, default=LinkPolicy.ANY)
    link_domains = ArrayField(
        models.CharField(max_length=253),
        verbose_name=_("domains that may be linked to"),
        default=list,
        blank=True,
        help_text=_("Separated by commas; each with all below it: example.com allows shop.example.com."),
    )
    links_breach = models.CharField(_("with another link"), max_length=10, choices=Breach, default=Breach.REFUSE)
    personal_data = models.CharField(
        _("with a card or identity number"),
        max_length=10,
        choices=Breach,
        default=Breach.ALLOW,
        help_text=_("Numbers of bank cards and identity documents that staff write to customers."),
    )

    class Meta:
        verbose_name = _("content rule")
        verbose_name_plural = _("content rules")

    def __str__(self) -> str:
        return f"Content of channel {self.channel_id}"
