"""What happened, one row for each thing that measures count. Made from what is stored (`services.facts`), never by hand.

Nothing points to them, and they point to no ticket, so that they may outlive tickets. Each is replaced as a whole
under its key, which makes folding a ticket twice the same as folding it once.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.accounts.models import Vendor
from apps.channels.models import Channel
from apps.metrics.enums import SideChange, WaitEnd
from apps.metrics.querysets import (
    ContactFactQuerySet,
    HandlingFactQuerySet,
    OfferFactQuerySet,
    PromiseFactQuerySet,
    SideFactQuerySet,
    StateFactQuerySet,
    WaitFactQuerySet,
)
from apps.sla.enums import Target, TimerState
from apps.tickets.enums import AssignmentState, Priority, WorkKind
from apps.tickets.models import Category, Queue


def _someone() -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)


def _vendor() -> models.ForeignKey[Any, Any]:
    """Of that person, as of when the fact was made."""
    return models.ForeignKey(Vendor, models.PROTECT, null=True, related_name="+", db_index=False)


class Fact(models.Model):
    """Of a ticket, and where it lay."""

    KEY: ClassVar[tuple[str, ...]]
    """What tells one of a ticket's facts from the others."""

    ticket_id = models.BigIntegerField(db_index=True)
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="+", db_index=False)
    channel = models.ForeignKey(Channel, models.PROTECT, null=True, related_name="+", db_index=False)
    category = models.ForeignKey(Category, models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=WorkKind)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.model_name} of ticket {self.ticket_id}"


class WaitFact(Fact):
    """A ticket entered a queue's line without anybody holding it. `is_live`: the customer was there and waited."""

    KEY = ("ticket_id", "number")

    ticket_id = models.BigIntegerField()  # the unique key begins with it
    number = models.PositiveIntegerField()
    is_live = models.BooleanField()
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=10, choices=WaitEnd, blank=True, default="")
    user = _someone()
    vendor = _vendor()

    objects = WaitFactQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket_id", "number"], name="wait_once")]
        indexes = [
            # Every measure of waiting counts who entered in a period; today's service level most often.
            models.Index(fields=["entered_at"], name="wait_entered"),
            # Who waits at an instant.
            models.Index(fields=["entered_at"], condition=Q(left_at=None), name="wait_open"),
        ]


class OfferFact(Fact):
    """One assignment: offered by routing or a colleague, or taken without an offer."""

    KEY = ("assignment_id",)

    assignment_id = models.BigIntegerField(primary_key=True)
    user = _someone()
    vendor = _vendor()
    state = models.CharField(max_length=12, choices=AssignmentState)
    offered_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = OfferFactQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["offered_at"], condition=Q(offered_at__isnull=False), name="offer_offered"),
            models.Index(fields=["accepted_at"], condition=Q(accepted_at__isnull=False), name="offer_accepted"),
            models.Index(fields=["ended_at"], condition=Q(state="transferred"), name="offer_transferred"),
        ]


class ContactFact(Fact):
    """One interaction. `queue` is where it began, `user` who held it last."""

    KEY = ("interaction_id",)

    interaction_id = models.BigIntegerField(primary_key=True)
    is_live = models.BooleanField()
    is_inbound = models.BooleanField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    first_reply_at = models.DateTimeField(null=True)
    user = _someone()
    vendor = _vendor()

    objects = ContactFactQuerySet.as_manager()

    class Meta:
        indexes = [
            # First replies count by when the customer began.
            models.Index(fields=["started_at"], name="contact_started"),
            # What was served counts by its end.
            models.Index(fields=["ended_at"], condition=Q(ended_at__isnull=False), name="contact_ended"),
        ]


class HandlingFact(Fact):
    """One conversation in the hands of one person. `wrap_up` follows the conversation's end."""

    KEY = ("assignment_id", "interaction_id")

    assignment_id = models.BigIntegerField()
    interaction_id = models.BigIntegerField()
    is_live = models.BooleanField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    contact_ended_at = models.DateTimeField(null=True)
    wrap_up = models.DurationField()
    user = _someone()
    vendor = _vendor()

    objects = HandlingFactQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assignment_id", "interaction_id"], name="handling_once")]
        indexes = [
            # Handle time counts by the conversation's end.
            models.Index(fields=["contact_ended_at"], condition=Q(is_live=True), name="handling_contact_ended"),
            # Occupancy asks what was going on in a period: what ended after its beginning, or not yet.
            models.Index(fields=["ended_at"], condition=Q(is_live=True), name="handling_ended"),
        ]


class PromiseFact(Fact):
    """A promise that was kept or broken. `decided_at`: when it was kept, or when its time was up."""

    KEY = ("timer_id",)

    timer_id = models.BigIntegerField(primary_key=True)
    target = models.CharField(max_length=20, choices=Target)
    priority = models.SmallIntegerField(choices=Priority)
    policy = models.SlugField(blank=True, default="")
    state = models.CharField(max_length=10, choices=TimerState)
    started_at = models.DateTimeField()
    decided_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    taken = models.DurationField(null=True)
    """What had counted at its end, by its own calendar and without its pauses; empty until it ends."""
    user = _someone()
    vendor = _vendor()

    objects = PromiseFactQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["decided_at"], name="promise_decided"),
            # How long resolutions took, by when they came.
            models.Index(fields=["ended_at"], condition=Q(target="resolution"), name="promise_resolved"),
        ]


class SideFact(Fact):
    """A side answered for a ticket, from when to when: the house (without a vendor), or a vendor. `paused` is how much of
    it the ticket was pending on the customer; `is_handed_over`: it then went to another side.
    """

    KEY = ("ticket_id", "number")

    ticket_id = models.BigIntegerField()  # the unique key begins with it
    number = models.PositiveIntegerField()
    vendor = _vendor()
    why = models.CharField(max_length=12, choices=SideChange)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    paused = models.DurationField()
    paused_since = models.DateTimeField(null=True)
    is_handed_over = models.BooleanField()

    objects = SideFactQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket_id", "number"], name="side_once")]
        indexes = [
            # Sides count by when they ended.
            models.Index(fields=["ended_at"], condition=Q(ended_at__isnull=False), name="side_ended"),
        ]


class StateFact(models.Model):
    """What an agent was, from when to when. One for each line of the log of states."""

    change_id = models.BigIntegerField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    vendor = _vendor()
    state = models.CharField(max_length=12)
    reason = models.SlugField(blank=True, default="")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = StateFactQuerySet.as_manager()

    class Meta:
        indexes = [
            # What was going on in a period: what ended after its beginning, or not yet.
            models.Index(fields=["ended_at"], name="state_ended"),
            # One agent's, when their log went on.
            models.Index(fields=["user", "started_at"], name="state_of_agent"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.state}"
