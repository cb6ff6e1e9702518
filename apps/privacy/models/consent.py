from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Brand
from apps.core.clock import now
from apps.core.fields import EncryptedTextField, TranslatedTextField
from apps.core.models import SequencedModel, TimestampedModel
from apps.privacy.enums import Basis, Purpose, Shown
from apps.privacy.querysets import ConsentQuerySet, PrivacyNoticeQuerySet


class PrivacyNotice(TimestampedModel):
    """One version of what a brand tells people about their data. In force from its date until the next one's; from then
    on it is not changed any more, since people have read it.
    """

    brand = models.ForeignKey(Brand, models.PROTECT, related_name="+", verbose_name=_("brand"))
    version = models.PositiveIntegerField(_("version"))
    text = TranslatedTextField(_("text"))
    covers = TranslatedTextField(_("what it covers"), blank=True)
    needs_consent = models.BooleanField(
        _("ask for consent"),
        default=False,
        help_text=_("The chat asks people to agree before it begins; otherwise they are only told."),
    )
    covers_vendors = models.BooleanField(
        _("says that vendors answer for us"),
        default=True,
        db_default=True,
        help_text=_("Off: tickets stay with the house until their customer allows that a vendor gets them."),
    )
    valid_from = models.DateTimeField(_("valid from"), default=now)

    objects = PrivacyNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("privacy notice")
        verbose_name_plural = _("privacy notices")
        ordering = ["brand", "-version"]
        constraints = [models.UniqueConstraint(fields=["brand", "version"], name="one_notice_of_a_version")]

    def __str__(self) -> str:
        return f"{self.brand.key} {self.version}"


class Consent(SequencedModel):
    """What somebody said about one purpose. The newest of a purpose counts; the ones before stay as proof.

    `given_at` is empty for an objection to what had not been asked. `proof` says what they saw and did.
    """

    customer_id = models.BigIntegerField(_("customer"), db_index=True)
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose)
    basis = models.CharField(_("legal basis"), max_length=20, choices=Basis, default=Basis.CONSENT)
    notice = models.ForeignKey(PrivacyNotice, models.PROTECT, null=True, related_name="+", verbose_name=_("notice"))
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    channel_id = models.BigIntegerField(_("channel"), null=True)
    shown = models.CharField(_("given by"), max_length=10, choices=Shown)
    proof = EncryptedTextField(_("proof"), blank=True, default="")
    given_at = models.DateTimeField(_("given"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_by = models.CharField(_("withdrawn by"), max_length=10, choices=Shown, blank=True, default="")
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-id"]
        indexes = [models.Index(fields=["customer_id", "purpose", "-id"], name="privacy_consent_newest")]

    def __str__(self) -> str:
        return f"Consent {self.public_id}"

    @property
    def is_given(self) -> bool:
        return self.given_at is not None and self.withdrawn_at is None
