from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.core.fields import SequencedAutoField
from apps.core.models import SequencedModel, TimestampedModel
from apps.customers.models import Customer, Identity
from apps.tickets.enums import InteractionState
from apps.tickets.models.ticket import Ticket
from apps.tickets.querysets import InteractionQuerySet


class Interaction(SequencedModel, TimestampedModel):
    """One contact on one channel: a mail thread, a conversation, a visit, a call.

    `thread_key` is the SHA-256 of whatever holds the thread together on that kind of channel; at most one
    open interaction a key, so that four photos sent at once do not open four tickets.
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

    def __str__(self) -> str:
        return f"Interaction {self.public_id}"
