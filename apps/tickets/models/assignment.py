from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team
from apps.tickets.enums import AssignmentState, WorkKind
from apps.tickets.models.ticket import Ticket
from apps.tickets.querysets import AssignmentQuerySet


class Assignment(models.Model):
    """One offer of work to one agent: the only record of who holds or held what.

    Who takes a ticket by themselves is given no offer: `offered_at` is empty. `explanation` says why this agent, as a
    list of [code, parameters] that routing puts into words.
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="assignments", verbose_name=_("ticket"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments", verbose_name=_("agent")
    )
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(_("state"), max_length=12, choices=AssignmentState)
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    work_kind = models.CharField(_("kind of work"), max_length=10, choices=WorkKind, blank=True, db_default="")
    offered_at = models.DateTimeField(_("offered"), null=True)
    expires_at = models.DateTimeField(_("expires"), null=True)
    started_at = models.DateTimeField(_("started"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    explanation = models.JSONField(_("why"), default=list, db_default=models.Value([], models.JSONField()))

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"],
                condition=models.Q(state__in=["offered", "accepted"]),
                name="one_running_assignment",
            )
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=models.Q(state="offered"), name="assignment_offer_expires"),
            models.Index(
                fields=["user"],
                condition=models.Q(state__in=["offered", "accepted"]),
                name="assignment_running_of_user",
            ),
            models.Index(fields=["user", "-ended_at"], name="assignment_ended_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket} → {self.user_id}"


class Watcher(models.Model):
    """A colleague who follows a ticket and may read it. A helper joined whoever holds it, and answers too."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="watchers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="watched_tickets")
    is_helper = models.BooleanField(_("helps"), default=False, db_default=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("watcher")
        verbose_name_plural = _("watchers")
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="watch_once")]

    def __str__(self) -> str:
        return f"{self.user_id} watches {self.ticket}"


class Mention(models.Model):
    """A colleague named in an internal note; they may read the ticket, and see it until `seen_at`."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="mentions")
    message_id = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mentions")
    created = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        constraints = [models.UniqueConstraint(fields=["message_id", "user"], name="mention_once")]

    def __str__(self) -> str:
        return f"{self.user_id} mentioned on {self.ticket}"
