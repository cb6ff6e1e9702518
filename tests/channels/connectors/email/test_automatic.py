"""Who wrote it and whether a machine may answer: RFC 3834, loops, bounces, receipts, trust."""

import pytest

from apps.channels.connectors.email.automatic import MailKind, classify
from apps.channels.connectors.email.parse import parse_mail
from apps.channels.connectors.email.parsed import ReportedRecipient
from apps.channels.connectors.email.trust import SenderTrust, is_aligned, judge_sender

pytestmark = pytest.mark.unit


def read(head: str, body: str = "hi", sender: str = "wang@customer.example"):
    return parse_mail(f"From: {sender}\r\n{head}\r\n{body}".encode())


def test_person_may_be_answered():
    found = classify(read("Subject: help\r\nAuto-Submitted: no\r\nReturn-Path: <wang@customer.example>\r\n"))
    assert (found.kind, found.reasons, found.may_be_answered) == (MailKind.PERSON, (), True)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("Auto-Submitted: auto-replied\r\n", MailKind.AUTOMATIC),
        ("Auto-Submitted: auto-generated; x=y\r\n", MailKind.AUTOMATIC),
        ("Return-Path: <>\r\n", MailKind.AUTOMATIC),
        ("Precedence: bulk\r\n", MailKind.BULK),
        ("Precedence: LIST\r\n", MailKind.BULK),
        ("Precedence: junk\r\n", MailKind.BULK),
        ("Precedence: auto_reply\r\n", MailKind.BULK),
        ("List-Id: <news.customer.example>\r\n", MailKind.LIST),
        ("List-Unsubscribe: <mailto:x@y.example>\r\n", MailKind.BULK),
        ("X-Auto-Response-Suppress: DR, OOF, AutoReply\r\n", MailKind.PERSON),
        ("X-Autoreply: yes\r\n", MailKind.AUTOMATIC),
        ("X-Autorespond: away\r\n", MailKind.AUTOMATIC),
        ("X-Loop: other@system.example\r\n", MailKind.LOOP),
        ("X-Contact-Center-Loop: 1\r\n", MailKind.LOOP),
        ("Subject: Automatic reply: Re: Ihre Anfrage\r\n", MailKind.AUTOMATIC),
        ("Subject: Out of Office\r\n", MailKind.AUTOMATIC),
        ("Subject: 自动回复: 您好\r\n", MailKind.AUTOMATIC),
        ("X-Failed-Recipients: a@b.example\r\n", MailKind.AUTOMATIC),
        ("X-Spam-Flag: YES\r\n", MailKind.PERSON),
    ],
)
def test_machines_are_not_answered(head: str, kind: MailKind):
    found = classify(read(head))
    assert found.kind == kind
    assert not found.may_be_answered


@pytest.mark.parametrize(
    "sender",
    [
        "mailer-daemon@x.example",
        "postmaster@x.example",
        "no-reply@x.example",
        "noreply+1@x.example",
        "donotreply@x.example",
    ],
)
def test_machine_senders_are_not_answered(sender: str):
    assert classify(read("", sender=sender)).reasons == ("machine_sender",)


def test_own_address_as_sender_is_a_loop():
    found = classify(read("", sender="Support@Demo.Example"), {"support@demo.example"})
    assert found.kind == MailKind.LOOP


@pytest.mark.parametrize("sender", ["", "a@b.example, c@d.example", '"ceo@corp.example" <x@evil.example>'])
def test_doubtful_senders_are_not_answered(sender: str):
    assert not classify(read("", sender=sender)).may_be_answered


DSN = """Subject: Undelivered Mail Returned to Sender
Return-Path: <>
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example
Arrival-Date: Fri, 21 Nov 2025 10:00:00 +0800

Final-Recipient: rfc822; gone@customer.example
Original-Recipient: rfc822;Gone@customer.example
Action: {action}
Status: {status}
Remote-MTA: dns; mx.customer.example
Diagnostic-Code: smtp; 550 5.1.1 <gone@customer.example>:
 Recipient address rejected

--b
Content-Type: {third}

From: support@demo.example
Message-ID: <cc.original@demo.example>
Subject: Re: help

--b--
"""


ORIGINAL = "Message-Id: <cc.original@demo.example>"


def dsn(action: str = "failed", status: str = "5.1.1", third: str = "message/rfc822"):
    text = DSN.format(action=action, status=status, third=third).replace("\n", "\r\n")
    return parse_mail(b"From: MAILER-DAEMON@mx.customer.example\r\n" + text.encode())


@pytest.mark.parametrize("third", ["message/rfc822", "text/rfc822-headers"])
def test_standard_bounce_names_recipient_reason_and_our_mail(third: str):
    parsed = dsn(third=third)
    assert parsed.report is not None
    assert (parsed.report.kind, parsed.report.original_message_id) == ("delivery", "cc.original@demo.example")
    assert parsed.report.recipients == (
        ReportedRecipient(
            "gone@customer.example",
            "failed",
            "5.1.1",
            "550 5.1.1 <gone@customer.example>: Recipient address rejected",
        ),
    )
    assert parsed.report.recipients[0].is_permanent
    assert classify(parsed).kind == MailKind.BOUNCE


