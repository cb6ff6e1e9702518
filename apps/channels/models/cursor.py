from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.channels.models.channel import Channel


class PlatformCursor(models.Model):
    """How far the messages of one account were fetched from a platform that calls only to say that there are some.

    `position` is the platform's own word: everything before it is stored. `hint` came with the last such call and
    allows fetching for a few minutes; alone it opens nothing. Times are the database's, because hints and fetches
    happen on different machines.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="platform_cursors")
    account = models.CharField(max_length=128)
    position = models.CharField(max_length=200, blank=True)
    hint = models.CharField(max_length=200, blank=True)
    hinted_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("platform cursor")
        verbose_name_plural = _("platform cursors")
        constraints = [models.UniqueConstraint(fields=["channel", "account"], name="one_cursor_per_account")]

    def __str__(self) -> str:
        return f"Platform cursor {self.pk}"
