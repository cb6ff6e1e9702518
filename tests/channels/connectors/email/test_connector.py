"""The connector with real servers: Dovecot to read from, an SMTP server to send through."""

import random
import threading
import time
from typing import Any

import pytest
from django.db import connection

from apps.channels import registry, reply_tokens
from apps.channels.connectors.email import checking
from apps.channels.connectors.email.connector import EmailConnector
from apps.channels.connectors.email.errors import MailboxTrouble, MailNotFetched, ReaderBusy
from apps.channels.connectors.email.parse import parse_mail, raw_mail
from apps.channels.connectors.email.parsed import Notice, ParsedMail, Quality
from apps.channels.contract import Ignored, Inbound, Outbound, Receipt, Recipients
from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.errors import Unreadable
from apps.channels.keys import message_key
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.channels.services import fetching
from apps.core.actor import SYSTEM
from apps.core.storage import store_file
from tests.channels.connectors.email.conftest import ADDRESS, HeldForever, mail_channel
from tests.factories.channels import DeliveryFactory, InboundEventFactory
from tests.support.mail_corpus import CHINESE, PDF, bombs, corpus
from tests.support.mail_servers import Dovecot, SmtpServer, dovecot, has_dovecot

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

CORPUS = corpus()


@pytest.fixture
def connector() -> EmailConnector:
    found = registry.get("email")
    assert isinstance(found, EmailConnector)
    return found


def raw(**headers: str) -> bytes:
    lines = {
        "From": "Wang <wang@customer.example>",
        "To": ADDRESS,
        "Subject": "help",
        "Message-ID": "<m1@customer.example>",
    }
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    return "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode() + b"\r\nhello"


def parsed(connector: EmailConnector, channel: Channel, payload: bytes, **envelope: Any):
    return connector.parse(InboundEventFactory.create(channel=channel, payload=payload, envelope=envelope))


# Reading


def test_mail_of_a_real_server_is_stored_whole_and_marked_read(connector: EmailConnector, imap: Dovecot):
    channel = mail_channel(imap_port=imap.port, imap_user="first")
    for sample in CORPUS[:40]:
        imap.deliver("first", sample.raw)
    assert connector.poll(channel, HeldForever()) == 40
    stored = {bytes(event.payload).replace(b"\r\n", b"\n") for event in InboundEvent.objects.all()}
    assert stored == {sample.raw.replace(b"\r\n", b"\n") for sample in CORPUS[:40]}
    assert imap.flags("first") == ["S"] * 40
    assert connector.poll(channel, HeldForever()) == 0


def test_rebuilt_mailbox_brings_no_doubles_and_loses_nothing(connector: EmailConnector, imap: Dovecot):
    channel = mail_channel(imap_port=imap.port, imap_user="second")
    for sample in CORPUS[:10]:
        imap.deliver("second", sample.raw)
    connector.poll(channel, HeldForever())
    imap.forget_uids("second")
    imap.deliver("second", CORPUS[10].raw)
    assert connector.poll(channel, HeldForever()) == 1
    assert InboundEvent.objects.count() == 11


def test_wrong_password_and_missing_folder_are_said_plainly(connector: EmailConnector, imap: Dovecot):
    channel = mail_channel(imap_port=imap.port, imap_user="third", folders=["INBOX", "Nowhere"])
    assert trouble(connector, channel) == "The mailbox could not be read: a folder to read does not exist."
    channel.secrets = {"imap_password": "wrong"}
    assert trouble(connector, channel) == "The mailbox could not be read: the IMAP server refuses user or password."


def trouble(connector: EmailConnector, channel: Channel) -> str:
    with pytest.raises(MailboxTrouble) as caught:
        connector.poll(channel, HeldForever())
    return caught.value.detail()


def test_port_that_no_mail_server_uses_is_not_asked(connector: EmailConnector):
    assert "this IMAP port is not allowed" in trouble(connector, mail_channel(imap_port=22))
    assert connector.send(outbound(), mail_channel("two", smtp_port=6379)).failure == FailureKind.MISCONFIGURED


