from django.db import models

from apps.metrics.enums import Subject


class Due(models.Model):
    """Something happened to a ticket or an agent, so their facts are to be made anew from what is stored.

    Written by the subscriber, taken away by the sweep that has made them; however often something happened in between,
    it is one row. `since`: for agents, from when on their states are looked at again.
    """

    subject = models.CharField(max_length=10, choices=Subject)
    object_id = models.BigIntegerField()
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "object_id"], name="due_once")]

    def __str__(self) -> str:
        return f"{self.subject} {self.object_id}"
