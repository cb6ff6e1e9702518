from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TimestampedModel
from apps.privacy.enums import Law
from apps.privacy.querysets import RequestTermQuerySet

MOST = {Law.GDPR: (30, 60)}
"""What a law itself allows, in days: at first, and once more."""


class RequestTerm(TimestampedModel):
    """Within how many days requests by one law are answered here; without a row as `terms.TERMS` says. Requests that run
    already keep their day.
    """

    law = models.CharField(_("law"), max_length=10, choices=Law, unique=True)
    days = models.PositiveSmallIntegerField(_("days"), validators=[MinValueValidator(1), MaxValueValidator(90)])
    more_days = models.PositiveSmallIntegerField(
        _("days that may be added"),
        validators=[MaxValueValidator(90)],
        help_text=_("Once, with a reason that the person is told. 0: the time is never extended."),
    )
    is_working = models.BooleanField(_("working days only"), default=False)

    objects = RequestTermQuerySet.as_manager()

    class Meta:
        verbose_name = _("time for requests")
        verbose_name_plural = _("times for requests")
        ordering = ["law"]

    def __str__(self) -> str:
        return str(self.get_law_display())

    def clean(self) -> None:
        days, more = MOST.get(Law(self.law), (90, 90)) if self.law in Law.values else (90, 90)
        if (self.days or 0) > days or (self.more_days or 0) > more:
            text = _("This law allows %(days)s days at most, and %(more)s more.")
            raise ValidationError(text % {"days": days, "more": more})
