from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedJSONField, EncryptedTextField
from apps.core.models import SequencedModel, StoredFile, TimestampedModel
from apps.tickets.enums import DraftKind
from apps.tickets.models.ticket import Ticket


class Draft(SequencedModel, TimestampedModel):
    """What somebody is writing, kept on the server so that a reload or another machine loses nothing."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts")
    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True, related_name="drafts")
    kind = models.CharField(max_length=10, choices=DraftKind)
    html = EncryptedTextField(blank=True, default="")
    data = EncryptedJSONField(default=dict)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [
            models.UniqueConstraint(fields=["user", "ticket", "kind"], nulls_distinct=False, name="one_draft_of_a_kind")
        ]

    def __str__(self) -> str:
        return f"Draft {self.public_id}"

    @property
    def ways(self) -> dict[str, Any]:
        """Of a conversation not begun yet: html and data by kind of channel. One from before there were kinds has "" ."""
        found: dict[str, Any] = self.data.get("ways") or {"": {"html": self.html, "data": self.data}}
        return found

    def words_on(self, way: str) -> dict[str, Any] | None:
        """What is written for a kind of channel; without one, what was written last."""
        ways = self.ways
        words: dict[str, Any] | None = ways.get(way or self.data.get("latest", ""), ways.get(""))
        return words


class DraftFile(SequencedModel):
    """A file uploaded into the composer and not sent yet. Only its owner may use it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True, related_name="+")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Upload {self.public_id}"
