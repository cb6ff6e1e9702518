"""Golden cases: what the usual programs and providers send, and what must be read from it."""

import base64
from datetime import UTC, datetime

import pytest

from apps.channels.connectors.email.bodies import html_as_text, stripped_markup, unflow
from apps.channels.connectors.email.charset import decode_bytes
from apps.channels.connectors.email.parse import parse_mail
from apps.channels.connectors.email.parsed import AddressFlag, MailAddress, Quality
from tests.support.mail_corpus import CHINESE, PDF, PNG, multipart, part, torn_words

pytestmark = pytest.mark.unit


def mail(body: str | bytes = "Hello", *, charset: str = "utf-8", **headers: str):
    lines = {"From": "Wang <wang@customer.example>", "Subject": "hello"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    content = body if isinstance(body, bytes) else b"\r\n" + body.encode(charset)
    return parse_mail(head.encode("utf-8", "surrogateescape") + content)


def notices(parsed) -> set[str]:
    return {notice.code for notice in parsed.notices}


def test_qq_mail_with_gb18030_and_inline_picture():
    html = f'<div>{CHINESE}㐀𠀀</div><img src="cid:A1B2@qq">'
    related = multipart(
        "related",
        "----=_NextPart_6A",
        [
            multipart(
                "alternative",
                "----=_NextPart_6B",
                [
                    part('text/plain; charset="gb18030"', f"{CHINESE}㐀𠀀".encode("gb18030")),
                    part('text/html; charset="gb18030"', html.encode("gb18030")),
                ],
            ),
            part(
                'image/png; name="8F3.png"',
                PNG,
                extra='Content-Disposition: inline; filename="8F3.png"\r\nContent-ID: <A1B2@qq>\r\n',
            ),
        ],
        "This is a multi-part message in MIME format.\r\n\r\n",
    )
    head = (
        b'From: "=?gb18030?B?1cXI/Q==?=" <10001@customer.example>\r\n'
        b'To: "=?gb18030?B?v823/g==?=" <support@demo.example>\r\n'
        b"Subject: =?gb18030?B?u7u79cnqx+s=?=\r\nMime-Version: 1.0\r\n"
        b"Date: Fri, 21 Nov 2025 10:03:04 +0800\r\nX-Priority: 3\r\n"
        b"Message-ID: <tencent_1A2B3C4D@qq.example>\r\nX-QQ-MIME: TCMime 1.0 by Tencent\r\n"
    )

    parsed = parse_mail(head + related)

    assert parsed.quality == Quality.STRICT
    assert parsed.from_ == MailAddress("张三", "10001@customer.example")
    assert parsed.to == (MailAddress("客服", "support@demo.example"),)
    assert parsed.subject == "换货申请"
    assert parsed.text == f"{CHINESE}㐀𠀀"
    assert "cid:A1B2@qq" in parsed.html
    assert [(item.name, item.content_id, item.inline, item.content) for item in parsed.attachments] == [
        ("8F3.png", "A1B2@qq", True, PNG)
    ]
    assert parsed.date == datetime(2025, 11, 21, 2, 3, 4, tzinfo=UTC)
    assert parsed.message_id == "tencent_1A2B3C4D@qq.example"
    assert parsed.language == "zh-hans"


def test_netease_mail_labelled_gbk_with_attachment_name_in_words():
    name = "=?GBK?B?" + base64.b64encode("订单截图.png".encode("gbk")).decode() + "?="
    body = multipart(
        "mixed",
        "----=_Part_9_2.1763690400",
        [
            part("text/html; charset=GBK", f"<p>{CHINESE}</p>".encode("gbk")),
            part(f'image/png; name="{name}"', PNG, extra=f'Content-Disposition: attachment; filename="{name}"\r\n'),
        ],
    )
    parsed = mail(body)
    assert parsed.text == CHINESE
    assert parsed.attachments[0].name == "订单截图.png"
    assert not parsed.attachments[0].inline


def test_outlook_reply_with_thread_index_and_references():
    parsed = mail(
        "Thanks!",
        In_Reply_To="<b@demo.example>",
        References="<a@demo.example>\r\n\t<b@demo.example>",
        Thread_Index="AQHZx1==",
        Message_ID="<AM0PR01MB@eur.example>",
    )
    assert parsed.in_reply_to == ("b@demo.example",)
    assert parsed.references == ("a@demo.example", "b@demo.example")
    assert parsed.header("thread-index") == "AQHZx1=="


def test_apple_mail_with_text_around_a_pdf_keeps_both_texts():
    mixed = multipart(
        "mixed",
        "Apple-Mail=_2",
        [
            part("text/html; charset=utf-8", b"<p>before</p>"),
            part('application/pdf; name="a.pdf"', PDF, extra="Content-Disposition: inline; filename=a.pdf\r\n"),
            part("text/html; charset=utf-8", b"<p>after</p>"),
        ],
    )
    plain = part("text/plain; charset=utf-8", b"before\n\nafter")
    parsed = mail(multipart("alternative", "Apple-Mail=_1", [plain, mixed]))
    assert "before" in parsed.html
    assert "after" in parsed.html
    assert parsed.text == "before\n\nafter"
    assert [item.name for item in parsed.attachments] == ["a.pdf"]


def test_text_of_a_mail_without_plain_part_comes_from_its_html():
    parsed = mail(b"Content-Type: text/html\r\n\r\n<p>one</p><p>two &amp; three</p><style>x{}</style>")
    assert parsed.text.split() == ["one", "two", "&", "three"]


@pytest.mark.parametrize("label", ["gb2312", "GBK", "x-gbk", "gb18030"])
def test_four_byte_characters_survive_narrow_labels(label: str):
    text = "地址：㼆村𠀀，" + CHINESE
    parsed = mail(f"Content-Type: text/plain; charset={label}\r\n\r\n".encode() + text.encode("gb18030"))
    assert (parsed.text, parsed.quality) == (text, Quality.STRICT)


@pytest.mark.parametrize(
    ("label", "data", "text"),
    [
        ("us-ascii", CHINESE.encode(), CHINESE),
        ("", CHINESE.encode("gb18030"), CHINESE),
        ("x-unknown", CHINESE.encode("gb18030"), CHINESE),
        ("zlib", CHINESE.encode(), CHINESE),
        ("iso-8859-1", CHINESE.encode(), CHINESE),
        ("gb2312", CHINESE.encode(), CHINESE),
        ("utf-8", CHINESE.encode("gb18030"), CHINESE),
        ("utf-8", "Größe".encode("cp1252"), "Größe"),
        ("iso-8859-1", "“quoted” – dash".encode("cp1252"), "“quoted” – dash"),
        ("gb2312", CHINESE.encode("gb18030") + b"\xff", CHINESE + "\ufffd"),
    ],
)
def test_wrong_labels_are_repaired(label: str, data: bytes, text: str):
    assert decode_bytes(data, label).text == text


def test_characters_torn_over_encoded_words_are_joined():
    assert mail(Subject=torn_words(CHINESE, "gbk", 7)).subject == CHINESE
    assert mail(Subject=torn_words(CHINESE, "utf-8", 5)).subject == CHINESE


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        ("=?utf-8?q?caf=C3=A9?= au =?utf-8?q?lait?=", "café au lait"),
        ("=?utf-8?B?5L2g5aW9?=x", "你好x"),
        ("=?utf-8?B?5L2g5aW9", "=?utf-8?B?5L2g5aW9"),
        ("=?utf-8?Q?a?b?=", "a?b"),
        ("=?utf-8?Q?a b c?=", "a b c"),
        ("=?idna?B?5L2g5aW9?=", "你好"),
        ("=?utf-8?B?5L2g5aW?=", "你\ufffd"),
        ("a =?utf-8?q?=0d=0aBcc:_x@y.example?= b", "a Bcc: x@y.example b"),
        ("a\u2028b\u202ec", "a b c"),
        ("=?gb2312*zh?B?xOO6ww==?=", "你好"),
    ],
)
def test_subject_words(value: str, subject: str):
    assert mail(Subject=value).subject == subject


