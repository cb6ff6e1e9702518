from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.channels.models.channel import Channel


class MailFolder(models.Model):
    """How far one IMAP folder has been read, by (account, folder, UIDVALIDITY, UID).

    `last_uid` is the highest UID below which everything is stored. `account` is a hash of host and user,
    so that a channel pointed at another mailbox starts anew.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="mail_folders")
    account = models.CharField(max_length=64)
    folder = models.CharField(max_length=250)
    uid_validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("mail folder")
        verbose_name_plural = _("mail folders")
        constraints = [models.UniqueConstraint(fields=["channel", "account", "folder"], name="one_cursor_per_folder")]

    def __str__(self) -> str:
        return f"Mail folder {self.pk}"
