"""Handing over: each answer of a real server becomes the right one of the seven kinds, and silence is not success."""

import pytest

from apps.channels.connectors.email.smtp import Refusal, SendError, SmtpAccount, check_sign_in, send_composed, xoauth2
from apps.channels.enums import FailureKind
from tests.support.mail_servers import SmtpServer, free_port, smtp_server

pytestmark = pytest.mark.integration

CONTENT = b"From: support@demo.example\r\nMessage-ID: <a@demo.example>\r\n\r\n.\r\n..x\r\nhello\r\n"
ONE = ("wang@customer.example",)
TWO = ("wang@customer.example", "gone@customer.example")


def send(server: SmtpServer, recipients: tuple[str, ...] = ONE, **account: object):
    values = {"host": "127.0.0.1", "port": server.port, "security": "none", "timeout": 5.0} | account
    return send_composed(
        SmtpAccount(**values),  # type: ignore[arg-type]
        CONTENT,
        envelope_from="support@demo.example",
        recipients=recipients,
    )


def failure(server: SmtpServer, recipients: tuple[str, ...] = ONE, **account: object) -> SendError:
    with pytest.raises(SendError) as caught:
        send(server, recipients, **account)
    return caught.value


def test_mail_arrives_byte_for_byte(smtp: SmtpServer):
    handover = send(smtp)
    assert handover.refused == ()
    assert smtp.mails == [("support@demo.example", list(ONE), CONTENT)]


def test_one_refused_recipient_is_named_and_the_other_served(smtp: SmtpServer):
    smtp.refused = {"gone@customer.example": "550 5.1.1 No such person"}
    handover = send(smtp, TWO)
    assert handover.refused == (Refusal("gone@customer.example", FailureKind.RECIPIENT_GONE, "5.1.1 No such person"),)
    assert smtp.mails[0][1] == ["wang@customer.example"]


@pytest.mark.parametrize(
    ("step", "answer", "kind"),
    [
        ("MAIL", "451 4.3.0 Try later", FailureKind.RETRY_LATER),
        ("MAIL", "550 5.7.1 Sender not allowed", FailureKind.MISCONFIGURED),
        ("MAIL", "552 5.3.4 Too large", FailureKind.REJECTED),
        ("MAIL", "530 5.7.0 Authentication required", FailureKind.REAUTHENTICATE),
        ("RCPT", "450 4.2.0 Greylisted", FailureKind.RETRY_LATER),
        ("RCPT", "550 5.1.1 Unknown", FailureKind.RECIPIENT_GONE),
        ("RCPT", "550 No such user", FailureKind.RECIPIENT_GONE),
        ("RCPT", "552 5.2.2 Mailbox full", FailureKind.RECIPIENT_GONE),
        ("RCPT", "550 5.7.1 Blocked by policy", FailureKind.REJECTED),
        ("END", "451 4.7.1 Later", FailureKind.RETRY_LATER),
        ("END", "554 5.7.1 Spam", FailureKind.REJECTED),
    ],
)
def test_answers_become_kinds(smtp: SmtpServer, step: str, answer: str, kind: FailureKind):
    smtp.answers = {step: answer}
    error = failure(smtp)
    assert error.kind == kind
    assert smtp.mails == []
    assert (error.retry_after is not None) == (kind == FailureKind.RETRY_LATER)


def test_mixed_refusals_are_tried_again_for_all(smtp: SmtpServer):
    smtp.refused = {TWO[0]: "450 4.2.0 Later", TWO[1]: "550 5.1.1 Unknown"}
    assert failure(smtp, TWO).kind == FailureKind.RETRY_LATER


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
def test_connection_lost_before_the_content_was_not_sent(smtp: SmtpServer, step: str):
    smtp.hangs_up = step
    assert failure(smtp).kind == FailureKind.RETRY_LATER


@pytest.mark.parametrize("took_it", [True, False])
def test_connection_lost_after_the_content_is_unknown(smtp: SmtpServer, took_it: bool):
    smtp.hangs_up = "END"
    smtp.takes_it_before_hanging_up = took_it
    assert failure(smtp).kind == FailureKind.UNKNOWN_OUTCOME
    assert len(smtp.mails) == took_it


def test_nobody_there_is_tried_later():
    server = SmtpServer(port=free_port())
    error = failure(server)
    assert (error.kind, error.code) == (FailureKind.RETRY_LATER, "smtp_unreachable")


def test_missing_starttls_is_a_setting_not_a_reason_to_speak_in_clear(smtp: SmtpServer):
    error = failure(smtp, security="starttls", user="support", password="secret")
    assert (error.kind, error.code) == (FailureKind.MISCONFIGURED, "smtp_security")


def test_sign_in():
    with smtp_server(password="right") as server:
        assert failure(server, user="support", password="wrong").kind == FailureKind.REAUTHENTICATE
        assert failure(server).kind == FailureKind.REAUTHENTICATE
        send(server, user="support", password="right")
        check_sign_in(SmtpAccount("127.0.0.1", server.port, "support", "right", "none"))
        assert len(server.mails) == 1


def test_no_recipient_is_refused_here():
    assert failure(SmtpServer(), ()).kind == FailureKind.REJECTED


def test_xoauth2_message():
    import base64

    message = xoauth2("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg")
    assert base64.b64encode(message.encode()).decode() == (
        "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ=="
    )
