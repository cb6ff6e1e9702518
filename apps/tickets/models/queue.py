from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase

from apps.core.fields import TranslatedTextField
from apps.tickets.querysets import QueueQuerySet


class Queue(models.Model):
    """Where work waits for people with given skills. Who works it is granted to groups."""

    key = models.SlugField(_("key"), unique=True)
    name = TranslatedTextField(_("name"))
    is_active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = QueueQuerySet.as_manager()

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        ordering = ["position", "key"]
        permissions = [("work_queue", "Can work this queue")]

    def __str__(self) -> str:
        return str(self.name)


class QueueGroupObjectPermission(GroupObjectPermissionBase):
    """Grants of a queue to a group, with a direct foreign key (django-guardian)."""

    content_object = models.ForeignKey(Queue, on_delete=models.CASCADE)
