import uuid

from django.conf import settings
from django.db import models

from apps.routing.querysets import DeskConnectionQuerySet


class DeskConnection(models.Model):
    """One open desk of an agent. Its web process prolongs all of its own at once; what it leaves behind expires."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="desk_connections")
    process = models.UUIDField()
    expires = models.DateTimeField()

    objects = DeskConnectionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["process"], name="deskconnection_process"),
            models.Index(fields=["expires"], name="deskconnection_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.process}"
