"""E-mail: IMAP in, SMTP out."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import close_old_connections
from django.utils.translation import gettext_lazy as _

from apps.channels import registry, reply_tokens
from apps.channels.connectors.email import accounts, checking, notices, outgoing
from apps.channels.connectors.email.child import parse_in_child
from apps.channels.connectors.email.errors import MailboxTrouble, MailNotFetched, ReaderBusy
from apps.channels.connectors.email.fetching import FolderRules, fetch_folder
from apps.channels.connectors.email.imap import Mailbox, MailboxError
from apps.channels.connectors.email.incoming import to_parsed
from apps.channels.connectors.email.parsed import Notice, ParsedMail
from apps.channels.connectors.email.threading import ThreadTokens
from apps.channels.contract import Arrival, Capabilities, CheckResult, Connector, Outbound, Parsed, SendResult
from apps.channels.services import health

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from apps.channels.contract import ChannelLease
    from apps.channels.models import Channel, Delivery, InboundEvent


@registry.register
class EmailConnector(Connector):
    kind = "email"
    label = _("E-mail")
    icon = "mail"
    arrival = Arrival.PULL
    identity_kind = "email"
    poll_seconds = 30.0
    settings = accounts.SETTINGS
    capabilities = Capabilities(
        can_start=True,
        reconciles=True,
        has_subject=True,
        has_copies=True,
        has_receipts=True,
        html=True,
        max_attachment_bytes=25 * 1024 * 1024,
    )

    # In

    def parse(self, event: InboundEvent) -> Parsed:
        raw = self._raw(event)
        values = self.values(event.channel)
        mail = parse_in_child(raw)
        if any(notice.code == "parser_busy" for notice in mail.notices):
            raise ReaderBusy
        if event.envelope.get("is_partial"):
            notice = Notice("limit_size", str(event.envelope.get("size", "")))
            mail = dataclasses.replace(mail, notices=(notice, *mail.notices))
        return to_parsed(
            mail,
            self.tokens(),
            own_addresses=accounts.own_addresses(event.channel),
            auth_server=str(values["auth_server"] or ""),
        )

    def read(self, event: InboundEvent) -> ParsedMail:
        """The stored original, read again: for showing what came."""
        return parse_in_child(bytes(event.payload))

    def notice_label(self, code: str) -> StrOrPromise:
        return str(notices.label(code))

    def poll(self, channel: Channel, lease: ChannelLease) -> int:
        with self._open(channel) as mailbox:
            return self._fetch_all(channel, lease, mailbox)

    def listen(self, channel: Channel, lease: ChannelLease, stop: threading.Event) -> None:
        """Fetches, sleeps in IDLE on the first folder until something comes, and fetches again."""

        def should_stop() -> bool:
            return stop.is_set() or lease.is_lost

        while not should_stop():
            with self._open(channel) as mailbox:
                while not should_stop():
                    self._fetch_all(channel, lease, mailbox)
                    health.note_success(channel.pk)
                    close_old_connections()
                    if not self._wait(channel, mailbox, stop, should_stop):
                        break

    def _wait(self, channel: Channel, mailbox: Mailbox, stop: threading.Event, should_stop: Callable[[], bool]) -> bool:
        """False when the server hung up while nothing was going on, as servers do: then connect anew."""
        if not mailbox.can_wait:
            stop.wait(self.poll_seconds)
            return True
        try:
            mailbox.wait_for_mail(should_stop, self.poll_seconds)
        except MailboxError:
            stop.wait(1.0)
            return False
        return True

    def _fetch_all(self, channel: Channel, lease: ChannelLease, mailbox: Mailbox) -> int:
        """The first folder comes last: it is the one to wait on, and opening it again would forget its news."""
        try:
            return sum(fetch_folder(channel, lease, mailbox, rules) for rules in reversed(self._rules(channel)))
        except MailboxError as error:
            raise MailboxTrouble.of(error) from error

    def _open(self, channel: Channel) -> Mailbox:
        values = self.values(channel)
        try:
            return Mailbox.open(accounts.imap_account(values), limit_bytes=accounts.limit_bytes(values))
        except MailboxError as error:
            raise MailboxTrouble.of(error) from error

    def _rules(self, channel: Channel) -> list[FolderRules]:
        values = self.values(channel)
        account_key = accounts.imap_account(values).key
        return [
            FolderRules(
                folder=str(folder),
                account_key=account_key,
                after_fetch=str(values["after_fetch"]),
                done_folder=str(values["done_folder"] or ""),
                first_days=int(values["first_days"]),
            )
            for folder in values["folders"]
        ]

    def _raw(self, event: InboundEvent) -> bytes:
        """The stored bytes; a mail that its server would not hand out when it was found is asked for again."""
        payload = bytes(event.payload)
        if payload or not event.envelope.get("is_missing"):
            return payload
        try:
            with self._open(event.channel) as mailbox:
                state = mailbox.open_folder(str(event.envelope["folder"]))
                if state.uid_validity != event.envelope["uid_validity"]:
                    raise MailNotFetched
                found = [mail for batch in mailbox.fetch([int(event.envelope["uid"])]) for mail in batch]
        except MailboxError as error:
            raise MailNotFetched from error
        if not found or found[0].raw is None:
            raise MailNotFetched
        event.payload = found[0].raw
        event.save(update_fields=["payload"])
        return found[0].raw

    # Out

    def client_key_for(self, channel: Channel, *, ticket_id: int) -> str:
        domain = str(channel.settings.get("address") or "").rpartition("@")[2] or "contact-center.invalid"
        return self.tokens().message_id_for(ticket_id, domain)

    def reply_address_for(self, channel: Channel, *, ticket_id: int) -> str:
        address = str(channel.settings.get("address") or "")
        if not self.setting(channel, "plus_addresses"):
            return ""
        return self.tokens().reply_address_for(address, ticket_id)

    def send(self, outbound: Outbound, channel: Channel) -> SendResult:
        return outgoing.send(outbound, self.values(channel), accounts.own_addresses(channel))

    def reconcile(self, delivery: Delivery, channel: Channel) -> SendResult | None:
        return outgoing.reconcile(delivery.client_key, delivery.checks, self.values(channel))

    # Configuration

    def check(self, channel: Channel) -> CheckResult:
        return checking.check(self.values(channel))

    def values(self, channel: Channel) -> dict[str, Any]:
        """Every declared setting of the channel, or its default."""
        return {item.key: self.setting(channel, item.key) for item in self.settings}

    @staticmethod
    def tokens() -> ThreadTokens:
        return ThreadTokens(reply_tokens.sealer())
