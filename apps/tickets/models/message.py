from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.core.fields import EncryptedJSONField, EncryptedTextField, SequencedAutoField
from apps.core.models import SequencedModel
from apps.customers.models import Customer
from apps.tickets.enums import MessageKind
from apps.tickets.models.interaction import Interaction
from apps.tickets.models.ticket import Ticket
from apps.tickets.querysets import MessageQuerySet


class Message(SequencedModel):
    """One entry of the timeline. Partitioned by month of `created`; nothing has a foreign key to it.

    `sequence` counts from 1 within the ticket and is given under the ticket's row lock. `html` is sanitized,
    `text` is its plain twin, `quoted` the folded rest of a mail. `envelope` holds what surrounds a mail or
    post: from, to, cc, bcc, message ids. `spans` are the places of personal data in `text`, found once at
    write (see `privacy.detection`). `is_third_person` marks a reply that came from an unknown address.
    `is_public` marks what everybody reads under a post, comments and answers to them.
    """

    id = SequencedAutoField(primary_key=True, block=32)
    created = models.DateTimeField(_("created"))
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="messages", db_index=False)
    sequence = models.PositiveIntegerField()
    interaction = models.ForeignKey(Interaction, models.PROTECT, null=True, related_name="messages", db_index=False)
    channel = models.ForeignKey(Channel, models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(_("kind"), max_length=10, choices=MessageKind)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="+", db_index=False)
    sender_name = EncryptedTextField(_("sender"), blank=True, default="")
    subject = EncryptedTextField(_("subject"), blank=True, default="")
    html = EncryptedTextField(_("rich text"), blank=True, default="")
    text = EncryptedTextField(_("text"), blank=True, default="")
    quoted = EncryptedTextField(_("quoted text"), blank=True, default="")
    envelope = EncryptedJSONField(_("envelope"), default=dict)
    spans = EncryptedJSONField(_("personal data"), default=dict)
    is_third_person = models.BooleanField(default=False)
    is_automatic = models.BooleanField(default=False)
    is_public = models.BooleanField(_("public"), default=False)
    notice = models.CharField(max_length=60, blank=True, default="")
    attachment_count = models.PositiveSmallIntegerField(default=0)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["ticket", "sequence"]
        indexes = [models.Index(fields=["ticket", "sequence"], name="message_timeline")]

    def __str__(self) -> str:
        return f"Message {self.public_id}"


class MessageKey(models.Model):
    """Ids that must be unique over all partitions: `key` is the SHA-256 of a Message-ID, platform id or client id.

    (channel, key) points to the one message it names, in or out; `created` leads to its partition.
    """

    channel = models.ForeignKey(Channel, models.PROTECT, null=True, related_name="+", db_index=False)
    key = models.BinaryField(max_length=32)
    message_id = models.BigIntegerField()
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+", db_index=False)
    created = models.DateTimeField()

    class Meta:
        verbose_name = _("message key")
        verbose_name_plural = _("message keys")
        constraints = [
            models.UniqueConstraint(fields=["key", "channel"], nulls_distinct=False, name="message_key_once")
        ]

    def __str__(self) -> str:
        return f"Key of message {self.message_id}"