@pytest.mark.django_db(transaction=True)
def test_listening_hears_of_new_mail_at_once_and_stops_at_once(connector: EmailConnector, imap: Dovecot):
    """Also of what comes while the mail before it is fetched, flagged, or looked for in vain."""
    channel = mail_channel(imap_port=imap.port, imap_user="listener", folders=["INBOX", "Other"])
    imap.maildir("listener", "Other")
    delays = random.Random(7)
    stop = threading.Event()

    def run() -> None:
        try:
            connector.listen(channel, HeldForever(), stop)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        for number, sample in enumerate(CORPUS[:20], start=1):
            imap.deliver("listener", sample.raw)
            wait_until(lambda count=number: InboundEvent.objects.count() == count)  # type: ignore[misc]
            time.sleep(delays.choice([0, 0.002, 0.005, 0.01, 0.05, 1.0]))
    finally:
        stop.set()
        thread.join(timeout=60)
    assert not thread.is_alive()


@pytest.mark.django_db(transaction=True)
def test_listening_waits_quietly_for_a_server_that_comes_up_late_and_outlives_its_restart(settings: Any):
    if not has_dovecot():
        pytest.skip("needs Debian's dovecot-imapd")
    stop = threading.Event()

    def run() -> None:
        try:
            fetching.listen_to(channel.pk, stop, pause=0.2)
        finally:
            connection.close()

    with dovecot() as server:
        settings.MAIL_PORTS = {*settings.MAIL_PORTS, server.port}
        channel = mail_channel(imap_port=server.port, imap_user="late")
        server.stop()
        thread = threading.Thread(target=run)
        thread.start()
        try:
            time.sleep(1)
            for count in (1, 2):
                server.deliver("late", CORPUS[count].raw)
                server.start()
                wait_until(lambda wanted=count: InboundEvent.objects.count() == wanted)  # type: ignore[misc]
                server.stop()
        finally:
            stop.set()
            thread.join(timeout=60)
    assert not thread.is_alive()
    channel.refresh_from_db()
    assert (channel.last_error_at, channel.last_error_code) == (None, "")
    assert channel.last_success_at is not None


