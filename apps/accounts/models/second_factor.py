from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel


class TotpFactor(SequencedModel):
    """The secret that somebody's authenticator app shares with us. It counts once a code of it was typed in."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="totp_factor", verbose_name=_("user")
    )
    secret = EncryptedTextField(_("secret"))
    created = models.DateTimeField(_("created"), auto_now_add=True)
    confirmed = models.DateTimeField(_("confirmed"), null=True, editable=False)
    last_step = models.BigIntegerField(
        default=0,
        editable=False,
        help_text=_("The half minute of the last code that was taken: no code is taken twice."),
    )

    class Meta:
        verbose_name = _("authenticator app")
        verbose_name_plural = _("authenticator apps")

    def __str__(self) -> str:
        return str(self.user)


class RecoveryCode(models.Model):
    """Opens once in place of a second factor that is lost. Only a keyed hash of it is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="recovery_codes", verbose_name=_("user")
    )
    digest = models.BinaryField(_("digest"), max_length=32, editable=False)
    used = models.DateTimeField(_("used"), null=True, editable=False)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return str(self.user)
