from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel, TimestampedModel
from apps.customers.models.customer import Customer
from apps.customers.querysets import GuardianQuerySet


class Guardian(SequencedModel, TimestampedModel):
    """Who decides for a customer who is a minor: kept at the living record of the person."""

    customer = models.OneToOneField(Customer, models.CASCADE, related_name="guardian", verbose_name=_("customer"))
    name = EncryptedTextField(_("name"))
    handle = EncryptedTextField(_("phone or e-mail address"), blank=True, default="")
    """As it was told: nothing is sent to it by itself."""
    consented_on = models.DateField(_("day of consent"), null=True, blank=True)
    """Since when they allow that the minor's data be used; empty while nobody knows of a consent."""

    objects = GuardianQuerySet.as_manager()

    class Meta:
        verbose_name = _("guardian")
        verbose_name_plural = _("guardians")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Guardian {self.public_id}"
