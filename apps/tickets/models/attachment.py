from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import SequencedModel, StoredFile
from apps.tickets.models.ticket import Ticket
from apps.tickets.querysets import AttachmentQuerySet


class Attachment(SequencedModel):
    """A stored file as part of one message. `content_id` ties an inline picture to its place in the rich text."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="attachments")
    message_id = models.BigIntegerField(_("message"), db_index=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    is_inline = models.BooleanField(_("inline"), default=False)
    is_internal = models.BooleanField(_("of an internal note"), default=False)
    content_id = models.CharField(max_length=250, blank=True, default="")
    created = models.DateTimeField(_("created"), auto_now_add=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Attachment {self.public_id}"
