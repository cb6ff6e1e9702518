from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Role


class ScreenPolicy(models.Model):
    """What a role's people may take off the screen. A deterrent: who can read can also write down."""

    role = models.OneToOneField(Role, models.CASCADE, related_name="screen_policy", verbose_name=_("role"))
    has_watermark = models.BooleanField(
        _("watermark"), default=True, help_text=_("Sign-in name and time over the desk, on screenshots and on paper.")
    )
    may_copy = models.BooleanField(_("may copy texts"), default=False)
    most_copied = models.PositiveSmallIntegerField(
        _("characters that may be copied all the same"),
        default=200,
        validators=[MaxValueValidator(10_000)],
        help_text=_("Where copying is off: an order number, a sentence. 0: nothing at all."),
    )
    may_print = models.BooleanField(_("may print pages"), default=False)

    class Meta:
        verbose_name = _("screen policy")
        verbose_name_plural = _("screen policies")
        ordering = ["role__key"]

    def __str__(self) -> str:
        return str(self.role)
