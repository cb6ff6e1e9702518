from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel, TimestampedModel
from apps.tickets.enums import DecisionKind, ReviewState
from apps.tickets.models.ticket import Ticket
from apps.tickets.querysets import DecisionReviewQuerySet


class DecisionReview(SequencedModel, TimestampedModel):
    """A person is asked to look at what was decided about a ticket without one.

    While it is open, nothing of its kind is decided automatically on the ticket. One that does not hold (a vendor's person
    asked for it) stops only that the ticket is closed by itself: nobody outside stops the house's routing and service
    levels. `request_id` is the request about personal data that it belongs to, if one does.
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="reviews", verbose_name=_("ticket"))
    kind = models.CharField(_("what is looked at"), max_length=12, choices=DecisionKind)
    wish = EncryptedTextField(_("why it is asked for"), blank=True, default="")
    is_blind = models.BooleanField(default=False, db_default=False, editable=False)
    """The wish was typed by somebody who sees the customer masked (`privacy.lens.writes_blind`)."""
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("asked for by")
    )
    holds = models.BooleanField(_("stops routing and service levels"), default=True, editable=False)
    request_id = models.BigIntegerField(null=True)
    state = models.CharField(_("state"), max_length=10, choices=ReviewState, default=ReviewState.OPEN)
    reason = EncryptedTextField(_("reason"), blank=True, default="")
    settled_at = models.DateTimeField(_("settled"), null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("settled by")
    )

    objects = DecisionReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review of an automatic decision")
        verbose_name_plural = _("reviews of automatic decisions")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind", "holds"], condition=models.Q(state="open"), name="one_open_review_of_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"Review {self.public_id}"
