"""What can go wrong between a client and us, each with a stable code."""

from django.utils.translation import gettext_lazy as _

from apps.channels.errors import ChannelError


class TokenRefused(ChannelError):
    """No proof, or one that is wrong, expired, of another channel or withdrawn: the answer is the same."""

    code = "channels.token_refused"
    status = 401
    message = _("Your sign-in is not accepted. Please sign in again.")
    auth_header = "Bearer"


class OriginRefused(ChannelError):
    code = "channels.origin_refused"
    status = 403
    message = _("Pages of this site may not use this channel.")


class AgreementNeeded(ChannelError):
    """`notice` is the version to be agreed to."""

    code = "channels.agreement_needed"
    status = 422
    message = _("Please read the privacy notice and agree first (version %(notice)s).")


class ClientMessageChanged(ChannelError):
    code = "channels.client_message_changed"
    message = _("Another message was sent under this id before.")


class ButtonUsed(ChannelError):
    code = "channels.button_used"
    message = _("This card has been answered already.")


class FileNotThere(ChannelError):
    code = "channels.file_not_there"
    status = 422
    message = _("An attached file does not exist here, or was sent already.")


class TooManyFiles(ChannelError):
    code = "channels.too_many_files"
    message = _("Too many files wait to be sent. Send a message with them first.")


class UnknownFrame(ChannelError):
    code = "channels.unknown_frame"
    status = 400
    message = _("Frames of this type are not known here.")