def test_raw_8bit_subject_in_gbk_is_read():
    assert mail(Subject=CHINESE.encode("gbk").decode("utf-8", "surrogateescape")).subject == CHINESE


@pytest.mark.parametrize(
    ("value", "address", "flags"),
    [
        ("alice@ok.example)bob@evil.example", "", {AddressFlag.AMBIGUOUS}),
        ("a@corp.example, b@evil.example", "a@corp.example", {AddressFlag.SEVERAL}),
        ('"a@corp.example" <b@evil.example>', "b@evil.example", {AddressFlag.NAME_IS_ADDRESS}),
        ("=?utf-8?q?a=40corp.example?= <b@evil.example>", "b@evil.example", {AddressFlag.NAME_IS_ADDRESS}),
        ("Team: a@corp.example, b@evil.example;", "a@corp.example", {AddressFlag.GROUP, AddressFlag.SEVERAL}),
        ("Undisclosed recipients:;", "", {AddressFlag.GROUP, AddressFlag.EMPTY}),
        ("<>", "", {AddressFlag.EMPTY}),
        ("", "", {AddressFlag.EMPTY}),
        ("Nobody", "", {AddressFlag.EMPTY}),
        ("<a@corp.example> <b@evil.example>", "a@corp.example", {AddressFlag.AMBIGUOUS}),
        ("<a@corp.example> b@evil.example", "a@corp.example", {AddressFlag.AMBIGUOUS}),
        ("a@corp.example b@evil.example", "", {AddressFlag.AMBIGUOUS}),
        ("a@b@c.example", "", {AddressFlag.AMBIGUOUS}),
        ("<a@b@c.example>", "a@b@c.example", {AddressFlag.INVALID}),
        ("a@corp.example (comment <b@evil.example>)", "a@corp.example", {AddressFlag.NAME_IS_ADDRESS}),
        ("a(nested(comment))@corp.example", "a@corp.example", set()),
        ("Wang <wang@customer.example", "wang@customer.example", {AddressFlag.AMBIGUOUS}),
        ('"Li, Si" <li@customer.example>', "li@customer.example", set()),
        ("li@CUSTOMER.Example.", "li@customer.example", set()),
        ("li@customer.example (Li Si)", "li@customer.example", set()),
        ('"li@customer.example" <li@customer.example>', "li@customer.example", set()),
        ("<@relay.example:li@customer.example>", "li@customer.example", set()),
        ("用户@例子.example", "用户@例子.example", set()),
        ("<victim @corp.example>", "victim@corp.example", {AddressFlag.AMBIGUOUS}),
        ("<victim@corp.example .evil.example>", "victim@corp.example.evil.example", {AddressFlag.AMBIGUOUS}),
        (
            "<victim@corp.example\t\t@evil.example>",
            "victim@corp.example@evil.example",
            {AddressFlag.AMBIGUOUS, AddressFlag.INVALID},
        ),
        ("a＠corp.example <b@evil.example>", "b@evil.example", {AddressFlag.NAME_IS_ADDRESS}),
        ("a@\u200bcorp.example <b@evil.example>", "b@evil.example", {AddressFlag.NAME_IS_ADDRESS}),
        ("< li@customer.example >", "li@customer.example", set()),
    ],
)
def test_sender_is_flagged_where_it_could_deceive(value: str, address: str, flags: set[str]):
    sender = mail(From=value).from_
    if AddressFlag.AMBIGUOUS in flags and not address:
        assert AddressFlag.AMBIGUOUS in sender.flags
        assert not sender.is_plain
        return
    assert (sender.address, set(sender.flags)) == (address, flags)
    assert sender.is_plain == (not flags and bool(address))


