from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TimestampedModel
from apps.sla.querysets import FollowUpQuerySet
from apps.tickets.models import Ticket


class FollowUp(TimestampedModel):
    """Work that came while nobody was there, due when somebody is. A ticket has one open at most."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+", verbose_name=_("ticket"))
    due_at = models.DateTimeField(_("due"))
    # The event it came from: seen again, that event makes no second one.
    position = models.BigIntegerField(editable=False)
    done_at = models.DateTimeField(_("done"), null=True, editable=False)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(done_at=None), name="one_open_follow_up_per_ticket"
            ),
            models.UniqueConstraint(fields=["ticket", "position"], name="one_follow_up_per_event"),
        ]

    def __str__(self) -> str:
        return f"Follow-up of ticket {self.ticket_id}"
