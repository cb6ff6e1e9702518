from __future__ import annotations

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models.role import Role
from apps.accounts.models.team import Team
from apps.accounts.models.user import User
from apps.accounts.models.vendor import Vendor
from apps.accounts.rules import HOUSE_ONLY
from apps.core.fields import EncryptedTextField, TranslatedTextField
from apps.core.models import SequencedModel

USUAL_SCOPES: Final = ("openid", "profile", "email")


class IdentityProvider(SequencedModel):
    """A server that vouches for people by OpenID Connect: the house's own directory, or a vendor's."""

    key = models.SlugField(_("key"), unique=True, help_text=_("Part of the addresses below; it stays for good."))
    name = TranslatedTextField(_("name"), help_text=_("Stands on the button of the sign-in page."))
    is_active = models.BooleanField(_("active"), default=True)
    vendor = models.ForeignKey(
        Vendor,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="identity_providers",
        verbose_name=_("vendor"),
        help_text=_("It lets in people of this vendor only; empty: of the house only. This cannot be changed later."),
    )
    issuer = models.CharField(
        _("issuer"), max_length=300, help_text=_("Exactly as the provider writes it, without /.well-known at its end.")
    )
    client_id = models.CharField(_("client id"), max_length=300)
    client_secret = EncryptedTextField(_("client secret"), blank=True)
    scopes = ArrayField(
        models.CharField(max_length=100),
        verbose_name=_("scopes"),
        default=list,
        blank=True,
        help_text=_("What it is asked to tell, with commas. Empty: openid, profile, email."),
    )
    domains = ArrayField(
        models.CharField(
            max_length=253,
            validators=[RegexValidator(r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", _("Write domains like example.com."))],
        ),
        verbose_name=_("trusted for mail addresses at"),
        default=list,
        blank=True,
        help_text=_(
            "Domains, with commas. Somebody whose verified address is at one of them is the account that has this address."
            " Empty: addresses prove nothing."
        ),
    )
    creates_people = models.BooleanField(
        _("makes accounts for whom it vouches for"),
        default=False,
        help_text=_("Otherwise it opens accounts that are there."),
    )
    default_role = models.ForeignKey(
        Role,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("first role"),
        help_text=_("Of new accounts, and of people for whom none of the rules below holds."),
    )
    proofs = ArrayField(
        models.CharField(max_length=100),
        verbose_name=_("counts as a second factor"),
        default=list,
        blank=True,
        help_text=_("Values of acr or amr, with commas, like mfa. Without one of them ours is asked for as well."),
    )
    allows_password = models.BooleanField(
        _("its people may also use a password"), default=True, help_text=_("From their next sign-in.")
    )

    class Meta:
        verbose_name = _("sign-in provider")
        verbose_name_plural = _("sign-in providers")
        ordering = ["key"]

    def __str__(self) -> str:
        return str(self.name)

    def clean(self) -> None:
        if self.creates_people and self.default_role is None:
            raise ValidationError({"default_role": _("New accounts need a role.")})
        if self.default_role is not None and not self.may_give(self.default_role):
            raise ValidationError({"default_role": _("People of a vendor need a role for vendors.")})
        if self.default_role is not None and HOUSE_ONLY & set(self.default_role.permissions):
            raise ValidationError({"default_role": _("Nobody gets the administration unasked: choose a smaller role.")})

    @property
    def scope(self) -> str:
        return " ".join(dict.fromkeys(("openid", *self.scopes) if self.scopes else USUAL_SCOPES))

    def may_give(self, role: Role) -> bool:
        return role.is_outsourced == (self.vendor_id is not None)


class ClaimRule(models.Model):
    """What a claim of the provider makes of somebody, each time they sign in."""

    provider = models.ForeignKey(IdentityProvider, models.CASCADE, related_name="rules")
    claim = models.CharField(_("claim"), max_length=100, help_text=_("Like groups; with dots for what lies deeper."))
    value = models.CharField(_("value"), max_length=200)
    role = models.ForeignKey(Role, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("role"))
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("team"))

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.claim} = {self.value}"

    def clean(self) -> None:
        if (self.role is None) == (self.team is None):
            raise ValidationError(_("A rule gives a role or a team."))
        if self.role is not None and not self.provider.may_give(self.role):
            raise ValidationError({"role": _("People of a vendor need a role for vendors.")})
        if self.team is not None and self.team.vendor_id != self.provider.vendor_id:
            raise ValidationError({"team": _("This team belongs to another company.")})


class ExternalIdentity(models.Model):
    """Who somebody is at their provider. Issuer and subject say it for good; mail addresses change hands."""

    user = models.ForeignKey(User, models.CASCADE, related_name="external_identities", verbose_name=_("user"))
    provider = models.ForeignKey(IdentityProvider, models.CASCADE, related_name="identities")
    issuer = models.CharField(_("issuer"), max_length=300)
    subject = models.CharField(_("subject"), max_length=255)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    last_used = models.DateTimeField(_("last used"), null=True)

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="external_identity_once"),
            models.UniqueConstraint(fields=["user", "provider"], name="external_identity_once_a_user"),
        ]

    def __str__(self) -> str:
        return str(self.user)
