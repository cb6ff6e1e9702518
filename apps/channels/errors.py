"""What can go wrong with channels, each with a stable code."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError, InvalidInput, NotVisible, Unavailable


class ChannelError(AppError):
    code: ClassVar[str] = "channels.error"
    message = _("The channel could not do this.")
    is_passing = False
    """Whether it often goes away by itself within seconds, so that people need not hear of it at once."""


class UnknownConnector(ChannelError):
    code = "channels.unknown_connector"
    message = _("There is no connector called “%(kind)s”.")


class InputRefused(ChannelError):
    """A call that is not proved genuine. Nothing of it is kept."""

    code = "channels.input_refused"
    status = 403
    message = _("The request is not proved genuine.")


class ProofRefused(InputRefused):
    """The same for a platform that tries wrong signatures and wants to hear 401."""

    code = "channels.proof_refused"
    status = 401


class InputTooLarge(ChannelError):
    """A call larger than anything its platform sends. Nothing of it is read."""

    code = "channels.input_too_large"
    status = 413
    message = _("The request is too large.")


class ChannelInactive(NotVisible):
    code = "channels.inactive"
    message = _("This channel is not open.")


class Unreadable(ChannelError):
    """A connector cannot make sense of an item: it is parked, shown, and can be repaired and replayed."""

    code = "channels.unreadable"
    status = 422
    message = _("The item could not be read: %(reason)s")


class NotYet(Unavailable):
    """The item waits for something that has not come (a receipt before its message). It is tried again."""

    code = "channels.not_yet"
    message = _("What this item belongs to has not arrived yet.")


class StorageFull(Unavailable):
    """Nothing more is acknowledged while there is no room to keep it; platforms and mailboxes hold it for us."""

    code = "channels.storage_full"
    message = _("There is no room to take in more. Please try again later.")


class NoIntake(Unavailable):
    code = "channels.no_intake"
    message = _("Nothing here takes messages in.")


class NothingToPoll(ChannelError):
    code = "channels.nothing_to_poll"
    message = _("This channel has nothing to fetch.")


class LeaseLost(ChannelError):
    """This process was replaced while it worked; what it was about to write must not be written."""

    code = "channels.lease_lost"
    message = _("Another process took over.")


class NotParked(ChannelError):
    code = "channels.not_parked"
    message = _("The item no longer waits for repair.")


class NotRepairable(InvalidInput):
    code = "channels.not_repairable"
    message = _("The item cannot be edited as text.")


class DeliveryNotRetryable(ChannelError):
    code = "channels.delivery_not_retryable"
    message = _("The message is on its way or has arrived; it is not sent again.")


class DeliveryNotCancellable(ChannelError):
    code = "channels.delivery_not_cancellable"
    message = _("It is too late to take the message back.")


class CannotSend(ChannelError):
    code = "channels.cannot_send"
    status = 422
    message = _("This channel does not send messages.")


class BasisMissing(ChannelError):
    code = "channels.transfer_basis_missing"
    status = 409
    message = _("Its servers stand abroad. Record what allows the transfer before you switch the channel on.")
