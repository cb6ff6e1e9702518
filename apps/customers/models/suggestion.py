from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import SequencedModel, TimestampedModel
from apps.customers.enums import SuggestionState
from apps.customers.models.customer import Customer
from apps.customers.querysets import MergeSuggestionQuerySet


class MergeSuggestion(SequencedModel, TimestampedModel):
    """Two records that may be one person. One row a pair, whatever speaks for it and however often.

    `evidence` holds `{"reason", "identity_id", "kind"}`: the handle itself stays in its own row, under its own lens.
    A dismissed pair is not suggested again.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("customer"))
    other = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("other customer"))
    evidence = models.JSONField(_("evidence"), default=list)
    state = models.CharField(_("state"), max_length=10, choices=SuggestionState, default=SuggestionState.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)

    objects = MergeSuggestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suggested merge")
        verbose_name_plural = _("suggested merges")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "other"], name="one_suggestion_per_pair"),
            models.CheckConstraint(condition=models.Q(customer__lt=models.F("other")), name="suggestion_in_order"),
        ]
        indexes = [models.Index(fields=["-id"], condition=models.Q(state="open"), name="suggestion_open")]

    def __str__(self) -> str:
        return f"Suggestion {self.public_id}"
