from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class SecurityKey(models.Model):
    """A security key or passkey. Only its public half is here: who reads this table can sign in with none of them."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="security_keys", verbose_name=_("user")
    )
    name = models.CharField(_("name"), max_length=80, validators=[RegexValidator(r"\S", _("Give it a name."))])
    rp_id = models.CharField(_("for the host"), max_length=253, editable=False)
    credential_id = models.BinaryField(max_length=1023, unique=True, editable=False)
    credential = models.BinaryField(
        editable=False, help_text=_("Its public key, with what the key said of its make, as WebAuthn packs them.")
    )
    sign_count = models.BigIntegerField(
        default=0, editable=False, help_text=_("How often it signed, by its own count. Many passkeys do not count.")
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)
    last_used = models.DateTimeField(_("last used"), null=True, editable=False)

    class Meta:
        verbose_name = _("security key")
        verbose_name_plural = _("security keys")
        ordering = ["created"]

    def __str__(self) -> str:
        return self.name