def test_second_from_header_is_flagged():
    parsed = parse_mail(b"From: a@corp.example\r\nFrom: b@evil.example\r\n\r\nhi")
    assert not parsed.from_.is_plain
    assert "from_several" in notices(parsed)


def test_encoded_line_ends_in_a_name_make_no_second_recipient():
    parsed = mail(To='"=?utf-8?q?a=0d=0aBcc=3a_x=40y.example?=" <support@demo.example>')
    assert [item.address for item in parsed.to] == ["support@demo.example"]
    assert "\n" not in parsed.to[0].name


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename*=utf-8''%E5%8F%91%E7%A5%A8.pdf", "发票.pdf"),
        ("attachment; filename*=GBK''%B7%A2%C6%B1.pdf; filename=x.pdf", "发票.pdf"),
        ("attachment; filename*0*=utf-8''%E5%8F; filename*1*=%91%E7%A5%A8; filename*2=.pdf", "发票.pdf"),
        ("attachment; filename*1=b.pdf; filename*0=a", "ab.pdf"),
        ("attachment; filename=my file.pdf", "my file.pdf"),
        ('attachment; filename="quo\\"ted.pdf"', 'quo"ted.pdf'),
        ('attachment; filename="open.pdf', "open.pdf"),
        ('attachment; filename="../../etc/passwd"', ".._.._etc_passwd"),
        ('attachment; filename="a\u202egnp.exe"', "a gnp.exe"),
        ('attachment; filename="=?utf-8?B?5Y+R56WoLnBkZg==?="', "发票.pdf"),
        ("attachment", "attachment-1.pdf"),
    ],
)
def test_attachment_names(disposition: str, name: str):
    file = part("application/pdf", PDF, extra=f"Content-Disposition: {disposition}\r\n")
    parsed = mail(multipart("mixed", "b", [part("text/plain", b"hi"), file]))
    assert [(item.name, item.content) for item in parsed.attachments] == [(name, PDF)]


