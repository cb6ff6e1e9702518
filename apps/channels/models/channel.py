from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase

from apps.accounts.models import Brand
from apps.channels.enums import Region, TransferBasis
from apps.channels.querysets import ChannelQuerySet
from apps.core.fields import EncryptedJSONField, EncryptedTextField, TranslatedTextField
from apps.core.models import SequencedModel, TimestampedModel


class Channel(SequencedModel, TimestampedModel):
    """A configured entry point: one mailbox, one form, one official account.

    `kind` names a connector of the registry. `settings` and `secrets` together are what the connector
    declared as its settings; those declared secret live in `secrets`. The health columns are written by
    `channels.services.health` and read by the health page.
    """

    key = models.SlugField(_("key"), unique=True, help_text=_("Stands in the channel's public addresses."))
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="channels", verbose_name=_("brand"))
    kind = models.CharField(_("kind"), max_length=40)
    name = TranslatedTextField(_("name"))
    is_active = models.BooleanField(_("active"), default=True)
    default_language = models.CharField(_("language"), max_length=10, default="zh-hans")
    sends_per_minute = models.PositiveIntegerField(
        _("messages sent a minute"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("What is more waits for its turn. Empty: as fast as the platform takes them."),
    )
    server_region = models.CharField(
        _("where the servers stand"),
        max_length=10,
        choices=Region,
        blank=True,
        default="",
        db_default="",
        help_text=_("Empty: as usual for this kind of channel."),
    )
    transfer_basis = models.CharField(
        _("basis for the transfer abroad"), max_length=20, choices=TransferBasis, blank=True, default="", db_default=""
    )
    transfer_note = models.CharField(
        _("reference"),
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text=_("Number and date of the filing, the contract or the text of the consent."),
    )
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    secrets = EncryptedJSONField(_("secrets"), default=dict, blank=True)

    last_received_at = models.DateTimeField(_("last received"), null=True, editable=False)
    last_sent_at = models.DateTimeField(_("last sent"), null=True, editable=False)
    last_success_at = models.DateTimeField(_("last success"), null=True, editable=False)
    last_error_at = models.DateTimeField(_("last error"), null=True, editable=False)
    last_error_code = models.CharField(_("last error code"), max_length=80, blank=True, editable=False)
    last_error = EncryptedTextField(_("last error"), blank=True, default="", editable=False)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["key"]
        permissions = [("serve_channel", "Can serve work of this channel")]

    def __str__(self) -> str:
        return str(self.name)


class ChannelGroupObjectPermission(GroupObjectPermissionBase):
    """Grants of a channel to a group, with a direct foreign key (django-guardian)."""

    content_object = models.ForeignKey(Channel, on_delete=models.CASCADE)
