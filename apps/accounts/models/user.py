from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from apps.accounts.models.role import Role
from apps.accounts.models.vendor import Vendor
from apps.accounts.querysets import StaffManager


class Language(models.TextChoices):
    ZH_HANS = "zh-hans", "简体中文"
    EN = "en", "English"


class User(AbstractUser):
    """A member of staff, in-house or of a vendor. Customers are not users."""

    first_name = None  # type: ignore[assignment]  # staff have one display name, in their own order
    last_name = None  # type: ignore[assignment]
    display_name = models.CharField(_("display name"), max_length=80)
    role = models.ForeignKey(Role, models.PROTECT, null=True, related_name="users", verbose_name=_("role"))
    vendor = models.ForeignKey(
        Vendor, models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("vendor")
    )
    language = models.CharField(_("language"), max_length=10, choices=Language, default=Language.ZH_HANS)
    spoken_languages = ArrayField(
        models.CharField(
            max_length=10,
            validators=[
                RegexValidator(r"^[a-z]{2,3}(-[a-z]{2,4})?$", _("A language is written like zh-hans, en or ja."))
            ],
        ),
        verbose_name=_("serves in"),
        default=list,
        blank=True,
        help_text=_("Languages of customers, with commas: zh-hans, en. Empty: any."),
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="Asia/Shanghai")
    signature = models.TextField(_("signature"), blank=True)
    is_demo = models.BooleanField(_("demo sign-in"), default=False, editable=False)
    looked_at_since = models.DateTimeField(
        null=True, editable=False, help_text=_("Since when others saw the desk as this person, who was not told yet.")
    )
    is_shut_out_by_house = models.BooleanField(
        _("shut out by the house"),
        default=False,
        editable=False,
        help_text=_("Switched off by the house, not by their own company: nobody of their company lets them in again."),
    )
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    objects = StaffManager()  # type: ignore[misc]  # Django's manager, with visible_to

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.display_name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Sessions end at once when the password, the role or the vendor changes, or when `session_epoch` is raised."""
        bound = f"{self.password}|{self.role_id}|{self.vendor_id}|{self.session_epoch}"
        return salted_hmac("apps.accounts.session", bound, secret=secret, algorithm="sha256").hexdigest()

    @property
    def is_outsourced(self) -> bool:
        return self.vendor_id is not None or (self.role is not None and self.role.is_outsourced)

    @property
    def may_sign_in(self) -> bool:
        """Neither the person nor the vendor they work for is switched off."""
        return self.is_active and (self.vendor is None or self.vendor.is_active)
