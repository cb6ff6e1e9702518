from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.automation.enums import AttemptError
from apps.automation.models.delivery import WebhookDelivery
from apps.automation.querysets import WebhookAttemptQuerySet
from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel


class WebhookAttempt(SequencedModel):
    """What one attempt met. `answer` is the beginning of the receiver's answer; it may repeat what it was told, so it is
    kept encrypted and shown through the lens.
    """

    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="log")
    started = models.DateTimeField(_("when"))
    duration_ms = models.PositiveIntegerField(_("milliseconds"))
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    error = models.CharField(_("error"), max_length=10, choices=AttemptError, blank=True, default="")
    answer = EncryptedTextField(_("answer"), blank=True, default="")

    objects = WebhookAttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook attempt")
        verbose_name_plural = _("webhook attempts")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Attempt {self.public_id}"
