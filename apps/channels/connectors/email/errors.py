"""What can go wrong with a mailbox, in the words of the page that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.channels.enums import FailureKind
from apps.channels.errors import ChannelError
from apps.core.errors import Unavailable

if TYPE_CHECKING:
    from apps.channels.connectors.email.imap import MailboxError

REASONS: Final[dict[str, str | Promise]] = {
    "imap_certificate": _("the IMAP server's certificate is not valid"),
    "imap_connection_lost": _("the connection to the IMAP server was lost"),
    "imap_fetch": _("the IMAP server does not hand out mails"),
    "imap_folder": _("a folder to read does not exist"),
    "imap_idle": _("the IMAP server ended the waiting"),
    "imap_port": _("this IMAP port is not allowed"),
    "imap_search": _("the IMAP server does not list mails"),
    "imap_security": _("the IMAP server does not offer the chosen encryption"),
    "imap_sign_in": _("the IMAP server refuses user or password"),
    "imap_unreachable": _("the IMAP server cannot be reached"),
    "smtp_busy": _("the SMTP server is busy"),
    "smtp_port": _("this SMTP port is not allowed"),
    "smtp_refused": _("the SMTP server refuses the connection"),
    "smtp_security": _("the SMTP server does not offer the chosen encryption, or its certificate is not valid"),
    "smtp_sign_in": _("the SMTP server refuses user or password"),
    "smtp_unreachable": _("the SMTP server cannot be reached"),
}


class MailboxTrouble(ChannelError):
    """The mailbox cannot be read; fetching goes on by itself once the cause is gone."""

    code = "channels.mailbox_trouble"
    message = _("The mailbox could not be read: %(reason)s.")

    @classmethod
    def of(cls, error: MailboxError) -> Self:
        trouble = cls(reason=REASONS.get(error.code, error.code))
        trouble.is_passing = error.kind is FailureKind.RETRY_LATER
        return trouble


class ReaderBusy(Unavailable):
    """The machine had no time for a mail that is not at fault. Read again later."""

    code = "channels.mail_reader_busy"
    message = _("The machine was too busy to read this mail.")


class MailNotFetched(Unavailable):
    """A mail was found that the server does not hand out. Asked for again for a while, then parked."""

    code = "channels.mail_not_fetched"
    message = _("The mail server does not hand out this mail. It is still in the mailbox.")
