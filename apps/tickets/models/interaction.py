from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.core.fields import EncryptedJSONField, SequencedAutoField
from apps.core.models import SequencedModel, TimestampedModel
from apps.customers.models import Customer, Identity
from apps.tickets.enums import InteractionState
from apps.tickets.models.ticket import Ticket
from apps.tickets.querysets import InteractionQuerySet


class Interaction(SequencedModel, TimestampedModel):
    """One contact on one channel: a mail thread, a conversation, a visit, a call, what somebody comments under a post.

    `thread_key` is the SHA-256 of whatever holds the thread together on that kind of channel; at most one
    open interaction a key, so that four photos sent at once do not open four tickets.

    Only public comments have a `post`: what they stand under (`id`, `url`) and in `comments` which there are, oldest first, by
    the platform's id: since when (`at`), how often it was answered in private (`replies`), whether it was removed (`is_gone`).
    """

    id = SequencedAutoField(primary_key=True, block=32)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="interactions", verbose_name=_("ticket"))
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="interactions", verbose_name=_("channel"))
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, related_name="interactions", verbose_name=_("customer")
    )
    identity = models.ForeignKey(Identity, models.SET_NULL, null=True, related_name="interactions")
    thread_key = models.BinaryField(max_length=32, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=InteractionState, default=InteractionState.OPEN)
    started_at = models.DateTimeField(_("started"))
    last_inbound_at = models.DateTimeField(_("last from the customer"), null=True)
    replies_since_inbound = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(_("ended"), null=True)
    post = EncryptedJSONField(_("post"), null=True)

    objects = InteractionQuerySet.as_manager()

    class Meta:
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "thread_key"],
                condition=models.Q(state="open"),
                name="one_open_interaction_per_thread",
            )
        ]

    @property
    def is_public(self) -> bool:
        """Whether everybody reads what the customer writes there."""
        return self.post is not None

    @property
    def comments(self) -> dict[str, Any]:
        found: dict[str, Any] = (self.post or {}).get("comments", {})
        return found

    @property
    def comment(self) -> str:
        """The platform's id of the newest comment that can be answered; "" where there is none (any more)."""
        comments = self.comments
        return next((known for known in reversed(comments) if not comments[known]["is_gone"]), "")

    @property
    def commented_at(self) -> datetime | None:
        return datetime.fromisoformat(self.comments[self.comment]["at"]) if self.comment else None

    @property
    def private_replies(self) -> int:
        """To that comment."""
        return int(self.comments[self.comment]["replies"]) if self.comment else 0

    def __str__(self) -> str:
        return f"Interaction {self.public_id}"
