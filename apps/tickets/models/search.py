from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class SearchRow(models.Model):
    """The keyed term hashes of one message, or of a ticket's subject.

    Partitioned by month of `created`. The scope columns repeat the ticket's and move in the same
    transaction as the ticket, so that a search filters scope and terms in one index (design, section 6).
    `id` is the message's id; a subject's row has the negative ticket id.
    """

    id = models.BigIntegerField(primary_key=True)
    created = models.DateTimeField()
    ticket_id = models.BigIntegerField()
    queue_id = models.BigIntegerField()
    channel_id = models.BigIntegerField(null=True)
    category_id = models.BigIntegerField(null=True)
    terms = ArrayField(models.IntegerField())

    class Meta:
        verbose_name = _("search row")
        verbose_name_plural = _("search rows")
        indexes = [
            GinIndex(fields=["terms", "queue_id", "channel_id", "category_id"], name="search_terms"),
            models.Index(fields=["-created", "-id"], name="search_newest"),
            models.Index(fields=["ticket_id"], name="search_ticket"),
        ]

    def __str__(self) -> str:
        return f"Terms of {self.pk}"
