"""From the neutral outbound message to a mail handed over, and what became of one nobody is sure about."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from apps.channels.connectors.email import accounts
from apps.channels.connectors.email.compose import (
    BadAddressError,
    OutgoingAddress,
    OutgoingFile,
    OutgoingMail,
    checked_address,
    compose,
)
from apps.channels.connectors.email.imap import Mailbox, MailboxError
from apps.channels.connectors.email.smtp import Handover, SendError, send_composed
from apps.channels.connectors.email.threading import references_for
from apps.channels.contract import Outbound, SendResult
from apps.channels.enums import FailureKind
from apps.core.clock import now
from apps.core.models import StoredFile
from apps.core.storage import open_file

CHECKS_BEFORE_RESEND: Final = 3
"""By then more than two minutes have passed since the mail was handed over."""


def send(outbound: Outbound, values: dict[str, Any], own_addresses: Collection[str]) -> SendResult:
    """Compose and hand over; only a failure after the server asked for the content is an unknown outcome."""
    sender = outbound.from_address or str(values["address"])
    if sender.lower() not in own_addresses:
        return SendResult.failed(FailureKind.MISCONFIGURED, "The channel has no such sending address.")
    try:
        mail = to_outgoing(outbound, sender, values)
        content = compose(mail)
        recipients = mail.envelope_recipients
    except BadAddressError:
        return SendResult.failed(FailureKind.RECIPIENT_GONE, "An address is not valid.")
    except (StoredFile.DoesNotExist, FileNotFoundError):
        return SendResult.failed(FailureKind.REJECTED, "An attachment is no longer there.")
    try:
        handover = send_composed(
            accounts.smtp_account(values), content, envelope_from=checked_address(sender), recipients=recipients
        )
    except SendError as error:
        return _failure(error)
    return SendResult.sent(detail=_refused(handover))


def reconcile(client_key: str, checks: int, values: dict[str, Any]) -> SendResult | None:
    """Look for the mail among the copies that the server keeps of what it sent."""
    folder = str(values["sent_folder"] or "")
    if not folder:
        return None
    try:
        with Mailbox.open(accounts.imap_account(values)) as mailbox:
            is_there = mailbox.has_message(folder, client_key)
    except MailboxError:
        return None
    if is_there:
        return SendResult.sent(detail="Found among the sent mail.")
    if values["server_keeps_copies"] and checks >= CHECKS_BEFORE_RESEND:
        return SendResult.retry_later("Not among the sent mail.")
    return None


def to_outgoing(outbound: Outbound, sender: str, values: dict[str, Any]) -> OutgoingMail:
    recipients = outbound.recipients
    return OutgoingMail(
        message_id=outbound.client_key,
        from_=OutgoingAddress(sender, outbound.from_name or str(values["from_name"] or "")),
        to=tuple(OutgoingAddress(address) for address in recipients.to),
        cc=tuple(OutgoingAddress(address) for address in recipients.cc),
        bcc=tuple(OutgoingAddress(address) for address in recipients.bcc),
        reply_to=OutgoingAddress(outbound.reply_to) if outbound.reply_to else None,
        subject=outbound.subject,
        text=outbound.text,
        html=outbound.html,
        date=now(),
        in_reply_to=outbound.in_reply_to,
        references=references_for(outbound.in_reply_to, outbound.references),
        files=_files(outbound),
        language=outbound.language,
        is_automatic=outbound.automatic,
        answers_mail=bool(outbound.in_reply_to),
    )


def _files(outbound: Outbound) -> tuple[OutgoingFile, ...]:
    inline = {stored_id: content_id for content_id, stored_id in outbound.inline.items()}
    wanted = list(dict.fromkeys([*outbound.attachments, *inline]))
    stored = StoredFile.objects.in_bulk(wanted)
    if len(stored) < len(wanted):
        raise StoredFile.DoesNotExist
    return tuple(
        OutgoingFile(stored[pk].name, stored[pk].content_type, open_file(stored[pk]), inline.get(pk, ""))
        for pk in wanted
    )


def _failure(error: SendError) -> SendResult:
    detail = f"{error.code}: {error.detail}" if error.detail else error.code
    if error.kind is FailureKind.UNKNOWN_OUTCOME:
        return SendResult.unknown(detail)
    if error.kind is FailureKind.RETRY_LATER:
        return SendResult.retry_later(detail, error.retry_after)
    return SendResult.failed(error.kind, detail)


def _refused(handover: Handover) -> str:
    """Named so that the agent sees who did not get it; the others did."""
    return "; ".join(f"{item.address}: {item.detail}" for item in handover.refused)