def wait_until(happened: Any, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_mail_that_was_not_handed_out_is_asked_for_again(connector: EmailConnector, imap: Dovecot):
    channel = mail_channel(imap_port=imap.port, imap_user="fourth")
    imap.deliver("fourth", CORPUS[0].raw)
    connector.poll(channel, HeldForever())
    stored = InboundEvent.objects.get()
    envelope = stored.envelope | {"is_missing": True}
    missing = InboundEventFactory.create(channel=channel, payload=b"", envelope=envelope)
    assert isinstance(connector.parse(missing), Inbound)
    missing.refresh_from_db()
    assert bytes(missing.payload) == bytes(stored.payload)
    gone = InboundEventFactory.create(channel=channel, payload=b"", envelope=envelope | {"uid": 99})
    with pytest.raises(MailNotFetched):
        connector.parse(gone)


# Understanding


def test_first_mail_opens_and_says_who_wrote(connector: EmailConnector, channel: Channel):
    found = parsed(connector, channel, CORPUS[60].raw)
    assert isinstance(found, Inbound)
    assert (found.sender_kind, found.sender_value) == ("email", CORPUS[60].sender)
    assert (found.reply_token, found.thread_hints, found.is_automatic) == ("", (), False)
    assert found.envelope["to"] == [["Support", ADDRESS]]
    assert not found.sender_verified


def test_every_mail_of_the_corpus_becomes_a_message(connector: EmailConnector, channel: Channel):
    for sample in CORPUS[::23]:
        found = parsed(connector, channel, sample.raw)
        assert isinstance(found, Inbound)
        assert (found.sender_value, found.subject) == (sample.sender, sample.subject)
        assert sample.marker in found.text
        assert len(found.attachments) == sample.attachments


def test_bombs_become_messages_or_are_parked(connector: EmailConnector, channel: Channel):
    for name in ("subject-words", "flat-parts", "nested-multipart", "recipients", "empty", "html-depth"):
        try:
            found = parsed(connector, channel, bombs()[name])
        except Unreadable:
            assert name == "empty"
        else:
            assert isinstance(found, Inbound)
            assert found.sender_value == "wang@customer.example"


def test_answer_carries_the_token_that_opens_its_ticket(connector: EmailConnector, channel: Channel):
    our_id = connector.client_key_for(channel, ticket_id=77)
    found = parsed(connector, channel, raw(In_Reply_To=f"<{our_id}>", From="Stranger <other@customer.example>"))
    assert isinstance(found, Inbound)
    assert reply_tokens.ticket_of(found.reply_token) == 77
    assert found.sender_value == "other@customer.example"


def test_forged_token_gives_neither_token_nor_hint(connector: EmailConnector, channel: Channel):
    found = parsed(connector, channel, raw(In_Reply_To="<cc.forged@demo.example>", References="<x@y.example>"))
    assert isinstance(found, Inbound)
    assert found.reply_token == ""
    assert found.thread_hints == (message_key("x@y.example"),)


def test_thread_key_depends_on_the_sender_too(connector: EmailConnector, channel: Channel):
    """Whoever learns the ids of a thread (a CC) still cannot name the thread's key as somebody else."""
    own = parsed(connector, channel, raw(References="<root@customer.example>"))
    other = parsed(connector, channel, raw(References="<root@customer.example>", From="x@evil.example"))
    assert isinstance(own, Inbound)
    assert isinstance(other, Inbound)
    assert own.thread_key != other.thread_key


def test_plus_address_carries_the_token(connector: EmailConnector):
    channel = mail_channel(plus_addresses=True)
    address = connector.reply_address_for(channel, ticket_id=77)
    found = parsed(connector, channel, raw(To=address))
    assert isinstance(found, Inbound)
    assert reply_tokens.ticket_of(found.reply_token) == 77
    assert connector.reply_address_for(mail_channel("plain"), ticket_id=77) == ""


def test_our_secret_is_shown_to_nobody(connector: EmailConnector):
    channel = mail_channel(plus_addresses=True)
    address = connector.reply_address_for(channel, ticket_id=77)
    plain = str(channel.settings["address"])
    strange = "support+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@demo.example"
    found = parsed(connector, channel, raw(To=f'"{address}" <{address.upper()}>', Cc=strange, Delivered_To=address))
    assert isinstance(found, Inbound)
    assert reply_tokens.ticket_of(found.reply_token) == 77
    assert [[part.lower() for part in pair] for pair in found.envelope["to"]] == [[plain, plain]]
    assert found.envelope["cc"] == [["", strange]]
    assert address.partition("@")[0].partition("+")[2] not in str(found.envelope).lower()


def test_sender_is_verified_only_by_our_own_server(connector: EmailConnector):
    channel = mail_channel(auth_server="mx.demo.example")
    passing = "dmarc=pass header.from=customer.example"
    ours = parsed(connector, channel, raw(Authentication_Results=f"mx.demo.example; {passing}"))
    theirs = parsed(connector, channel, raw(Authentication_Results=f"mx.evil.example; {passing}"))
    failed = parsed(connector, channel, raw(Authentication_Results="mx.demo.example; dmarc=fail"))
    assert isinstance(ours, Inbound)
    assert isinstance(theirs, Inbound)
    assert isinstance(failed, Inbound)
    assert (ours.sender_verified, theirs.sender_verified, failed.sender_verified) == (True, False, False)
    assert (ours.is_spam, theirs.is_spam, failed.is_spam) == (False, False, True)
    assert failed.notice == "sender_unverified"


def test_our_own_mail_that_comes_back_is_ignored(connector: EmailConnector, channel: Channel):
    own_id = connector.client_key_for(channel, ticket_id=77)
    assert isinstance(parsed(connector, channel, raw(Message_ID=f"<{own_id}>")), Ignored)
    assert isinstance(parsed(connector, channel, raw(X_Contact_Center_Loop="1")), Ignored)


def bounce_of(message_id: str, action: str, status: str) -> bytes:
    return (
        f"From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\nContent-Type: multipart/report;"
        f" report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nsorry\r\n--b\r\n"
        f"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; gone@customer.example\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 no such user\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        f"Message-ID: <{message_id}>\r\n\r\n--b--\r\n"
    ).encode()


def test_bounce_names_our_delivery(connector: EmailConnector, channel: Channel):
    own_id = connector.client_key_for(channel, ticket_id=77)
    found = parsed(connector, channel, bounce_of(own_id, "failed", "5.1.1"))
    assert isinstance(found, Inbound)
    assert found.is_automatic
    assert found.is_bounce is not None
    assert (found.is_bounce.client_key, found.is_bounce.recipient) == (own_id, "gone@customer.example")
    assert (found.is_bounce.is_permanent, found.is_bounce.status) == (True, "5.1.1")


def test_delay_is_a_bounce_that_is_not_permanent(connector: EmailConnector, channel: Channel):
    own_id = connector.client_key_for(channel, ticket_id=77)
    found = parsed(connector, channel, bounce_of(own_id, "delayed", "4.4.1"))
    assert isinstance(found, Inbound)
    assert found.is_bounce is not None
    assert not found.is_bounce.is_permanent


def test_forged_bounce_says_nothing_about_our_deliveries(connector: EmailConnector, channel: Channel):
    found = parsed(connector, channel, bounce_of("cc.guess@demo.example", "failed", "5.1.1"))
    assert isinstance(found, Inbound)
    assert found.is_bounce is None
    assert found.is_automatic


def test_success_report_is_a_receipt(connector: EmailConnector, channel: Channel):
    own_id = connector.client_key_for(channel, ticket_id=77)
    assert parsed(connector, channel, bounce_of(own_id, "delivered", "2.0.0")) == Receipt(
        DeliveryState.DELIVERED, client_key=own_id
    )


def test_mail_without_any_sender_is_parked(connector: EmailConnector, channel: Channel):
    with pytest.raises(Unreadable):
        parsed(connector, channel, b"Subject: who?\r\n\r\nhello")


def test_quote_is_folded_away(connector: EmailConnector, channel: Channel):
    body = "Thanks!\r\n\r\nOn Fri, Nov 21, 2025 at 10:00 Support <support@demo.example> wrote:\r\n> old text\r\n"
    found = parsed(connector, channel, raw().rpartition(b"hello")[0] + body.encode())
    assert isinstance(found, Inbound)
    assert found.text.strip() == "Thanks!"
    assert "old text" in found.quoted


def test_mail_that_met_a_busy_machine_is_read_again_later(
    connector: EmailConnector, channel: Channel, monkeypatch: pytest.MonkeyPatch
):
    def busy(content: bytes) -> ParsedMail:
        return raw_mail(content, (Notice("parser_busy"),))

    monkeypatch.setattr("apps.channels.connectors.email.connector.parse_in_child", busy)
    with pytest.raises(ReaderBusy):
        parsed(connector, channel, raw())


def test_partly_fetched_mail_says_so(connector: EmailConnector, channel: Channel):
    found = parsed(connector, channel, raw(), is_partial=True, size=60_000_000)
    assert isinstance(found, Inbound)
    assert found.notice == "limit_size"


# Sending


def outbound(**values: Any) -> Outbound:
    given = {
        "client_key": "cc.fixed@demo.example",
        "recipients": Recipients(to=("wang@customer.example",), bcc=("boss@customer.example",)),
        "subject": "Re: " + CHINESE,
        "text": CHINESE,
        "html": f"<p>{CHINESE}</p>",
        "in_reply_to": "m1@customer.example",
        "references": ("m0@customer.example", "m1@customer.example"),
        "language": "zh-hans",
    }
    return Outbound(**given | values)  # type: ignore[arg-type]


def test_answer_goes_out_complete(connector: EmailConnector, smtp: SmtpServer):
    channel = mail_channel(smtp_port=smtp.port)
    invoice = store_file(PDF, name="发票.pdf", by=SYSTEM)
    result = connector.send(outbound(attachments=(invoice.pk,), reply_to="support+x@demo.example"), channel)
    assert result.state == DeliveryState.SENT
    [(sender, recipients, content)] = smtp.mails
    mail = parse_mail(content)
    assert (sender, recipients) == (ADDRESS, ["wang@customer.example", "boss@customer.example"])
    assert (mail.message_id, mail.in_reply_to) == ("cc.fixed@demo.example", ("m1@customer.example",))
    assert mail.references == ("m0@customer.example", "m1@customer.example")
    assert (mail.from_.name, mail.from_.address) == ("客服中心", ADDRESS)
    assert mail.reply_to[0].address == "support+x@demo.example"
    assert (mail.subject, mail.text) == ("Re: " + CHINESE, CHINESE)
    assert [(item.name, item.content) for item in mail.attachments] == [("发票.pdf", PDF)]
    assert b"boss@" not in content
    assert mail.quality == Quality.STRICT


@pytest.mark.parametrize(
    ("values", "failure"),
    [
        ({"from_address": "ceo@demo.example"}, FailureKind.MISCONFIGURED),
        ({"recipients": Recipients(to=("a@b.example, c@d.example",))}, FailureKind.RECIPIENT_GONE),
        ({"recipients": Recipients()}, FailureKind.REJECTED),
        ({"attachments": (10**9,)}, FailureKind.REJECTED),
    ],
)
def test_what_cannot_be_sent_is_not_tried(
    connector: EmailConnector, smtp: SmtpServer, values: dict[str, Any], failure: FailureKind
):
    result = connector.send(outbound(**values), mail_channel(smtp_port=smtp.port))
    assert (result.state, result.failure) == (DeliveryState.FAILED, failure)
    assert smtp.mails == []


def test_alias_may_be_used_as_sender(connector: EmailConnector, smtp: SmtpServer):
    result = connector.send(outbound(from_address="help@demo.example"), mail_channel(smtp_port=smtp.port))
    assert result.state == DeliveryState.SENT


def test_silence_after_the_content_is_unknown_and_earlier_silence_is_not(connector: EmailConnector, smtp: SmtpServer):
    channel = mail_channel(smtp_port=smtp.port)
    smtp.hangs_up = "END"
    assert connector.send(outbound(), channel).failure == FailureKind.UNKNOWN_OUTCOME
    smtp.hangs_up = "RCPT"
    assert connector.send(outbound(), channel).failure == FailureKind.RETRY_LATER


def delivery(channel: Channel, checks: int) -> Delivery:
    return DeliveryFactory.create(channel=channel, client_key=f"cc.{checks}.fixed@demo.example", checks=checks)


def test_unknown_outcome_is_settled_by_the_sent_folder(connector: EmailConnector, imap: Dovecot):
    values = {"imap_port": imap.port, "imap_user": "sender", "sent_folder": "Sent"}
    channel = mail_channel(**values)
    keeping = mail_channel("keeping", server_keeps_copies=True, **values)
    sent = delivery(channel, 0)
    base = imap.maildir("sender", "Sent")
    (base / "new" / "1.test").write_bytes(b"Message-ID: <" + sent.client_key.encode() + b">\r\n\r\nx")
    imap._own(base)
    found = connector.reconcile(sent, channel)
    assert found is not None
    assert found.state == DeliveryState.SENT
    assert connector.reconcile(delivery(channel, 5), channel) is None
    assert connector.reconcile(delivery(keeping, 1), keeping) is None
    resend = connector.reconcile(delivery(keeping, 3), keeping)
    assert resend is not None
    assert resend.failure == FailureKind.RETRY_LATER


def test_without_a_sent_folder_the_outcome_stays_unknown(connector: EmailConnector, channel: Channel):
    assert connector.reconcile(delivery(channel, 5), channel) is None


# Configuration


def test_connection_test_succeeds(connector: EmailConnector, imap: Dovecot, smtp: SmtpServer):
    channel = mail_channel(imap_port=imap.port, imap_user="checked", smtp_port=smtp.port)
    assert connector.check(channel).is_ok


def test_connection_test_does_not_tell_a_closed_port_from_a_silent_one(
    connector: EmailConnector, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(checking, "UNIFORM_SECONDS", 0.5)
    started = time.monotonic()
    result = connector.check(mail_channel(imap_port=143, smtp_port=25))
    assert time.monotonic() - started >= 0.5
    assert not result.is_ok
    assert list(result.details) == ["the IMAP server cannot be reached", "the SMTP server cannot be reached"]


def test_settings_and_secrets_are_kept_apart(connector: EmailConnector):
    secret = {item.key for item in connector.settings if item.secret}
    assert secret == {"imap_password", "smtp_password", "oauth_token"}
    assert connector.values(mail_channel())["imap_password"]
