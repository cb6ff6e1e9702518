from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError


class AlertOver(AppError):
    code = "alerts.over"
    message = _("This alert is over already.")
