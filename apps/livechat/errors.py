"""What can go wrong between a visitor and the chat, each with a stable code."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError, InvalidInput


class FormIncomplete(InvalidInput):
    """The first line of a visit came without what has to be filled in before; `fields` says what."""

    code = "livechat.form_incomplete"
    message = _("Please fill in the form first.")


class NothingToRate(AppError):
    """The visit that was named is not the last one, goes on, was with nobody, or is over for too long."""

    code = "livechat.nothing_to_rate"
    message = _("There is nothing to rate.")


class NothingToSend(AppError):
    """Of a visit that nobody has answered there is no transcript, or we would send strangers' words to strangers."""

    code = "livechat.nothing_to_send"
    message = _("There is nothing to send yet.")


class NoTranscripts(AppError):
    """The brand has no mail channel that can write first."""

    code = "livechat.no_transcripts"
    message = _("Conversations cannot be sent by mail here.")


class TranscriptElsewhere(AppError):
    """One visit, one address: the first one that was named."""

    code = "livechat.transcript_elsewhere"
    message = _("This conversation can only be sent to the address that was named first.")
