from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.automation.models.endpoint import WebhookEndpoint
from apps.automation.querysets import WebhookReplayQuerySet
from apps.core.models import SequencedModel


class WebhookReplay(SequencedModel):
    """Everything that was given up since a moment, put in line again at once. Its deliveries tell how far it is."""

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="replays")
    since = models.DateTimeField(_("since"))
    created = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by")
    )

    total: int  # of rows read by WebhookReplayQuerySet.with_progress, like the next
    waiting: int

    objects = WebhookReplayQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook replay")
        verbose_name_plural = _("webhook replays")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Replay {self.public_id}"

    @property
    def done(self) -> int:
        return self.total - self.waiting
