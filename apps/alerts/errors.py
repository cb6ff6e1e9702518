from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError


class AlertOver(AppError):
    code = "alerts.over"
    message = _("This alert is over already.")


class RuleHasHistory(AppError):
    code = "alerts.rule_has_history"
    message = _("This rule has alerted before: switch it off instead, so that its history keeps its name.")
