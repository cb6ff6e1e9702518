"""What we send: read back by Python's own parser, and never more than was meant (cases 45 and 47)."""

import email
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default

import pytest

from apps.channels.connectors.email.compose import (
    BadAddressError,
    OutgoingAddress,
    OutgoingFile,
    OutgoingMail,
    compose,
)
from apps.channels.connectors.email.parse import parse_mail
from apps.channels.connectors.email.parsed import Quality
from tests.support.mail_corpus import CHINESE, PDF, PNG

pytestmark = pytest.mark.unit

BASE = OutgoingMail(
    message_id="cc.abc@demo.example",
    from_=OutgoingAddress("support@demo.example", "海港客服，支持"),
    to=(OutgoingAddress("wang@customer.example", "王, 五"),),
    subject="回复：" + CHINESE * 3,
    text=CHINESE,
    date=datetime(2025, 11, 21, 2, 0, tzinfo=UTC),
)


def read(mail: OutgoingMail) -> EmailMessage:
    message = email.message_from_bytes(compose(mail), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_chinese_subject_names_and_file_names_survive_both_parsers():
    mail = replace(
        BASE,
        html=f'<p>{CHINESE}</p><img src="cid:pic@demo">',
        files=(
            OutgoingFile("图 1.png", "image/png", PNG, "pic@demo"),
            OutgoingFile("发票（2025年11月）.pdf", "application/pdf", PDF),
        ),
    )
    theirs, ours = read(mail), parse_mail(compose(mail))
    assert theirs["subject"] == ours.subject == BASE.subject
    assert theirs["from"].addresses[0].display_name == ours.from_.name == "海港客服，支持"
    assert [item.get_filename() for item in theirs.walk() if item.get_filename()] == [
        "图 1.png",
        "发票（2025年11月）.pdf",
    ]
    assert [(item.name, item.inline, item.content_id) for item in ours.attachments] == [
        ("图 1.png", True, "pic@demo"),
        ("发票（2025年11月）.pdf", False, ""),
    ]
    assert ours.quality == Quality.STRICT
    assert ours.text == CHINESE
    assert theirs.get_content_type() == "multipart/mixed"
    assert theirs.get_payload(0).get_content_type() == "multipart/related"  # type: ignore[union-attr]


POISON = [
    "a\r\nBcc: x@evil.example", "a\nX-Evil: 1", "a\u2028b", "a\0b", "=?utf-8?q?a=0d=0aBcc:x?=", "a, <x@evil.example>",
    '"<x@evil.example>', "x@evil.example;",
]  # fmt: skip


@pytest.mark.parametrize("poison", POISON)
def test_line_ends_in_any_text_make_no_header_and_no_recipient(poison: str):
    mail = replace(
        BASE,
        subject=poison,
        from_=OutgoingAddress("support@demo.example", poison),
        to=(OutgoingAddress("wang@customer.example", poison),),
        html="<p>x</p>",
        files=(OutgoingFile(poison, "application/pdf", PDF),),
    )
    message = read(mail)
    assert set(message.keys()) == {
        "Content-Type", "MIME-Version", "From", "To", "Subject", "Date", "Message-ID",
    }  # fmt: skip
    assert [item.addr_spec for item in message["to"].addresses] == ["wang@customer.example"]
    assert mail.envelope_recipients == ("wang@customer.example",)


BAD_ADDRESSES = [
    "a@b.example, c@d.example",
    "a@b.example\r\nRCPT TO:<x@y.example>",
    "a b@c.example",
    "@c.example",
    "a@",
    "a@b..example",
    "a" * 65 + "@b.example",
    "<a@b.example>",
    "a@b.example>",
    '"a b"@c.example',
    "",
]


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_addresses_that_could_smuggle_are_refused(address: str):
    with pytest.raises(BadAddressError):
        compose(replace(BASE, to=(OutgoingAddress(address),)))
    with pytest.raises(BadAddressError):
        _ = replace(BASE, bcc=(OutgoingAddress(address),)).envelope_recipients


def test_international_domain_is_sent_as_punycode():
    assert replace(BASE, to=(OutgoingAddress("wang@例子.example"),)).envelope_recipients == (
        "wang@xn--fsqu00a.example",
    )


SMUGGLING = ["a\n.\nb", "a\r.\rb", "a\r\n.\r\nb", "a\n.\r\nMAIL FROM:<x@y>", "中文\r.\r中文" * 50]


@pytest.mark.parametrize("text", SMUGGLING)
def test_no_bare_line_end_leaves_us(text: str):
    content = compose(replace(BASE, text=text, html=f"<pre>{text}</pre>"))
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) < 998
    expected = text.replace("\r\n", "\n").replace("\r", "\n")
    assert parse_mail(content).text == expected.strip("\n")


def test_blind_copies_are_in_the_envelope_only():
    mail = replace(BASE, cc=(OutgoingAddress("cc@customer.example"),), bcc=(OutgoingAddress("bcc@customer.example"),))
    assert b"bcc@customer.example" not in compose(mail)
    assert mail.envelope_recipients == ("wang@customer.example", "cc@customer.example", "bcc@customer.example")


def test_threading_headers():
    message = read(replace(BASE, in_reply_to="p@x.example", references=("r@x.example", "p@x.example")))
    assert message["in-reply-to"] == "<p@x.example>"
    assert message["references"].split() == ["<r@x.example>", "<p@x.example>"]
    assert message["message-id"] == "<cc.abc@demo.example>"


def test_forged_parent_ids_cannot_break_a_header():
    message = read(replace(BASE, in_reply_to="a>\r\nBcc: x@y.example", references=("b\nX: 1", "r@x.example")))
    assert message["in-reply-to"] is None
    assert message["references"] == "<r@x.example>"
    assert message["bcc"] is None


def test_automatic_mail_says_so():
    parsed = parse_mail(compose(replace(BASE, is_automatic=True)))
    assert parsed.header("auto-submitted") == "auto-replied"
    assert parsed.header("x-auto-response-suppress") == "All"
    assert parsed.header("x-contact-center-loop") == "1"
    alone = parse_mail(compose(replace(BASE, is_automatic=True, answers_mail=False)))
    assert alone.header("auto-submitted") == "auto-generated"
    assert parse_mail(compose(BASE)).header("auto-submitted") is None


def test_strange_content_types_become_plain_bytes():
    files = tuple(
        OutgoingFile("x", kind, b"x") for kind in ("text/html\r\nX: 1", "message/rfc822", "multipart/mixed", "")
    )
    kinds = [part.get_content_type() for part in read(replace(BASE, files=files)).iter_attachments()]
    assert kinds == ["application/octet-stream"] * 4
