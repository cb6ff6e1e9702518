"""A mail channel's settings: what they are called, and the accounts they describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.email.imap import ImapAccount, MailboxError
from apps.channels.connectors.email.limits import MIB
from apps.channels.connectors.email.smtp import SendError, SmtpAccount
from apps.channels.contract import Setting, SettingType
from apps.channels.enums import FailureKind

if TYPE_CHECKING:
    from apps.channels.models import Channel

_SECURITY: Final = (("ssl", _("TLS from the start")), ("starttls", "STARTTLS"), ("none", _("No encryption")))

SETTINGS: Final = (
    Setting("address", _("Address"), SettingType.EMAIL, required=True, help=_("Customers write to it.")),
    Setting("from_name", _("Sender's name"), help=_("Stands before the address in what customers receive.")),
    Setting("aliases", _("Further addresses of this mailbox"), SettingType.LIST, default=()),
    Setting("imap_host", _("IMAP server"), SettingType.HOST, required=True),
    Setting("imap_port", _("IMAP port"), SettingType.INTEGER, default=993, minimum=1, maximum=65535),
    Setting("imap_security", _("IMAP encryption"), SettingType.CHOICE, default="ssl", choices=_SECURITY),
    Setting("imap_user", _("IMAP user"), required=True),
    Setting("imap_password", _("IMAP password"), secret=True),
    Setting(
        "oauth_token",
        _("OAuth access token"),
        secret=True,
        help=_("Used instead of the passwords where the server asks for XOAUTH2."),
    ),
    Setting("folders", _("Folders to read"), SettingType.LIST, default=("INBOX",)),
    Setting(
        "after_fetch",
        _("After fetching"),
        SettingType.CHOICE,
        default="seen",
        choices=(("keep", _("Leave as it is")), ("seen", _("Mark as read")), ("move", _("Move to a folder"))),
    ),
    Setting("done_folder", _("Folder for fetched mail"), help=_("Used when fetched mail is moved.")),
    Setting(
        "first_days",
        _("Days to go back at first"),
        SettingType.INTEGER,
        default=7,
        minimum=0,
        maximum=3650,
        help=_("Older mail in the mailbox stays untouched."),
    ),
    Setting("max_mb", _("Largest mail (MB)"), SettingType.INTEGER, default=50, minimum=1, maximum=50),
    Setting("smtp_host", _("SMTP server"), SettingType.HOST, required=True),
    Setting("smtp_port", _("SMTP port"), SettingType.INTEGER, default=587, minimum=1, maximum=65535),
    Setting("smtp_security", _("SMTP encryption"), SettingType.CHOICE, default="starttls", choices=_SECURITY),
    Setting("smtp_user", _("SMTP user"), help=_("Empty: no sign-in.")),
    Setting("smtp_password", _("SMTP password"), secret=True),
    Setting(
        "plus_addresses",
        _("Plus addresses"),
        SettingType.FLAG,
        default=False,
        help=_("The server delivers name+anything@… to name@…; answers then find their ticket by the address too."),
    ),
    Setting(
        "auth_server",
        _("Name of your mail server in Authentication-Results"),
        help=_("Its findings about forged senders are used; those of any other server are not."),
    ),
    Setting(
        "sent_folder",
        _("Folder where the server keeps copies of sent mail"),
        help=_("Asked when the outcome of sending is unknown."),
    ),
    Setting(
        "server_keeps_copies",
        _("The server itself files every sent mail there"),
        SettingType.FLAG,
        default=False,
        help=_("Then a mail that is not there after two minutes was not sent, and is sent again."),
    ),
)


def imap_account(value: dict[str, Any]) -> ImapAccount:
    _check_port(int(value["imap_port"]), "imap_port")
    return ImapAccount(
        host=str(value["imap_host"] or ""),
        port=int(value["imap_port"]),
        user=str(value["imap_user"] or ""),
        password=str(value["imap_password"] or ""),
        security=str(value["imap_security"]),
        oauth_token=str(value["oauth_token"] or ""),
    )


def smtp_account(value: dict[str, Any]) -> SmtpAccount:
    if int(value["smtp_port"]) not in settings.MAIL_PORTS:
        raise SendError(FailureKind.MISCONFIGURED, "smtp_port")
    return SmtpAccount(
        host=str(value["smtp_host"] or ""),
        port=int(value["smtp_port"]),
        user=str(value["smtp_user"] or ""),
        password=str(value["smtp_password"] or ""),
        security=str(value["smtp_security"]),
        oauth_token=str(value["oauth_token"] or ""),
    )


def own_addresses(channel: Channel) -> frozenset[str]:
    """The channel's address and aliases in lower case."""
    stored = channel.settings
    given = [stored.get("address") or "", *(stored.get("aliases") or ())]
    return frozenset(str(address).strip().lower() for address in given if address)


def limit_bytes(value: dict[str, Any]) -> int:
    return min(50, int(value["max_mb"])) * MIB


def _check_port(port: int, code: str) -> None:
    """Only ports that mail servers use, so that a channel's settings cannot probe other services of the network."""
    if port not in settings.MAIL_PORTS:
        raise MailboxError(FailureKind.MISCONFIGURED, code)
