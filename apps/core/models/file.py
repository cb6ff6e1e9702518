from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedBinaryField, EncryptedTextField
from apps.core.models.base import SequencedModel, SequencedQuerySet


class ScanState(models.TextChoices):
    """Whether somebody looked at a file for viruses."""

    UNSCANNED = "unscanned", _("not looked at")
    WAITING = "waiting", _("being looked at")
    CLEAN = "clean", _("clean")
    INFECTED = "infected", _("infected")


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
    scan_state = models.CharField(
        _("virus scan"), max_length=10, choices=ScanState, default=ScanState.UNSCANNED, db_default=ScanState.UNSCANNED
    )
    scan_finding = models.CharField(max_length=120, blank=True, default="", db_default="")
    """What the scanner calls what it found."""
    scan_attempts = models.PositiveIntegerField(default=0, db_default=0)
    """Rises with each worker that takes it, so that one that was replaced writes nothing."""
    scan_due_at = models.DateTimeField(null=True)
    """When somebody may look next; empty when there is nothing left to do."""

    objects = SequencedQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [
            models.Index(
                fields=["scan_due_at"], condition=models.Q(scan_due_at__isnull=False), name="core_file_scan_due"
            ),
        ]

    def __str__(self) -> str:
        return f"file {self.pk}"


class PlayableCopy(models.Model):
    """The copy that a browser plays of a recording that it does not. The recording stays as it came."""

    file = models.OneToOneField(StoredFile, models.CASCADE, related_name="playable")
    copy = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    """Empty until it is made, and for good when the recording cannot be read."""
    attempts = models.PositiveSmallIntegerField(default=0)
    """Rises with each worker that takes it, so that one that was replaced writes nothing."""
    due_at = models.DateTimeField(null=True)
    """When somebody may take it next; empty when there is nothing left to do."""

    class Meta:
        verbose_name = _("playable copy")
        verbose_name_plural = _("playable copies")
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="core_playable_due"),
        ]

    def __str__(self) -> str:
        return f"playable copy of file {self.file_id}"
