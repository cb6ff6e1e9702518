from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError


class MetricsError(AppError):
    status = 400


class NoSuchMeasure(MetricsError):
    code = "metrics.no_such_measure"
    message = _("There is no measure “%(key)s”.")


class CannotPart(MetricsError):
    code = "metrics.cannot_part"
    message = _("“%(key)s” cannot be told by %(by)s.")


class NoPeriod(MetricsError):
    code = "metrics.no_period"
    message = _("The period must begin before it ends, and be no longer than %(days)d days.")
