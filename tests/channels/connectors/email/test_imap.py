"""What a server says at moments the library does not expect, word by word."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from apps.channels.connectors.email.imap import ImapAccount, Mailbox, MailboxError
from apps.channels.enums import FailureKind

pytestmark = pytest.mark.integration


@contextmanager
def server(**answers: str) -> Iterator[int]:
    """Speaks IMAP as it is told: `answers` stand before the OK of a command; IDLE's take the place of everything."""

    def serve() -> None:
        connection, _address = listener.accept()
        waiting = ""
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n")
            for line in lines:
                tag, _, rest = line.decode().strip().partition(" ")
                command = rest.partition(" ")[0].upper()
                answer = {"CAPABILITY": "* CAPABILITY IMAP4rev1 IDLE\r\n", **answers}.get(command, "")
                if tag == "DONE":
                    connection.sendall(f"{waiting} OK done\r\n".encode())
                elif command == "IDLE":
                    waiting = tag
                    connection.sendall(answer.replace("TAG", tag).encode())
                else:
                    connection.sendall(f"{answer}{tag} OK done\r\n".encode())

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        thread.join(60)


@contextmanager
def opened(port: int) -> Iterator[Mailbox]:
    with Mailbox.open(ImapAccount("127.0.0.1", port, "me", "secret", security="none")) as mailbox:
        mailbox.open_folder("INBOX")
        yield mailbox


ONE_MAIL = "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] numbered\r\n"


@pytest.mark.parametrize(
    ("noop", "idle", "is_heard"),
    [
        ("* 2 EXISTS\r\n", "+ waiting\r\n", True),
        ("", "* 2 EXISTS\r\n+ waiting\r\n", True),
        ("", "+ waiting\r\n* 2 EXISTS\r\n", True),
        ("* 1 FETCH (FLAGS (\\Seen))\r\n", "* 1 FETCH (FLAGS ())\r\n+ waiting\r\n", False),
    ],
)
def test_news_counts_whenever_the_server_tells_it(noop: str, idle: str, is_heard: bool) -> None:
    with server(SELECT=ONE_MAIL, NOOP=noop, IDLE=idle) as port, opened(port) as mailbox:
        assert mailbox.wait_for_mail(lambda: False, 60 if is_heard else 0.3) is is_heard


def test_opening_the_folder_again_counts_anew() -> None:
    with server(SELECT=ONE_MAIL, NOOP="", IDLE="+ waiting\r\n") as port, opened(port) as mailbox:
        mailbox.open_folder("INBOX")
        assert mailbox.wait_for_mail(lambda: False, 0.3) is False


def test_a_server_that_does_not_wait_after_all_is_said_so() -> None:
    refusing = server(SELECT=ONE_MAIL, IDLE="TAG NO not now\r\n")
    with refusing as port, opened(port) as mailbox, pytest.raises(MailboxError) as caught:
        mailbox.wait_for_mail(lambda: False, 60)
    assert (caught.value.kind, caught.value.code) == (FailureKind.RETRY_LATER, "imap_idle")
