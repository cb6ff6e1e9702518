from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.core.actor import ActorKind, Face
from apps.core.fields import EncryptedJSONField, SequencedAutoField
from apps.core.models.base import SequencedModel, SequencedQuerySet
from apps.core.models.expressions import NextValue


class Event(SequencedModel):
    """A typed fact, written in the transaction that made it true. Partitioned by month.

    ``ordinal`` is drawn at the insert, so that under a ticket's row lock it tells the order of facts about that ticket;
    ``position`` is given afterwards, to committed rows only, so that a reader who asks "after N" never skips a late
    commit.
    """

    id = SequencedAutoField(primary_key=True, block=32)
    created = models.DateTimeField()
    ordinal = models.BigIntegerField(db_default=NextValue("core_event_ordinal_seq"), editable=False)
    position = models.BigIntegerField(null=True, editable=False)
    kind = models.CharField(max_length=80)
    ticket_id = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(null=True)
    actor_kind = models.CharField(max_length=10, choices=ActorKind)
    actor_user_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=150)
    face = models.CharField(max_length=10, choices=Face)
    payload = EncryptedJSONField()

    objects = SequencedQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["position"], name="core_event_position"),
            models.Index(fields=["ordinal"], name="core_event_unnumbered", condition=models.Q(position=None)),
            models.Index(
                fields=["ticket_id", "position"], name="core_event_ticket", condition=~models.Q(ticket_id=None)
            ),
            models.Index(
                fields=["customer_id", "position"], name="core_event_customer", condition=~models.Q(customer_id=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class EventCounter(models.Model):
    """One row: the last position that was given out."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    last_position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"position {self.last_position}"


class SubscriberPosition(models.Model):
    """How far one subscriber has come. Its row lock is what keeps two workers from serving it at once."""

    name = models.CharField(max_length=100, primary_key=True)
    position = models.BigIntegerField(default=0)
    updated = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.name} at {self.position}"


class ParkedEvent(models.Model):
    """An event that a subscriber could not take yet: failing and tried again, waiting behind a failing one, or given
    up.
    """

    class State(models.TextChoices):
        RETRYING = "retrying"
        WAITING = "waiting"
        PARKED = "parked"

    id = models.BigAutoField(primary_key=True)
    subscriber = models.CharField(max_length=100)
    event_id = models.BigIntegerField()
    event_created = models.DateTimeField()
    position = models.BigIntegerField()
    order_key = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=State, default=State.RETRYING)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "event_id"], name="core_parkedevent_once"),
        ]
        indexes = [
            models.Index(fields=["subscriber", "order_key", "position"], name="core_parkedevent_order"),
            models.Index(fields=["state", "next_attempt"], name="core_parkedevent_due"),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber}: {self.kind} #{self.event_id}"
