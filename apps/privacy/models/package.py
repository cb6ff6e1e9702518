from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import SequencedModel, StoredFile, TimestampedModel
from apps.privacy.enums import PackageState
from apps.privacy.models.request import DataSubjectRequest
from apps.privacy.querysets import AccessPackageQuerySet

MAX_DOWNLOADS = 3


class AccessPackage(SequencedModel, TimestampedModel):
    """The copy of one person's data, made to be handed to them: encrypted like every file, and gone after a day."""

    request = models.ForeignKey(DataSubjectRequest, models.PROTECT, related_name="packages")
    state = models.CharField(_("state"), max_length=10, choices=PackageState, default=PackageState.BUILDING)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    done_parts = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    downloads = models.PositiveSmallIntegerField(_("downloads"), default=0)
    expires_at = models.DateTimeField(_("expires"), null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = AccessPackageQuerySet.as_manager()

    class Meta:
        verbose_name = _("copy of personal data")
        verbose_name_plural = _("copies of personal data")
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "expires_at"], name="privacy_package_state")]

    def __str__(self) -> str:
        return f"Package {self.public_id}"

    @property
    def downloads_left(self) -> int:
        return max(0, MAX_DOWNLOADS - self.downloads)
