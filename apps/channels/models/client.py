"""What a client of ours sees: an app of the company, or a page of it, that speaks the protocol of `docs/api/app-protocol.md`."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.channels.models.channel import Channel
from apps.core.fields import EncryptedJSONField, EncryptedTextField
from apps.core.models import SequencedModel, StoredFile, TimestampedModel


class ClientConversation(SequencedModel, TimestampedModel):
    """One user of a channel, and how far their conversation has come.

    `user_key` stands for the id that the company's backend vouches for, `guest_key` for the secret that we gave to
    somebody without one. A guest who signs in has both, or goes on in the conversation that the user had already
    (`continued_in`). Numbers are given out under this row's lock. `notify_at` is when the app's backend is to be told
    that something waits, unless the client says before that it has it.
    """

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+", verbose_name=_("channel"))
    user_key = models.BinaryField(max_length=32, null=True, unique=True, editable=False)
    user_id = EncryptedTextField(_("id in the app"), blank=True, default="")
    guest_key = models.BinaryField(max_length=32, null=True, unique=True, editable=False)
    guest_until = models.DateTimeField(null=True, editable=False)
    continued_in = models.ForeignKey("self", models.PROTECT, null=True, related_name="continues", editable=False)
    last_sequence = models.PositiveBigIntegerField(default=0)
    delivered_sequence = models.PositiveBigIntegerField(default=0)
    read_sequence = models.PositiveBigIntegerField(default=0)
    notify_at = models.DateTimeField(null=True, editable=False)
    agreed_notice = models.PositiveIntegerField(null=True, editable=False)
    """The version of the brand's privacy notice that they agreed to in the app."""

    class Meta:
        verbose_name = _("app conversation")
        verbose_name_plural = _("app conversations")
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["notify_at"], condition=models.Q(notify_at__isnull=False), name="client_conversation_notify"
            ),
        ]

    def __str__(self) -> str:
        return f"Conversation {self.public_id}"


class ClientMessage(SequencedModel):
    """One line of a conversation as its client sees it. Numbers of a conversation have no gaps and become visible in order.

    `key` makes a repetition harmless: of the client's own id, or of the delivery's key. `digest` tells whether what is
    repeated is the same.
    """

    conversation = models.ForeignKey(ClientConversation, models.CASCADE, related_name="messages", db_index=False)
    sequence = models.PositiveBigIntegerField()
    is_own = models.BooleanField()
    key = models.BinaryField(max_length=32, editable=False)
    digest = models.BinaryField(max_length=32, null=True, editable=False)
    client_key = models.CharField(max_length=250, blank=True, default="")
    content = EncryptedJSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("app message")
        verbose_name_plural = _("app messages")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "sequence"], name="one_client_message_per_number"),
            models.UniqueConstraint(fields=["key", "conversation"], name="one_client_message_per_key"),
        ]

    def __str__(self) -> str:
        return f"Message {self.public_id}"


class ClientFile(SequencedModel):
    """A file of a conversation: uploaded by its client, or sent to it. Nobody else's client may name it."""

    conversation = models.ForeignKey(ClientConversation, models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    is_sent = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("app file")
        verbose_name_plural = _("app files")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["created"], condition=models.Q(is_sent=False), name="client_file_unsent"),
        ]

    def __str__(self) -> str:
        return f"File {self.public_id}"
