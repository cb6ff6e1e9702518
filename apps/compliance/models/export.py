from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.compliance.enums import ExportState
from apps.compliance.querysets import ExportQuerySet
from apps.core.fields import EncryptedJSONField, EncryptedTextField
from apps.core.models import SequencedModel, StoredFile


class Export(SequencedModel):
    """A file that somebody asked for: made in the background, under a password, kept for a day.

    The password is shown to who asked and kept only until the file is made. Above a number of rows a second person
    decides whether it may be fetched.
    """

    kind = models.CharField(_("kind"), max_length=40)
    question = EncryptedJSONField(default=dict, editable=False)
    language = models.CharField(max_length=10, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=ExportState, default=ExportState.ASKED)
    rows = models.PositiveIntegerField(_("rows"), null=True)
    password = EncryptedTextField(blank=True, default="", editable=False)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+", editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    asked_at = models.DateTimeField(_("asked for"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    reason = EncryptedTextField(_("reason"), blank=True, default="")
    expires_at = models.DateTimeField(_("kept until"), null=True)
    fetched = models.PositiveSmallIntegerField(_("fetched"), default=0)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-asked_at"]
        indexes = [
            models.Index(fields=["asked_at"], condition=models.Q(state="asked"), name="compliance_export_to_make"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state__in=["ready", "waiting"]),
                name="compliance_export_to_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"
