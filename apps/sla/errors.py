from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError


class SlaError(AppError):
    code = "sla.refused"


class NeverOpens(SlaError):
    code = "sla.never_opens"
    message = _("This calendar has no working time within three years.")


class NeverCloses(SlaError):
    code = "sla.never_closes"
    message = _("This calendar does not close within three years.")


class TooFar(SlaError):
    code = "sla.too_far"
    status: ClassVar[int] = 422
    message = _("This reaches further than calendars count: thirty years, between 1900 and 2200.")


class NotPublished(SlaError):
    code = "sla.not_published"
    message = _(
        "The holidays of %(year)s are not known yet. Import them from an iCalendar file, or enter them by hand."
    )


class UnreadableCalendarFile(SlaError):
    code = "sla.unreadable_calendar_file"
    status: ClassVar[int] = 422
    message = _("This is not an iCalendar file, or it is too large.")


class DefaultCalendarStays(SlaError):
    code = "sla.default_calendar_stays"
    message = _("The default calendar cannot be switched off. Make another one the default first.")
