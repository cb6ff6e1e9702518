from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import BlindIndexField, EncryptedTextField
from apps.core.models import SequencedModel, TimestampedModel, VersionedModel
from apps.customers.enums import CustomerLevel
from apps.customers.models.organization import Organization
from apps.customers.models.tag import Tag
from apps.customers.querysets import CustomerNoteQuerySet, CustomerQuerySet


class Customer(SequencedModel, TimestampedModel, VersionedModel):
    """A person served: one record, however many channels they write on."""

    name = EncryptedTextField(_("name"), blank=True, default="", blind_index="name_index")
    name_index = BlindIndexField(of="name", null=True)
    level = models.CharField(_("level"), max_length=20, choices=CustomerLevel, default=CustomerLevel.STANDARD)
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="")
    organization = models.ForeignKey(
        Organization,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name=_("organization"),
    )
    prefers = models.CharField(_("prefers"), max_length=40, blank=True, default="")
    """A kind of identity, entered by hand: it comes before what is computed from use."""
    tags = models.ManyToManyField(Tag, blank=True, related_name="customers", verbose_name=_("tags"))
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_from", verbose_name=_("merged into")
    )

    is_minor = models.BooleanField(_("minor"), default=False, db_default=False)
    """Known to be under the age at which people decide for themselves; the same on all records of one person."""
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)
    """Since then a pseudonym: tickets and figures keep it, and nothing tells who it was."""

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["id"]
        # The exact name, which search asks for.
        indexes = [models.Index(fields=["name_index", "-id"], name="customer_by_name")]

    def __str__(self) -> str:
        return f"Customer {self.public_id}"


class CustomerNote(SequencedModel, TimestampedModel):
    """What staff wrote down about a customer; never shown to the customer."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="notes", verbose_name=_("customer"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"))
    body = EncryptedTextField(_("note"))
    is_blind = models.BooleanField(default=False, db_default=False, editable=False)
    """Typed by somebody who sees the customer masked (`privacy.lens.writes_blind`)."""
    is_pinned = models.BooleanField(_("pinned"), default=False)

    objects = CustomerNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer note")
        verbose_name_plural = _("customer notes")
        ordering = ["-is_pinned", "-created"]

    def __str__(self) -> str:
        return f"Note {self.public_id}"


class CustomerMerge(models.Model):
    """One merge, so that it can be undone: `moved_ids` had been merged into `merged` before and follow it both ways.

    Records always point straight at the one that lives on, never along a chain.
    """

    survivor = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    merged = models.ForeignKey(Customer, models.CASCADE, related_name="merges")
    moved_ids = ArrayField(models.BigIntegerField(), default=list)
    created = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("merge of customers")
        verbose_name_plural = _("merges of customers")
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=models.Q(undone_at__isnull=True), name="one_running_merge"
            )
        ]

    def __str__(self) -> str:
        return f"Merge {self.pk}"
