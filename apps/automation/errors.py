from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError, PermissionRefused


class EndpointDisabled(AppError):
    code = "automation.endpoint_disabled"
    message = _("This endpoint is switched off. Switch it on first.")


class NotLent(PermissionRefused):
    """Whoever turns an endpoint to another address reads with the eyes of the user that it acts as."""

    code = "automation.not_lent"
    message = _("You may not let an endpoint see what this user sees.")


class DeliveryUnderWay(AppError):
    code = "automation.delivery_under_way"
    message = _("This delivery is being sent just now.")


class ReplayUnderWay(AppError):
    code = "automation.replay_under_way"
    message = _("The last replay of this endpoint is still under way.")


class NothingToReplay(AppError):
    code = "automation.nothing_to_replay"
    message = _("Nothing failed since then.")
