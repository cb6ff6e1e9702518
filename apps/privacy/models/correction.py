from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.clock import now
from apps.core.fields import EncryptedJSONField
from apps.core.models import SequencedModel
from apps.privacy.models.request import DataSubjectRequest
from apps.privacy.querysets import CorrectionQuerySet


class Correction(SequencedModel):
    """What was corrected on request: which fields, and sealed what stood there before and since. `copies` are those that
    had the old value, as {"kind", "name", "since", "address"}.
    """

    request = models.ForeignKey(DataSubjectRequest, models.PROTECT, related_name="corrections")
    fields = ArrayField(models.CharField(max_length=60), verbose_name=_("fields"))
    before = EncryptedJSONField(default=dict, editable=False)
    after = EncryptedJSONField(default=dict, editable=False)
    copies: Any = models.JSONField(_("copies"), default=list, editable=False)
    made_at = models.DateTimeField(_("corrected"), default=now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Correction {self.public_id}"
