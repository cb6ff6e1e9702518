"""Promises that run: one row for each target of a ticket, and what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.sla.counting import Count
from apps.sla.enums import Measure, Target, TimerState, TimerStep
from apps.sla.models.calendar import Calendar
from apps.sla.models.promise import Policy
from apps.sla.querysets import TimerChangeQuerySet, TimerQuerySet
from apps.sla.timetable import Timetable
from apps.tickets.models import Ticket


class Course(models.Model):
    """Which policy holds for a ticket, and up to which event its time is counted."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, primary_key=True, related_name="+")
    policy = models.ForeignKey(Policy, models.SET_NULL, null=True, related_name="+")
    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"Course of ticket {self.ticket_id}"


class Timer(models.Model):
    """`boundaries` are when it began and ceased to count, in turns; `due_at` and `next_at` follow from them.

    `next_at` is when the next warning or the breach is to be told; without it there is nothing to watch for. A breach
    that nobody has answered yet is open: it has no `ended_at`.
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="timers")
    target = models.CharField(_("target"), max_length=20, choices=Target)
    policy = models.ForeignKey(Policy, models.SET_NULL, null=True, related_name="+", verbose_name=_("service level"))
    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="+", verbose_name=_("calendar"))
    minutes = models.PositiveIntegerField(_("minutes"))
    measure = models.CharField(_("counted in"), max_length=10, choices=Measure, default=Measure.WORKING)
    warn_at = ArrayField(models.PositiveSmallIntegerField(), default=list)
    boundaries = ArrayField(models.DateTimeField())
    state = models.CharField(_("state"), max_length=10, choices=TimerState, default=TimerState.RUNNING)
    warned = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(_("due"), null=True)
    next_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    # The message that ended it: when that is taken back, it never ended.
    ended_by = models.BigIntegerField(null=True)
    # Why it was cancelled: what a merge or a mark as spam ended goes on when that is undone.
    ended_for = models.CharField(max_length=20, blank=True, default="")

    objects = TimerQuerySet.as_manager()

    class Meta:
        verbose_name = _("timer")
        verbose_name_plural = _("timers")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(next_at__isnull=False), name="timer_next"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "target"], condition=models.Q(ended_at=None), name="one_open_timer_per_target"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None) | models.Q(next_at=None), name="ended_timer_waits_for_nothing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} of ticket {self.ticket_id}"

    @property
    def started_at(self) -> datetime:
        return self.boundaries[0]

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def is_counting(self) -> bool:
        return len(self.boundaries) % 2 == 1

    def count(self, timetable: Timetable) -> Count:
        counted = timetable if self.measure == Measure.WORKING else None
        return Count(timedelta(minutes=self.minutes), counted, self.boundaries)


class TimerChange(models.Model):
    """One line of a timer's history; never changed."""

    timer = models.ForeignKey(Timer, models.CASCADE, related_name="changes")
    step = models.CharField(max_length=20, choices=TimerStep)
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    share = models.PositiveSmallIntegerField(default=0)
    # A key of why: a status, a field, an action. Never text of customers.
    reason = models.CharField(max_length=60, blank=True, default="")
    policy = models.ForeignKey(Policy, models.SET_NULL, null=True, related_name="+", db_index=False)

    objects = TimerChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of a timer")
        verbose_name_plural = _("changes of timers")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.step} of timer {self.timer_id}"


class Recount(models.Model):
    """Work to do after a policy or a calendar changed: the open timers beyond `after` are yet to be counted anew."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, null=True, related_name="+")
    after = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"Recount after ticket {self.after}"
