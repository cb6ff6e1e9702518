from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Vendor
from apps.routing.enums import Failure
from apps.routing.querysets import VendorAttemptQuerySet
from apps.tickets.models import Ticket


class VendorAttempt(models.Model):
    """An attempt of a vendor that did not solve a ticket. `event_id` is the event that told so, `message_id` the reply
    that did not do, once however much the customer writes after it.
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="vendor_attempts", verbose_name=_("ticket"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("agent"))
    vendor = models.ForeignKey(Vendor, models.PROTECT, related_name="+", verbose_name=_("vendor"))
    failure = models.CharField(_("what failed"), max_length=12, choices=Failure)
    event_id = models.BigIntegerField(unique=True)
    message_id = models.BigIntegerField(null=True)
    created = models.DateTimeField(_("at"))

    objects = VendorAttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("unsuccessful attempt of a vendor")
        verbose_name_plural = _("unsuccessful attempts of vendors")
        ordering = ["ticket", "created", "pk"]
        constraints = [models.UniqueConstraint(fields=["ticket", "message_id"], name="one_attempt_per_reply")]

    def __str__(self) -> str:
        return f"{self.ticket}: {self.failure}"
