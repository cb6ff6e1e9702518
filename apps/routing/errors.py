from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError, InvalidInput


class RoutingError(AppError):
    code = "routing.refused"


class NoSuchState(InvalidInput):
    code = "routing.no_such_state"
    message = _("There is no such state.")


class ReasonMissing(InvalidInput):
    code = "routing.reason_missing"
    message = _("Say why. The reason is kept in the audit trail.")


class NotOnTheFloor(InvalidInput):
    code = "routing.not_on_the_floor"
    message = _("This person takes no part in routing.")
