from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.automation.enums import DisabledReason
from apps.automation.querysets import WebhookEndpointQuerySet
from apps.core import clock
from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel, TimestampedModel, VersionedModel


class WebhookEndpoint(SequencedModel, VersionedModel, TimestampedModel):
    """An address of another system that is told what happens, as the user sees it that it acts as.

    `position` is how far the log of events was read for it: what comes after has no delivery yet. The address is kept
    encrypted, for many receivers want their key in it. `former_secret` signs as well until `former_until`.
    """

    name = models.CharField(_("name"), max_length=120)
    description = models.CharField(_("description"), max_length=500, blank=True)
    url = EncryptedTextField(_("address"))
    events = ArrayField(models.CharField(max_length=80), verbose_name=_("events"))
    acts_as = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="webhook_endpoints", verbose_name=_("acts as")
    )
    secret = EncryptedTextField(_("secret"), editable=False)
    former_secret = EncryptedTextField(editable=False, blank=True, default="")
    former_until = models.DateTimeField(_("former secret signs until"), null=True, editable=False)
    is_enabled = models.BooleanField(_("enabled"), default=True, editable=False)
    disabled_reason = models.CharField(
        _("reason"), max_length=10, choices=DisabledReason, blank=True, default="", editable=False
    )
    disabled_at = models.DateTimeField(_("switched off"), null=True, editable=False)
    position = models.BigIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    paused_until = models.DateTimeField(_("paused until"), null=True, editable=False)
    last_success_at = models.DateTimeField(_("last success"), null=True, editable=False)
    last_error_at = models.DateTimeField(_("last failure"), null=True, editable=False)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing webhook")
        verbose_name_plural = _("outgoing webhooks")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        """The address without what may be a key."""
        return urlsplit(self.url).netloc

    @property
    def live_secrets(self) -> list[str]:
        """The newest first. Two while a rotation is under way."""
        is_former_live = self.former_until is not None and self.former_until > clock.now()
        return [self.secret, self.former_secret] if is_former_live else [self.secret]
