from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DayKind(TextChoices):
    HOLIDAY = "holiday", _("Holiday, closed")
    WORKDAY = "workday", _("Make-up working day")
    HOURS = "hours", _("Other hours")
