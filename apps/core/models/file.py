from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedBinaryField, EncryptedTextField
from apps.core.models.base import SequencedModel, SequencedQuerySet


class StoredFile(SequencedModel):
    """A file kept encrypted under a random name of ours. Its own name is data, never a path."""

    name = EncryptedTextField(_("file name"))
    size = models.BigIntegerField(_("size"))
    sha256 = models.BinaryField(max_length=32)
    content_type = models.CharField(_("content type"), max_length=120)
    storage_key = models.CharField(max_length=64, unique=True, editable=False)
    file_key = EncryptedBinaryField(editable=False)
    created = models.DateTimeField(_("created"))
    created_by = models.BigIntegerField(null=True)

    objects = SequencedQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")

    def __str__(self) -> str:
        return f"file {self.pk}"
