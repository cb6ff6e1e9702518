"""Mails as the world sends them, made in code: about 740 well-meant ones, seeded damage to them, and bombs."""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes

ENGLISH = "The charger stopped working after two days. Could you send a replacement?"
CHINESE = "您好，我上周买的充电器两天就坏了，请问可以换货吗？"
RARE = "收件人：㐀㐁𠀀，地址：深圳市南山区㼆村。"
JAPANESE = "こんにちは。注文した商品が届きません。"
KOREAN = "안녕하세요. 주문한 상품이 도착하지 않았습니다."
GERMAN = "Schöne Grüße aus Köln – das Gerät lädt nicht mehr."
RUSSIAN = "Здравствуйте! Зарядное устройство не работает."
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@dataclass(frozen=True)
class Sample:
    """A mail and what must be found in it."""

    name: str
    raw: bytes
    sender: str
    marker: str
    subject: str
    attachments: int = 0
    is_clean: bool = True
    headers: dict[str, str] = field(default_factory=dict)


def encoded_word(text: str, charset: str, encoding: str = "B") -> str:
    data = text.encode(charset)
    if encoding == "B":
        return f"=?{charset}?B?{base64.b64encode(data).decode()}?="
    body = "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"={byte:02X}" for byte in data)
    return f"=?{charset}?Q?{body}?="


def torn_words(text: str, charset: str, size: int = 7) -> str:
    """Encoded words cut at any byte, as some clients do."""
    data = text.encode(charset)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return "\r\n ".join(f"=?{charset}?B?{base64.b64encode(piece).decode()}?=" for piece in pieces)


