"""One visit to the chat, from the first line to its end."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel, ClientConversation
from apps.core.fields import EncryptedJSONField
from apps.core.models import SequencedModel, TimestampedModel
from apps.livechat.enums import EndedBy
from apps.livechat.querysets import ChatSessionQuerySet
from apps.tickets.models import Interaction


class ChatSession(SequencedModel, TimestampedModel):
    """What a visitor and the company write to each other stands in one conversation for ever; a session is a part of it.

    It is one interaction on the desk, found by `thread_key`, which the desk makes when the first line arrives there.
    Written under the lock of the conversation. `silent_at` is when it ends if the visitor does not write again; while
    the visitor waits for us there is none, and it ends at `gone_at` unless their page is heard of before.
    `seen_sequence` is the last line of the visitor's that a person has read.
    `details` is what the visitor filled in, and the page they were on: {"name", "email", "phone", "page": {…}}.
    Who comes outside working hours or when the line is full writes a message (`is_away`); who leaves one instead of
    waiting, by choice or because the line is full, has `left_at`. `place` and `wait_minutes` are what was told last of the line.
    """

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+", verbose_name=_("channel"))
    conversation = models.ForeignKey(ClientConversation, models.CASCADE, related_name="chat_sessions")
    interaction = models.OneToOneField(Interaction, models.SET_NULL, null=True, related_name="chat_session")
    thread_key = models.BinaryField(max_length=32, unique=True, editable=False)
    first_sequence = models.PositiveBigIntegerField()
    seen_sequence = models.PositiveBigIntegerField(default=0)
    is_away = models.BooleanField(_("began as a message"), default=False)
    details = EncryptedJSONField(default=dict)
    silent_at = models.DateTimeField(null=True, editable=False)
    gone_at = models.DateTimeField(null=True, editable=False)
    left_at = models.DateTimeField(_("left a message"), null=True)
    place = models.PositiveIntegerField(null=True, editable=False)
    wait_minutes = models.PositiveSmallIntegerField(null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.CharField(_("ended by"), max_length=10, choices=EndedBy, blank=True, default="")
    ended_sequence = models.PositiveBigIntegerField(null=True)

    objects = ChatSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("chat")
        verbose_name_plural = _("chats")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(ended_at__isnull=True), name="one_open_chat_per_conversation"
            ),
        ]
        indexes = [
            models.Index(fields=["silent_at"], condition=Q(silent_at__isnull=False), name="chat_session_silent"),
            models.Index(fields=["conversation", "-id"], name="chat_session_newest"),
        ]

    def __str__(self) -> str:
        return f"Chat {self.public_id}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None