def test_forwarded_mail_keeps_its_exact_bytes():
    inner = b"From: x@customer.example\r\nSubject:   odd   spacing\r\n\r\n\tbody \r\n"
    parsed = mail(multipart("mixed", "b", [part("text/plain", b"see"), part("message/rfc822", inner, "8bit")]))
    assert [(item.name, item.content) for item in parsed.attachments] == [("attachment-1.eml", inner)]


def test_lost_boundary_is_found_again():
    body = multipart("mixed", "right", [part("text/plain", b"hi"), part("application/pdf", PDF)])
    parsed = mail(body.replace(b'boundary="right"', b'boundary="wrong"'))
    assert parsed.text == "hi"
    assert len(parsed.attachments) == 1
    assert "boundary_recovered" in notices(parsed)
    assert parsed.quality == Quality.TOLERANT


def test_body_after_a_broken_header_line_is_shown():
    parsed = parse_mail(b"From: a@customer.example\r\nthis is no header\r\nbut text\r\n\r\nmore")
    assert "this is no header" in parsed.text
    assert parsed.from_.address == "a@customer.example"


def test_bare_carriage_returns_are_line_ends():
    parsed = parse_mail(b"From: a@customer.example\rSubject: old\r\rline one\rline two")
    assert (parsed.subject, parsed.text) == ("old", "line one\nline two")


def test_equal_message_ids_with_other_bytes_are_other_mails():
    one, two = (parse_mail(b"Message-ID: <a@b>\r\nFrom: a@b.example\r\n\r\n" + body) for body in (b"1", b"2"))
    assert one.message_id == two.message_id
    assert one.raw_sha256 != two.raw_sha256


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 99 Nov 2025 10:00:00 +0800", "Mon, 1 Jan 1900 00:00:00 +0000"])
def test_unbelievable_dates_are_left_out(date: str):
    assert mail(Date=date).date is None