def base64_lines(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def part(content_type: str, data: bytes, encoding: str = "base64", extra: str = "") -> bytes:
    body = {
        "base64": base64_lines,
        "quoted-printable": lambda raw: binascii.b2a_qp(raw).replace(b"\n", b"\r\n"),
    }.get(encoding, lambda raw: raw)(data)
    head = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n{extra}\r\n"
    return head.encode("utf-8", "surrogateescape") + body


def multipart(kind: str, boundary: str, parts: list[bytes], preamble: str = "", extra: str = "") -> bytes:
    delimiter = f"--{boundary}\r\n".encode()
    body = b"".join(delimiter + item + b"\r\n" for item in parts)
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"{extra}\r\n\r\n{preamble}'
    return head.encode() + body + f"--{boundary}--\r\n".encode()


def envelope(subject: str, sender: str, number: int, extra: str = "") -> bytes:
    lines = (
        f"Return-Path: <buyer{number}@customer.example>\r\n"
        f"Received: from mx.customer.example (mx.customer.example [192.0.2.{number % 250 + 1}])\r\n"
        f"\tby mail.demo.example with ESMTPS id {number:06d};\r\n\tFri, 21 Nov 2025 10:00:00 +0800\r\n"
        f"Date: Fri, 21 Nov 2025 10:{number % 60:02d}:00 +0800\r\n"
        f"From: {sender}\r\nTo: Support <support@demo.example>\r\nSubject: {subject}\r\n"
        f"Message-ID: <m{number}.{number * 7919:x}@customer.example>\r\nMIME-Version: 1.0\r\n{extra}"
    )
    return lines.encode("utf-8", "surrogateescape")


_TEXTS = (
    ("en-ascii", ENGLISH, "us-ascii"),
    ("en-utf8", ENGLISH + " – thanks!", "utf-8"),
    ("zh-utf8", CHINESE, "utf-8"),
    ("zh-gb2312", CHINESE, "gb2312"),
    ("zh-gbk", CHINESE, "gbk"),
    ("zh-gb18030", RARE, "gb18030"),
    ("zh-big5", "您好，請問可以換貨嗎？我的充電器壞了。", "big5"),
    ("ja-2022", JAPANESE, "iso-2022-jp"),
    ("ja-sjis", JAPANESE, "shift_jis"),
    ("ko-euc", KOREAN, "euc-kr"),
    ("de-latin1", GERMAN.replace("–", "-"), "iso-8859-1"),
    ("de-1252", GERMAN, "windows-1252"),
    ("ru-koi8", RUSSIAN, "koi8-r"),
)
_ENCODINGS = ("base64", "quoted-printable", "8bit")
_SHAPES = (
    "plain",
    "html",
    "alternative",
    "outlook",
    "qq",
    "netease",
    "gmail",
    "apple",
    "pdf",
    "named-2231",
    "named-2047",
    "named-raw",
    "forwarded",
    "flowed",
    "invite",
    "signed",
    "no-closing",
    "no-id",
    "lf-only",
)


def corpus() -> list[Sample]:
    """Every text in every encoding in every shape: 741 mails."""
    samples: list[Sample] = []
    for name, text, charset in _TEXTS:
        for encoding in _ENCODINGS:
            for shape in _SHAPES:
                if charset == "us-ascii" and encoding == "8bit" and shape == "lf-only":
                    continue
                samples.append(_sample(len(samples), name, text, charset, encoding, shape))
    return samples


def _html(text: str) -> str:
    head = '<head><meta http-equiv="Content-Type" content="text/html"></head>'
    return f'<html>{head}<body><div dir="ltr">{text}</div></body></html>'


def _sample(number: int, name: str, text: str, charset: str, encoding: str, shape: str) -> Sample:
    subject = f"{text[:12].strip()} {number}"
    address = f"buyer{number}@customer.example"
    wire = charset if charset != "us-ascii" else "utf-8"
    person = encoded_word(text[:4], wire)
    plain = part(f"text/plain; charset={charset}", text.encode(charset), encoding)
    markup = part(f'text/html; charset="{charset}"', _html(text).encode(charset), encoding)
    body, attachments = _shaped(shape, text, charset, encoding, plain, markup)
    extra = "X-Mailer: Foxmail 7.2.25.375[cn]\r\n" if shape in {"qq", "netease"} else ""
    raw = envelope(encoded_word(subject, wire, "BQ"[number % 2]), f"{person} <{address}>", number, extra) + body
    if shape == "no-id":
        raw = b"\r\n".join(line for line in raw.split(b"\r\n") if not line.startswith(b"Message-ID:"))
    if shape == "lf-only":
        raw = raw.replace(b"\r\n", b"\n")
    return Sample(f"{name}/{encoding}/{shape}", raw, address, text, subject, attachments, shape != "named-raw")


def _shaped(shape: str, text: str, charset: str, encoding: str, plain: bytes, markup: bytes) -> tuple[bytes, int]:  # noqa: C901 (a table of shapes)
    pdf = part(
        'application/pdf; name="invoice.pdf"', PDF, extra='Content-Disposition: attachment; filename="invoice.pdf"\r\n'
    )
    picture = part(
        'image/png; name="image001.png"',
        PNG,
        extra='Content-ID: <image001.png@01DC5A>\r\nContent-Disposition: inline; filename="image001.png"\r\n',
    )
    both = multipart("alternative", "=_alt_1", [plain, markup])
    filename = "发票 2025年11月.pdf"
    if shape == "html":
        return markup, 0
    if shape in {"alternative", "gmail"}:
        return multipart("alternative", "000000000000a1b2c3064", [plain, markup]), 0
    if shape == "outlook":
        related = multipart("related", "_004_outlook_", [both, picture], extra='; type="multipart/alternative"')
        return multipart("mixed", "_005_outlook_", [related, pdf]), 2
    if shape == "qq":
        inner = multipart("alternative", "----=_NextPart_692F_inner", [plain, markup])
        return multipart(
            "mixed", "----=_NextPart_692F_outer", [inner, pdf], "This is a multi-part message in MIME format.\r\n\r\n"
        ), 1
    if shape == "netease":
        return multipart("alternative", "----=_Part_41_1963.1763690400", [plain, markup]), 0
    if shape == "apple":
        tail = part(f"text/html; charset={charset}", _html("--").encode(charset), encoding)
        mixed = multipart("mixed", "Apple-Mail=_8B2", [markup, pdf, tail])
        return multipart("alternative", "Apple-Mail=_7A1", [plain, mixed]), 1
    if shape == "pdf":
        return multipart("mixed", "=_mixed_1", [plain, pdf]), 1
    if shape == "named-2231":
        coded = quote_from_bytes(filename.encode(), safe="")
        half = len(coded) // 2 // 3 * 3
        names = f" filename*0*=utf-8''{coded[:half]};\r\n filename*1*={coded[half:]}\r\n"
        extra = f"Content-Disposition: attachment;\r\n{names}"
        return multipart("mixed", "=_mixed_1", [plain, part("application/pdf", PDF, extra=extra)]), 1
    if shape == "named-2047":
        extra = f'Content-Disposition: attachment; filename="{encoded_word(filename, "gbk")}"\r\n'
        return multipart("mixed", "=_mixed_1", [plain, part("application/octet-stream", PDF, extra=extra)]), 1
    if shape == "named-raw":
        raw_name = filename.encode("gb18030").decode("utf-8", "surrogateescape")
        extra = f'Content-Disposition: attachment; filename="{raw_name}"\r\n'
        return multipart("mixed", "=_mixed_1", [plain, part("application/pdf", PDF, extra=extra)]), 1
    if shape == "forwarded":
        inner = envelope("Inner", "Other <other@customer.example>", 9) + plain
        return multipart("mixed", "=_fwd_1", [plain, part("message/rfc822", inner, "8bit")]), 1
    if shape == "flowed":
        return part(f"text/plain; charset={charset}; format=flowed", text.encode(charset), encoding), 0
    if shape == "invite":
        invite = part("text/calendar; method=REQUEST; charset=utf-8", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
        return multipart("alternative", "=_inv_1", [plain, markup, invite]), 1
    if shape == "signed":
        signature = part('application/pkcs7-signature; name="smime.p7s"', b"\x30\x82")
        kind = '; protocol="application/pkcs7-signature"; micalg=sha-256'
        return multipart("signed", "=_sig_1", [both, signature], extra=kind), 1
    if shape == "no-closing":
        return multipart("mixed", "=_open_1", [plain, pdf]).rpartition(b"--=_open_1--")[0], 1
    return plain, 0


def mutations(count: int, *, seed: int) -> Iterator[tuple[str, bytes]]:
    """Seeded damage: bytes flipped, removed, doubled, lines moved, mails cut and spliced into each other."""
    chance = random.Random(seed)
    samples = corpus()
    for number in range(count):
        sample = chance.choice(samples)
        raw = bytearray(sample.raw)
        for _ in range(chance.randint(1, 6)):
            raw = _damaged(raw, chance, samples)
        yield f"{number}:{sample.name}", bytes(raw)


def _damaged(raw: bytearray, chance: random.Random, samples: list[Sample]) -> bytearray:  # noqa: C901 (a table of damages)
    if len(raw) < 4:
        return raw
    start = chance.randrange(len(raw))
    stop = min(len(raw), start + chance.randint(1, 60))
    lines = bytes(raw).split(b"\n")
    kind = chance.randrange(10)
    if kind == 0:
        raw[start] = chance.randrange(256)
    elif kind == 1:
        del raw[start:stop]
    elif kind == 2:
        raw[start:start] = raw[start:stop] * chance.randint(1, 20)
    elif kind == 3:
        del raw[start:]
    elif kind == 4:
        raw[start:start] = chance.choice(
            [b"\r", b"\n", b"\r\n\r\n", b"\0", b'"', b"(", b"<", b"=?", b"\xff\xfe", b";", b":"]
        )
    elif kind == 5:
        first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[first], lines[second] = lines[second], lines[first]
        return bytearray(b"\n".join(lines))
    elif kind == 6:
        lines.pop(chance.randrange(len(lines)))
        return bytearray(b"\n".join(lines))
    elif kind == 7:
        other = chance.choice(samples).raw
        raw[start:stop] = other[chance.randrange(len(other)) :][:400]
    elif kind == 8:
        labels = [
            b"utf-8",
            b"gb2312",
            b"idna",
            b"zlib",
            b"x-unknown",
            b"utf-16",
            b"iso-2022-jp",
            b"unicode_escape",
            b"",
        ]
        return bytearray(bytes(raw).replace(chance.choice(labels[:2]), chance.choice(labels)))
    else:
        raw[start:stop] = bytes(chance.randrange(256) for _ in range(stop - start))
    return raw


_HEAD = (
    b"From: Wang <wang@customer.example>\r\nTo: support@demo.example\r\n"
    b"Subject: hello\r\nMessage-ID: <b@customer.example>\r\n"
)


def bombs() -> dict[str, bytes]:
    """Small mails that hold ordinary parsers for seconds to minutes, and a few made for this one."""
    plain = b"\r\n" + ENGLISH.encode() + b"\r\n"
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1000))
    eml = b"Content-Type: message/rfc822\r\n\r\n" * 1000
    parameters = b"".join(b"; p%d=v" % n for n in range(20_000))
    pieces = b"".join(b";\r\n filename*%d=abcdef" % n for n in range(20_000))
    words = b"\r\n ".join([b"=?utf-8?B?5L2g?="] * 20_000)
    people = b", ".join(b"a%d@customer.example" % n for n in range(20_000))
    ids = b"\r\n ".join(b"<%d@x>" % n for n in range(50_000))
    flat = b"".join(b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" for _ in range(20_000))
    without_subject = _HEAD.replace(b"Subject: hello\r\n", b"")
    without_to = _HEAD.replace(b"To: support@demo.example\r\n", b"")
    html = _HEAD + b"Content-Type: text/html\r\n\r\n"
    return {
        "nested-multipart": _HEAD + nested + ENGLISH.encode(),
        "nested-rfc822": _HEAD + eml + ENGLISH.encode(),
        "nested-comments": without_to + b"To: " + b"(" * 5000 + b")" * 5000 + b"a@b.example\r\n" + plain,
        "type-parameters": _HEAD + b"Content-Type: text/plain" + parameters + b"\r\n" + plain,
        "filename-pieces": _HEAD + b"Content-Disposition: inline" + pieces + b"\r\n" + plain,
        "subject-words": without_subject + b"Subject: " + words + b"\r\n" + plain,
        "recipients": without_to + b"To: " + people + b"\r\n" + plain,
        "flat-parts": _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + flat,
        "headers": _HEAD + b"X-A: b\r\n" * 100_000 + plain,
        "references": _HEAD + b"References: " + ids + b"\r\n" + plain,
        "open-message-id": _HEAD.replace(b"<b@customer.example>", b"<") + plain,
        "codec-charset": _HEAD + b"Content-Type: text/plain; charset=idna\r\n" + plain + b"\xc4\xe3" * 5000,
        "zlib-charset": _HEAD + b"Content-Type: text/plain; charset=zlib\r\n" + plain,
        "no-boundary": _HEAD + b"Content-Type: multipart/mixed\r\n" + plain,
        "colons": without_to + b"To: a@b" + b":" * 60_000 + b"\r\n" + plain,
        "spaces": without_to + b"To: " + b" " * 60_000 + b'"\r\n' + plain,
        "open-words": without_subject + b"Subject: " + b"=?a?b?" * 10_000 + b"\r\n" + plain,
        "flowed": _HEAD + b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"word \n" * 500_000,
        "html-depth": html + b"<div>" * 200_000 + ENGLISH.encode(),
        "html-open-scripts": html + ENGLISH.encode() + b"<script " * 100_000,
        "html-links": html + b'<a href="http://x.example">x</a>' * 100_000 + ENGLISH.encode(),
        "html-entities": html + ENGLISH.encode() + b"&;" * 500_000,
        "html-angles": html + ENGLISH.encode() + b"<" * 1_000_000,
        "boundary-spaces": _HEAD + b"Content-Type: multipart/mixed; boundary=zz\r\n\r\n--a" + b" " * 1_000_000 + plain,
        "boundary-lookalikes": _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--bb\r\n" * 200_000,
        "one-long-line": _HEAD + b"\r\n" + b"a" * 5_000_000,
        "nul-bytes": _HEAD + b"\r\n" + b"\0" * 1_000_000 + ENGLISH.encode(),
        "empty": b"",
        "only-newlines": b"\r\n" * 1000,
        "binary": bytes(random.Random(1).randbytes(300_000)),
        "wrong-8bit": _HEAD + b"\r\n" + bytes(range(128, 256)) * 5000,
        "quoted-printable": _HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=" * 1_000_000,
        "uuencode": _HEAD + b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n" + b"M" * 500_000,
    }
