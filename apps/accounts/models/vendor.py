import ipaddress

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import TranslatedTextField


class Vendor(models.Model):
    """An outsourcing company. What its people may see is granted to its teams' groups."""

    key = models.SlugField(_("key"), unique=True)
    name = TranslatedTextField(_("name"))
    is_active = models.BooleanField(_("active"), default=True)
    closed_days = models.PositiveSmallIntegerField(
        _("closed tickets visible for (days)"),
        default=7,
        help_text=_("After this many days a closed ticket leaves the vendor's sight."),
    )

    limits_categories = models.BooleanField(
        _("limited to granted categories"),
        default=False,
        help_text=_("Without this, a vendor that no category is granted to works all of them."),
    )

    is_support = models.BooleanField(
        _("helps the house"),
        default=False,
        help_text=_("The program's maker or an IT provider: shut out but for what a manager opens for some hours."),
    )
    reads_only = models.BooleanField(default=False, editable=False)

    networks = ArrayField(
        models.CharField(max_length=49),
        verbose_name=_("comes from these networks only"),
        default=list,
        blank=True,
        help_text=_(
            "Addresses or networks, with commas: 203.0.113.0/24, 2001:db8::/32. Its people and their API tokens are"
            " strangers from anywhere else. Empty: from anywhere."
        ),
    )

    class Meta:
        verbose_name = _("vendor")
        verbose_name_plural = _("vendors")
        ordering = ["key"]

    def __str__(self) -> str:
        return str(self.name)

    def clean(self) -> None:
        for network in self.networks:
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise ValidationError({"networks": _("This is not a network: %(text)s") % {"text": network}}) from error
