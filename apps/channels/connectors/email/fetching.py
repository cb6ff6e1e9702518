"""From the mailbox into the durable inbox: stored and committed first, flagged afterwards.

A crash at any line leaves a mail either unstored and below no cursor, so that it is fetched again, or stored, so
that fetching it again changes nothing. The cursor and the mails it passes are one transaction, fenced by the lease.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
from django.db import transaction
from django.db.models.functions import Now

from apps.channels.connectors.email.imap import Cursor, FetchedMail, FolderState, Mailbox, must_rescan
from apps.channels.connectors.email.parse import sender_hint
from apps.channels.models import Channel, MailFolder
from apps.channels.services import inbox
from apps.core.clock import now

if TYPE_CHECKING:
    from apps.channels.contract import ChannelLease

logger = structlog.get_logger(__name__)

RESCAN_DAYS: Final = 30
"""How far back a folder is read again when its numbers lost their meaning."""

UNSTABLE_RESCAN_DAYS: Final = 3
"""The same for servers that never promise anything about numbers and so are read again every time."""


@dataclass(frozen=True, slots=True)
class FolderRules:
    """What a channel's settings say about one folder."""

    folder: str
    account_key: str
    after_fetch: str = "seen"
    done_folder: str = ""
    first_days: int = 7


def fetch_folder(channel: Channel, lease: ChannelLease, mailbox: Mailbox, rules: FolderRules) -> int:
    """Stores what is new in a folder; returns how many mails were not known before."""
    row, _ = MailFolder.objects.get_or_create(channel=channel, account=rules.account_key, folder=rules.folder)
    cursor = Cursor(row.uid_validity, row.last_uid, row.checked_at)
    state = mailbox.open_folder(rules.folder)
    if must_rescan(cursor, state):
        logger.info("mail.rescan", channel_id=channel.pk, folder_id=row.pk, uid_validity=state.uid_validity)
        row.last_uid = 0
    row.uid_validity = state.uid_validity
    uids = mailbox.new_uids(cursor, state, since=_since(cursor, state, rules))
    count = 0
    for batch in mailbox.fetch(uids):
        count += _store(channel, lease, row, batch, rules)
        _finish(mailbox, batch, rules)
    if not uids or row.last_uid < state.uid_next - 1:
        _move_cursor(row, lease, max(row.last_uid, *uids, state.uid_next - 1, 0))
    return count


def _since(cursor: Cursor, state: FolderState, rules: FolderRules) -> date | None:
    if cursor.checked_at is None:
        return (now() - timedelta(days=rules.first_days + 1)).date()
    days = RESCAN_DAYS if state.uid_validity else UNSTABLE_RESCAN_DAYS
    return (cursor.checked_at - timedelta(days=days)).date()


def _store(
    channel: Channel, lease: ChannelLease, row: MailFolder, batch: Sequence[FetchedMail], rules: FolderRules
) -> int:
    """One transaction for the mails of a batch and the cursor that passes them."""
    count = 0
    with transaction.atomic():
        lease.fence()
        for mail in batch:
            count += _accept(channel, row, mail, rules)
        if batch:
            row.last_uid = max(row.last_uid, batch[-1].uid)
        _save(row)
    return count


def _accept(channel: Channel, row: MailFolder, mail: FetchedMail, rules: FolderRules) -> bool:
    envelope: dict[str, Any] = {
        "folder": rules.folder,
        "uid": mail.uid,
        "uid_validity": row.uid_validity,
        "size": mail.size,
        "arrived": mail.arrived.isoformat() if mail.arrived else None,
    }
    if mail.raw is None:
        place = f"place:{rules.account_key}:{rules.folder}:{row.uid_validity}:{mail.uid}"
        event = inbox.accept(
            channel=channel, external_id=place, order_by=place, payload=b"", envelope=envelope | {"is_missing": True}
        )
        return event is not None
    if mail.is_partial:
        envelope["is_partial"] = True
    event = inbox.accept(
        channel=channel,
        external_id=raw_identity(mail.raw),
        order_by=sender_hint(mail.raw),
        payload=mail.raw,
        envelope=envelope,
    )
    return event is not None


def raw_identity(raw: bytes) -> str:
    """A mail is its bytes: equal Message-IDs over other bytes are two mails, and missing ones lose none."""
    return f"raw:{hashlib.sha256(raw).hexdigest()}"


def _finish(mailbox: Mailbox, batch: Sequence[FetchedMail], rules: FolderRules) -> None:
    """Only now, after the commit; mail that was not fetched whole stays as it is."""
    whole = [mail.uid for mail in batch if mail.raw is not None and not mail.is_partial]
    if rules.after_fetch == "seen":
        mailbox.mark_seen(whole)
    elif rules.after_fetch == "move" and rules.done_folder and rules.done_folder != rules.folder:
        mailbox.move_away(whole, rules.done_folder)


def _move_cursor(row: MailFolder, lease: ChannelLease, last_uid: int) -> None:
    with transaction.atomic():
        lease.fence()
        row.last_uid = last_uid
        _save(row)


def _save(row: MailFolder) -> None:
    MailFolder.objects.filter(pk=row.pk).update(uid_validity=row.uid_validity, last_uid=row.last_uid, checked_at=Now())
