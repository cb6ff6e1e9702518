from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import TranslatedTextField
from apps.core.models import AppendOnlyModel, VersionedModel
from apps.routing.enums import Cause, Presence
from apps.routing.querysets import AgentStateChangeQuerySet, AgentStateQuerySet, BreakReasonQuerySet


class BreakReason(models.Model):
    """Why somebody is on a break; managers say which reasons there are."""

    key = models.SlugField(_("key"), unique=True)
    name = TranslatedTextField(_("name"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects = BreakReasonQuerySet.as_manager()

    class Meta:
        verbose_name = _("reason for a break")
        verbose_name_plural = _("reasons for breaks")
        ordering = ["position", "key"]

    def __str__(self) -> str:
        return str(self.name)


class AgentState(VersionedModel):
    """What one agent is to the floor. Who has no row is offline.

    `leaves_at` is set while no desk of theirs is open: unless one opens before, they go offline at that moment.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="agent_state",
        verbose_name=_("agent"),
    )
    state = models.CharField(_("state"), max_length=12, choices=Presence, default=Presence.OFFLINE)
    reason = models.ForeignKey(
        BreakReason, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reason")
    )
    since = models.DateTimeField(_("since"))
    forced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("set by")
    )
    last_given_at = models.DateTimeField(_("last given work"), null=True)
    leaves_at = models.DateTimeField(null=True)

    objects = AgentStateQuerySet.as_manager()

    class Meta:
        verbose_name = _("state of an agent")
        verbose_name_plural = _("states of agents")
        indexes = [
            models.Index(
                fields=["leaves_at"], condition=models.Q(leaves_at__isnull=False), name="agentstate_leaves_at"
            ),
            models.Index(fields=["user"], condition=models.Q(state=Presence.AVAILABLE), name="agentstate_available"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.state}"


class AgentStateChange(AppendOnlyModel):
    """The log for adherence: each state that somebody entered, when, and what brought it about."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("agent"))
    created = models.DateTimeField(_("at"))
    state = models.CharField(_("state"), max_length=12, choices=Presence)
    reason = models.ForeignKey(BreakReason, models.PROTECT, null=True, related_name="+", verbose_name=_("reason"))
    cause = models.CharField(_("cause"), max_length=16, choices=Cause)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = AgentStateChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of state")
        verbose_name_plural = _("changes of state")
        ordering = ["-created", "-pk"]
        indexes = [models.Index(fields=["user", "-created"], name="agentstatechange_of_user")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.state}"
