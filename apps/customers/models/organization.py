from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import BlindIndexField, EncryptedTextField
from apps.core.models import SequencedModel, TimestampedModel, VersionedModel
from apps.customers.enums import CustomerLevel
from apps.customers.querysets import OrganizationQuerySet


class Organization(SequencedModel, TimestampedModel, VersionedModel):
    """The company that customers belong to."""

    name = EncryptedTextField(_("name"), blind_index="name_index")
    name_index = BlindIndexField(of="name")
    level = models.CharField(_("level"), max_length=20, choices=CustomerLevel, default=CustomerLevel.STANDARD)
    note = EncryptedTextField(_("note"), blank=True, default="")

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Organization {self.public_id}"
