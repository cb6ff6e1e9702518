from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import BlindIndexField, EncryptedTextField
from apps.core.models import SequencedModel, TimestampedModel
from apps.customers.models.customer import Customer
from apps.customers.querysets import IdentityQuerySet


class Identity(SequencedModel, TimestampedModel):
    """One handle of a customer: a phone number, an address, an id that a platform gave them.

    `value` is normalized by `customers.identities.normalize` (E.164, lower-case address …). `scope` narrows a
    handle to the account that issued it (an openid is an openid only within its official account); it is
    empty for handles that are the same everywhere. `tail_index` finds the last four digits of a phone and
    the domain of an address. One that `is_claimed` was only named in somebody's input: they may be reached by it, but
    it makes nobody the same person (see `services.claims`).
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="identities", verbose_name=_("customer"))
    kind = models.CharField(_("kind"), max_length=40)
    scope = models.CharField(_("scope"), max_length=120, blank=True, default="")
    value = EncryptedTextField(_("value"), blind_index="value_index")
    value_index = BlindIndexField(of="value", normalize="exact")
    tail = EncryptedTextField(_("last digits or domain"), blank=True, default="", blind_index="tail_index")
    tail_index = BlindIndexField(of="tail", null=True, db_index=True)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    is_claimed = models.BooleanField(_("only claimed"), default=False)
    is_primary = models.BooleanField(_("preferred"), default=False)
    opted_out_at = models.DateTimeField(_("opted out"), null=True, blank=True)

    objects = IdentityQuerySet.as_manager()

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["kind", "scope", "value_index"], name="one_customer_per_handle")]

    def __str__(self) -> str:
        return f"Identity {self.public_id}"