def test_flowed_text_is_joined_and_quotes_stay():
    assert unflow("a \nb\n> c \n> d\n-- \nsig", delete_space=False) == "a b\n> c d\n-- \nsig"
    assert unflow("你 \n好", delete_space=True) == "你好"


def test_markup_to_text():
    assert html_as_text("<p>a</p><script>alert(1)</script><p>b</p>").split() == ["a", "b"]
    assert stripped_markup("<div>a<br>b</div><style>x</style>&lt;c&gt;") == "a\nb\n<c>"


def test_own_headers_from_outside_are_not_kept():
    parsed = mail(X_Contact_Center_Ticket="1001", X_RT_Ticket="1")
    assert parsed.headers == ()


def test_authentication_results_are_read_in_order():
    parsed = mail(
        Authentication_Results="mx.demo.example; dkim=pass (2048 bit) header.d=customer.example;\r\n"
        " spf=pass smtp.mailfrom=wang@customer.example; dmarc=pass header.from=customer.example"
    )
    assert [(item.server, item.method, item.result, item.domain) for item in parsed.auth_results] == [
        ("mx.demo.example", "dkim", "pass", "customer.example"),
        ("mx.demo.example", "spf", "pass", "customer.example"),
        ("mx.demo.example", "dmarc", "pass", "customer.example"),
    ]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (CHINESE, "zh-hans"),
        ("The order ORD-1 has not arrived", "en"),
        ("我的 iPhone 15 Pro Max 无法充电", "zh-hans"),
        ("Thanks!\n\nOn Fri, 21 Nov 2025 客服 wrote:\n> 您好，请问有什么可以帮您", "en"),
        ("ありがとうございます", "ja"),
        ("안녕하세요 주문", "ko"),
        ("12345", ""),
    ],
)
def test_language_is_guessed_from_own_words(text: str, language: str):
    assert parse_mail(b"From: a@b.example\r\n\r\n" + text.encode()).language == language


def test_a_page_of_brackets_is_kept_as_text_and_what_was_left_out_is_noted():
    parsed = mail(b"Content-Type: text/html\r\n\r\n" + (b"<" * 900 + b"\r\n") * 1100)
    assert notices(parsed) == {"html_too_complex", "text_cut"}
    assert (parsed.html, len(parsed.text), set(parsed.text)) == ("", 500_000, {"<", "\n"})


def test_markup_cut_at_the_limit_is_noted_as_shortened():
    parsed = mail("<p>kept</p>" + "<!-- -->" * 260_000 + "<p>left out</p>", Content_Type="text/html")
    assert parsed.text == "kept"
    assert [notice.code for notice in parsed.notices] == ["text_cut", "html_cut"]


UUENCODED = "begin 644 note.txt\r\n#0V%T\r\n`\r\nend\r\n"


@pytest.mark.parametrize("headers", [{}, {"Content_Transfer_Encoding": "x-uuencode"}])
def test_text_around_uuencoded_files_stays(headers):
    body = f"Here it is:\r\n{UUENCODED}Greetings\r\n{UUENCODED.replace('note', '..%2fother')}"
    found = mail(body, **headers)
    assert found.text.split() == ["Here", "it", "is:", "Greetings"]
    assert [(file.name, file.content) for file in found.attachments] == [
        ("note.txt", b"Cat"), ("..%2fother.txt", b"Cat"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body", ["begin 644 now\r\nplease", "begin 644 x\r\n\r\nend", "begin 755 the day\r\nend of it"]
)
def test_what_only_looks_uuencoded_is_text(body):
    found = mail(body)
    assert (found.text, found.attachments) == (body.replace("\r\n", "\n"), ())


def test_a_body_that_is_wholly_uuencoded_is_the_text():
    found = mail(UUENCODED, Content_Transfer_Encoding="uuencode")
    assert (found.text, found.attachments) == ("Cat", ())


def test_many_beginnings_are_read_in_one_pass():
    body = "begin 644 x\r\n" * 200_000 + "end\r\n"
    assert mail(body).attachments == ()
