from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Brand, Team
from apps.channels.models import Channel
from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel, TimestampedModel, VersionedModel
from apps.core.models.expressions import NextValue
from apps.customers.models import Customer, Tag
from apps.tickets.enums import ACTIVE, DONE, LinkKind, Priority, Status, TicketType
from apps.tickets.models.category import Category
from apps.tickets.models.queue import Queue
from apps.tickets.querysets import TicketQuerySet

NUMBER_SEQUENCE = "ticket_number_seq"
"""Of its own, so that numbers say nothing about row ids."""

_IS_OPEN_WORK = models.Q(status__in=[str(status) for status in ACTIVE], is_spam=False, merged_into__isnull=True)
"""What `active()` and `listed()` say together, so that counting reads the index alone and not the rows."""


class Ticket(SequencedModel, TimestampedModel, VersionedModel):
    """The case: the unit of responsibility, priority and deadline.

    `channel` is the one it was opened on (null for a ticket that an agent started without one); without
    `customer` it is internal. `preview` is one line of the last public message. `waiting_since` is when the
    earliest customer message not yet answered came. What is `is_kept_in_house` was given back to the house, and is
    offered to nobody of a vendor. Columns under "written by higher apps" are set through
    `tickets.services.columns` only.
    """

    number = models.BigIntegerField(_("number"), unique=True, db_default=NextValue(NUMBER_SEQUENCE), editable=False)
    subject = EncryptedTextField(_("subject"), blank=True, default="")
    preview = EncryptedTextField(_("last message"), blank=True, default="")
    preview_kind = models.CharField(max_length=10, blank=True, default="", editable=False)
    preview_is_blind = models.BooleanField(default=False, db_default=False, editable=False)
    subject_is_blind = models.BooleanField(default=False, db_default=False, editable=False)
    """Typed by somebody who sees the customer masked (`privacy.lens.writes_blind`)."""
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name=_("customer"),
    )
    brand = models.ForeignKey(Brand, models.PROTECT, db_index=False, related_name="tickets", verbose_name=_("brand"))
    channel = models.ForeignKey(
        Channel, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("channel")
    )
    queue = models.ForeignKey(Queue, models.PROTECT, db_index=False, related_name="tickets", verbose_name=_("queue"))
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("category")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.NEW)
    priority = models.SmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    type = models.CharField(_("type"), max_length=10, choices=TicketType, default=TicketType.QUESTION)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="assigned_tickets",
        verbose_name=_("assignee"),
    )
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("team")
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="tickets", verbose_name=_("tags"))
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    is_spam = models.BooleanField(_("spam"), default=False)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_from", verbose_name=_("merged into")
    )
    is_kept_in_house = models.BooleanField(_("kept in-house"), default=False, db_default=False, editable=False)
    handed_over_at = models.DateTimeField(null=True, editable=False)
    """When it was given to the house: what is said internally after that is the house's own."""
    message_count = models.PositiveIntegerField(default=0, editable=False)
    reopen_count = models.PositiveSmallIntegerField(default=0, editable=False)

    opened_at = models.DateTimeField(_("opened"), db_default=Now())
    last_message_at = models.DateTimeField(_("last message"), db_default=Now())
    waiting_since = models.DateTimeField(_("waiting since"), null=True, editable=False)
    first_replied_at = models.DateTimeField(_("first reply"), null=True, editable=False)
    resolved_at = models.DateTimeField(_("resolved"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)

    # Written by higher apps.
    next_due_at = models.DateTimeField(_("next deadline"), null=True, editable=False)
    sla_state = models.CharField(max_length=10, blank=True, default="", editable=False)
    intent = models.CharField(max_length=40, blank=True, default="", editable=False)
    sentiment = models.SmallIntegerField(null=True, editable=False)

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["-id"]
        indexes = [
            # Of what lists show most, an index each in the list's own order; who looks at one queue sorts nothing.
            models.Index(
                fields=["queue", "-last_message_at", "-id"], condition=_IS_OPEN_WORK, name="ticket_work_queue_list"
            ),
            models.Index(
                fields=["assignee", "-last_message_at", "-id"], condition=_IS_OPEN_WORK, name="ticket_work_mine_list"
            ),
            models.Index(fields=["-last_message_at", "-id"], condition=_IS_OPEN_WORK, name="ticket_work_list"),
            models.Index(fields=["status", "-last_message_at", "-id"], name="ticket_status_list"),
            models.Index(fields=["-last_message_at", "-id"], name="ticket_all_list"),
            models.Index(fields=["customer", "-id"], name="ticket_customer_list"),
            # How soon a channel answers: its latest first answers, and who waits for one.
            models.Index(
                fields=["channel", "-opened_at"],
                condition=models.Q(first_replied_at__isnull=False),
                name="ticket_channel_answered",
            ),
            models.Index(
                fields=["channel", "waiting_since"],
                condition=models.Q(waiting_since__isnull=False, first_replied_at__isnull=True),
                name="ticket_channel_waiting",
            ),
            models.Index(fields=["next_due_at"], condition=models.Q(next_due_at__isnull=False), name="ticket_due"),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def is_merged(self) -> bool:
        return bool(self.merged_into_id)

    @property
    def is_done(self) -> bool:
        return self.status in DONE


class TicketLink(models.Model):
    """Two tickets that refer to each other, read from `ticket` to `other`."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="links")
    other = models.ForeignKey(Ticket, models.CASCADE, related_name="linked_from")
    kind = models.CharField(max_length=20, choices=LinkKind, default=LinkKind.RELATED)

    class Meta:
        verbose_name = _("ticket link")
        verbose_name_plural = _("ticket links")
        constraints = [models.UniqueConstraint(fields=["ticket", "other", "kind"], name="one_link_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.ticket} {self.kind} {self.other}"
