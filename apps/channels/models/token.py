from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel


class PlatformToken(SequencedModel):
    """An access token that a platform gave us for a while.

    `key` stands for the credentials it was issued for, not for a channel: two channels of one account share their
    token, because many platforms take back the old one when they issue another, and with other credentials a
    channel gets another token by itself.
    """

    key = models.BinaryField(max_length=32, unique=True, editable=False)
    value = EncryptedTextField(_("value"))
    refresh_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("platform token")
        verbose_name_plural = _("platform tokens")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Token {self.public_id}"
