"""The demo's post office: what a customer writes reaches the company, and the other way round."""

import smtplib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.channels.demo_mail.client import answer_as_customer, read_mailbox, send_as_customer
from apps.channels.demo_mail.servers import Post, mailbox_of
from tests.support.demo_post import COMPANY, PASSWORD, demo_post

pytestmark = pytest.mark.integration

CUSTOMER = "lin.new@mail.example"


@pytest.fixture
def post(settings: Any, tmp_path: Path) -> Iterator[Post]:
    with demo_post(tmp_path / "mail") as post:
        settings.DEMO_IMAP_PORT, settings.DEMO_SMTP_PORT = post.imap_port, post.smtp_port
        settings.DEMO_MAIL_ADDRESS, settings.DEMO_MAIL_PASSWORD = COMPANY, PASSWORD
        yield post


def test_letter_reaches_the_company_and_stays_with_its_writer(post: Post):
    sent = send_as_customer(
        sender=CUSTOMER,
        name="林初见",
        subject="充电器坏了",
        text="您好\n.\n第二行",
        files=[("发票.pdf", "application/pdf", b"%PDF")],
    )
    [received] = read_mailbox(COMPANY)
    [own] = read_mailbox(CUSTOMER)
    assert (received.message_id, received.sender, received.sender_name) == (sent, CUSTOMER, "林初见")
    assert (received.subject, received.text) == ("充电器坏了", "您好\n.\n第二行")
    assert [(item.name, item.content) for item in received.attachments] == [("发票.pdf", b"%PDF")]
    assert (own.message_id, own.is_own, received.is_own) == (sent, True, False)


def test_answer_stays_in_its_thread(post: Post):
    first = send_as_customer(sender=CUSTOMER, subject="hello", text="one")
    [letter] = read_mailbox(COMPANY)
    answer_as_customer(sender="nora.hale@example.com", letter=letter, text="two")
    [answer] = [item for item in read_mailbox(CUSTOMER) if not item.is_own]
    assert (answer.subject, answer.in_reply_to, answer.references) == ("Re: hello", (first,), (first,))
    assert answer.text.startswith("two")


def test_plus_address_reaches_the_mailbox_before_the_plus(post: Post):
    send_as_customer(sender=CUSTOMER, subject="x", text="y", to=COMPANY.replace("@", "+token@"))
    assert len(read_mailbox(COMPANY)) == 1


def test_mail_survives_a_restart(settings: Any, tmp_path: Path):
    for count in (1, 2):
        with demo_post(tmp_path / "mail") as post:
            settings.DEMO_IMAP_PORT, settings.DEMO_SMTP_PORT = post.imap_port, post.smtp_port
            send_as_customer(sender=CUSTOMER, subject="x", text="y")
            assert len(read_mailbox(COMPANY)) == count


def test_mail_that_would_stop_the_mailbox_is_refused(post: Post):
    """A thousand parts within each other; the server must be told nothing of it, and go on."""
    levels = "".join(f"Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n" for level in range(1000))
    content = f"From: {CUSTOMER}\r\nSubject: deep\r\n{levels}Content-Type: text/plain\r\n\r\nx\r\n"
    with (
        smtplib.SMTP("127.0.0.1", post.smtp_port, timeout=20) as server,
        pytest.raises(smtplib.SMTPDataError) as refused,
    ):
        server.sendmail(CUSTOMER, [COMPANY], content)
    assert refused.value.smtp_code == 554
    assert read_mailbox(COMPANY) == []
    send_as_customer(sender=CUSTOMER, subject="x", text="y")
    assert len(read_mailbox(COMPANY)) == 1


def test_unknown_person_and_foreign_domains_are_refused(post: Post):
    for address in ("gone@mail.example", "someone@gmail.com"):
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send_as_customer(sender=CUSTOMER, subject="x", text="y", to=address)
    with pytest.raises(ValueError, match="example domains"):
        send_as_customer(sender="a@gmail.com", subject="x", text="y")


def test_mailbox_nobody_wrote_to_is_empty(post: Post):
    assert read_mailbox("nobody@mail.example") == []
    assert read_mailbox("a@gmail.com") == []


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("Support+x@Lindenhaus.example", "support@lindenhaus.example"),
        ("a@example.com", "a@example.com"),
        ("a@sub.example.org", "a@sub.example.org"),
        ("a@example.com.evil.com", None),
        ("../x@mail.example", None),
        ("a/b@mail.example", None),
        ("a@../x.example", None),
        ("@mail.example", None),
        ("a:b@mail.example", None),
        ("", None),
    ],
)
def test_only_example_domains_and_plain_names_have_mailboxes(address: str, mailbox: str | None):
    assert mailbox_of(address) == mailbox
