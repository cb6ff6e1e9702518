"""The main job, as two people live it: the customer in a mail program, on a web form or in a program; the agent at the desk.

Mail goes through a real SMTP server into a real Dovecot mailbox and back.
"""

import email
import email.policy
import json
import smtplib
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage

import pytest
from imapclient import IMAPClient
from playwright.sync_api import Page, expect

from apps.accounts.models import Team, User
from apps.accounts.tokens import digest_of
from apps.channels.models import Channel
from apps.core.clock import now
from apps.tickets.models import IntakeRule, Queue, Ticket
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import QueueFactory, grant
from tests.support.browser import let_in
from tests.support.live import Live, wait_until
from tests.support.mail_servers import PASSWORD as MAILBOX_PASSWORD
from tests.support.mail_servers import Dovecot, SmtpServer, dovecot, has_dovecot, smtp_server

pytestmark = pytest.mark.e2e

COMPANY = "support@harbour.example"
CUSTOMER = "ada@customers.example"
# A mail that comes right after a look into the mailbox is seen at the next one, half a minute later.
SOON = 75_000


@dataclass
class Post:
    """The mail servers between the company and its customers: whatever is sent lies in the recipient's mailbox."""

    mailboxes: Dovecot
    relay: SmtpServer

    def send(self, mail: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.relay.port, timeout=60) as server:
            server.send_message(mail)

    def inbox(self, user: str) -> list[EmailMessage]:
        """What the customer's own mail program sees, oldest first."""
        with IMAPClient("127.0.0.1", port=self.mailboxes.port, ssl=False) as client:
            client.login(user, MAILBOX_PASSWORD)
            client.select_folder("INBOX", readonly=True)
            uids = sorted(client.search("ALL"))
            found = client.fetch(uids, ["BODY.PEEK[]"]) if uids else {}
        return [email.message_from_bytes(found[uid][b"BODY[]"], policy=email.policy.default) for uid in uids]  # type: ignore[misc]


@pytest.fixture
def post() -> Iterator[Post]:
    if not has_dovecot():
        pytest.skip("there is no Dovecot here (Debian: apt-get install dovecot-imapd)")
    with dovecot() as mailboxes:

        def deliver(sender: str, recipients: list[str], raw: bytes) -> None:
            for recipient in recipients:
                mailboxes.deliver(recipient.partition("@")[0].partition("+")[0], raw)

        mailboxes.maildir("support")
        mailboxes.maildir("ada")
        with smtp_server(on_mail=deliver) as relay:
            yield Post(mailboxes, relay)


@pytest.fixture
def queue(live: Live, team: Team, agent: User) -> Queue:
    User.objects.update(language="en")
    queue = QueueFactory(key="care", name={"en": "Care", "zh-hans": "客服"})
    grant(team, queue)
    return queue


@pytest.fixture
def mailbox(post: Post, queue: Queue, live: Live) -> Iterator[Channel]:
    """The company's mailbox as a channel, fetched and answered by processes that may speak to these servers' ports."""
    channel = ChannelFactory(
        key="support",
        kind="email",
        settings={
            "address": COMPANY,
            "imap_host": "127.0.0.1",
            "imap_port": post.mailboxes.port,
            "imap_security": "none",
            "imap_user": "support",
            "smtp_host": "127.0.0.1",
            "smtp_port": post.relay.port,
            "smtp_security": "none",
        },
        secrets={"imap_password": MAILBOX_PASSWORD},
    )
    IntakeRule.objects.create(channel=channel, queue=queue)
    before = dict(live.environment)
    live.environment["MAIL_EXTRA_PORTS"] = f"{post.mailboxes.port},{post.relay.port}"
    live.kill("worker")
    live.start_worker()
    live.start_listen()
    yield channel
    live.kill("listen")
    live.kill("worker")
    live.environment.clear()
    live.environment.update(before)
    live.start_worker()


def letter(subject: str, text: str, **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = f"Ada Marlowe <{CUSTOMER}>"
    mail["To"] = COMPANY
    mail["Subject"] = subject
    mail["Message-ID"] = f"<{subject.replace(' ', '.')}.{len(text)}@customers.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def open_desk(page: Page, agent: User) -> None:
    let_in(page, agent)
    page.goto("/desk/views/unassigned/")
    expect(page.locator(".ticket-row")).to_have_count(0)


def answer_from_the_keyboard(page: Page, subject: str, text: str) -> None:
    row = page.locator(".ticket-row", has_text=subject)
    expect(row).to_be_visible(timeout=SOON)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".ticket-subject")).to_have_text(subject, timeout=SOON)
    page.keyboard.press("r")
    expect(page.locator(".composer")).to_have_attribute("data-mode", "reply")
    page.keyboard.type(text)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message[data-side=ours]").last).to_contain_text(text)


