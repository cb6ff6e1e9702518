from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError


class NotInThisState(AppError):
    """`state`: what it is, in words."""

    code = "compliance.not_in_this_state"
    message = _("This cannot be done now: %(state)s.")


class SecondPersonNeeded(AppError):
    """Nobody approves what they asked for themselves."""

    code = "compliance.second_person_needed"
    status = 403
    message = _("Somebody else has to decide about your export.")


class ExportGone(AppError):
    code = "compliance.export_gone"
    status = 410
    message = _("This file was kept for a day, and is gone. Ask for it anew.")


class ToldAlready(AppError):
    code = "compliance.told_already"
    message = _("This was written down already.")