def test_delay_is_not_permanent():
    report = dsn("delayed", "4.4.1").report
    assert report is not None
    assert not report.recipients[0].is_permanent


@pytest.mark.parametrize(
    ("sender", "subject", "body", "status", "address"),
    [
        (
            "PostMaster@qq.example",
            "系统退信/Systembounce",
            "收件人（gone@customer.example）不存在。\r\nhost mx said: 550 5.1.1 User unknown\r\n" + ORIGINAL,
            "5.1.1",
            "gone@customer.example",
        ),
        (
            "Postmaster@163.example",
            "系统退信",
            "gone@customer.example 452 Mailbox full\r\n" + ORIGINAL,
            "4.0.0",
            "gone@customer.example",
        ),
        (
            "mailer-daemon@old.example",
            "failure notice",
            "<gone@customer.example>:\r\n550 no such user\r\n--- Below this line is a copy\r\n" + ORIGINAL,
            "5.0.0",
            "gone@customer.example",
        ),
    ],
)
def test_bounces_in_a_provider_s_own_words(sender: str, subject: str, body: str, status: str, address: str):
    report = read(f"Subject: {subject}\r\n", body, sender).report
    assert report is not None
    assert not report.is_standard
    assert report.original_message_id == "cc.original@demo.example"
    assert [(item.address, item.status) for item in report.recipients] == [(address, status)]


def test_customer_who_writes_about_a_bounce_is_no_bounce():
    assert read("Subject: failure notice\r\n", "I got 550 5.1.1 from you").report is None


def test_read_receipt():
    parsed = parse_mail(
        b"From: wang@customer.example\r\nSubject: Read: Re: help\r\n"
        b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n"
        b"--b\r\n\r\nYour message was displayed.\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n"
        b"Final-Recipient: rfc822;wang@customer.example\r\nOriginal-Message-ID: <cc.original@demo.example>\r\n"
        b"Disposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--b--\r\n"
    )
    assert parsed.report is not None
    assert (parsed.report.kind, parsed.report.original_message_id) == ("receipt", "cc.original@demo.example")
    assert classify(parsed).kind == MailKind.RECEIPT


def test_complaint():
    parsed = parse_mail(
        b"From: fbl@provider.example\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n"
        b"--b\r\n\r\nabuse\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <cc.original@demo.example>\r\n\r\n--b--\r\n"
    )
    assert classify(parsed).kind == MailKind.COMPLAINT


OURS = "mx.demo.example"


@pytest.mark.parametrize(
    ("results", "trust"),
    [
        (f"{OURS}; dmarc=pass header.from=customer.example", SenderTrust.PASS),
        (
            f"{OURS}; dmarc=fail header.from=customer.example; spf=pass smtp.mailfrom=a@customer.example",
            SenderTrust.FAIL,
        ),
        (f"{OURS}; dkim=pass header.d=customer.example", SenderTrust.PASS),
        (f"{OURS}; dkim=pass header.d=evil.example", SenderTrust.UNKNOWN),
        (f"{OURS}; spf=pass smtp.mailfrom=bounce@mail.customer.example", SenderTrust.PASS),
        (f"{OURS}; spf=fail smtp.mailfrom=x@customer.example", SenderTrust.FAIL),
        (f"{OURS}; spf=none", SenderTrust.UNKNOWN),
        ("evil.example; dmarc=pass header.from=customer.example", SenderTrust.UNKNOWN),
        (f"{OURS}.evil.example; dmarc=pass header.from=customer.example", SenderTrust.UNKNOWN),
    ],
)
def test_only_our_own_server_s_findings_count(results: str, trust: SenderTrust):
    assert judge_sender(read(f"Authentication-Results: {results}\r\n"), OURS) == trust


def test_topmost_finding_wins_over_one_the_sender_brought():
    head = (
        f"Authentication-Results: {OURS}; dmarc=fail header.from=customer.example\r\n"
        f"Authentication-Results: {OURS}; dmarc=pass header.from=customer.example\r\n"
    )
    assert judge_sender(read(head), OURS) == SenderTrust.FAIL


def test_without_a_named_server_nothing_is_known():
    assert judge_sender(read(f"Authentication-Results: {OURS}; dmarc=pass\r\n"), "") == SenderTrust.UNKNOWN
    assert judge_sender(read("", sender="a@b.example, c@d.example"), OURS) == SenderTrust.FAIL


@pytest.mark.parametrize(
    ("one", "two", "aligned"),
    [
        ("customer.example", "customer.example", True),
        ("mail.customer.example", "customer.example", True),
        ("notcustomer.example", "customer.example", False),
        ("example", "customer.example", False),
        ("", "customer.example", False),
    ],
)
def test_alignment_by_whole_labels(one: str, two: str, aligned: bool):
    assert is_aligned(one, two) == aligned