@pytest.mark.long
def test_a_mail_is_answered_in_its_thread_and_the_answer_to_it_reopens_the_ticket(
    page: Page, post: Post, mailbox: Channel, agent: User
) -> None:
    open_desk(page, agent)
    first = letter("Two cups broken", "Both cups arrived in pieces.")
    post.send(first)

    answer_from_the_keyboard(page, "Two cups broken", "We send you two new ones today.")
    wait_until(lambda: post.inbox("ada"), seconds=75, what="the answer lies in the customer's mailbox")
    answer = post.inbox("ada")[-1]
    body = answer.get_body(("plain",))
    assert body is not None
    assert "We send you two new ones today." in body.get_content()
    assert answer["In-Reply-To"] == first["Message-ID"]
    assert first["Message-ID"] in answer["References"]
    # The open page hears by itself what became of the answer.
    expect(page.locator(".message[data-side=ours] .delivery")).to_have_attribute("data-state", "sent", timeout=SOON)

    page.keyboard.press("e")
    page.locator("#dialog[open] [type=submit]").click()
    expect(page.locator(".ticket-props .status[data-variant=pill]")).to_have_attribute("data-status", "resolved")

    references = f"{answer['References']} {answer['Message-ID']}"
    post.send(
        letter("Re: Two cups broken", "One more is chipped.", In_Reply_To=answer["Message-ID"], References=references)
    )
    expect(page.locator(".message[data-side=theirs]").last).to_contain_text("One more is chipped.", timeout=SOON)
    expect(page.locator(".ticket-props .status[data-variant=pill]")).to_have_attribute(
        "data-status", "open", timeout=SOON
    )
    assert Ticket.objects.count() == 1
    assert len(post.inbox("ada")) == 1, "the customer got one mail and no automatic one"


def test_a_form_becomes_a_ticket_on_the_open_desk(
    page: Page, new_page: Callable[..., Page], queue: Queue, agent: User
) -> None:
    channel = ChannelFactory(key="contact", kind="form", settings={"min_seconds": 0})
    IntakeRule.objects.create(channel=channel, queue=queue)
    open_desk(page, agent)

    visitor = new_page()
    visitor.goto("/forms/contact/?lang=en")
    visitor.locator("[name=name]").fill("Ada Marlowe")
    visitor.locator("[name=email]").fill(CUSTOMER)
    visitor.locator("[name=subject]").fill("Where is my order")
    visitor.locator("[name=message]").fill("It should have been here on Monday.")
    visitor.locator("form [type=submit]").click()
    visitor.wait_for_url("**/received/**")

    row = page.locator(".ticket-row", has_text="Where is my order")
    expect(row).to_be_visible(timeout=SOON)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".message[data-side=theirs]")).to_contain_text("It should have been here on Monday.")


def test_a_program_s_message_sent_twice_is_one_ticket_on_the_open_desk(
    page: Page, live: Live, queue: Queue, agent: User, manager: User
) -> None:
    channel = ChannelFactory(key="shop", kind="api")
    IntakeRule.objects.create(channel=channel, queue=queue)
    manager.api_tokens.create(
        name="shop",
        prefix="cct_journey",
        digest=digest_of("cct_journey-of-a-program"),
        scopes=["api.use", "tickets.create", "tickets.view", "tickets.view_all"],
        expires=now() + timedelta(days=1),
    )
    open_desk(page, agent)

    for _ in range(2):
        request = urllib.request.Request(
            f"{live.url}/api/v1/channels/shop/messages/",
            data=json.dumps(
                {
                    "sender": {"kind": "email", "value": CUSTOMER, "name": "Ada Marlowe"},
                    "message_id": "order-17",
                    "subject": "Order 17 is late",
                    "text": "Says the tracking page.",
                }
            ).encode(),
            headers={"Authorization": "Bearer cct_journey-of-a-program", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            assert response.status == 202

    expect(page.locator(".ticket-row", has_text="Order 17 is late")).to_be_visible(timeout=SOON)
    assert Ticket.objects.count() == 1
