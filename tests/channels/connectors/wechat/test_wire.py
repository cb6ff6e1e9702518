"""XML and JSON from outside become the same document, and what is built to harm becomes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.channels.connectors.wechat.wire import NotADocument, number_of, read, text_of

pytestmark = pytest.mark.unit

BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><xml><MsgType>&c;</MsgType></xml>"""
FILE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Content>&e;</Content></xml>'


def test_both_shapes_read_alike() -> None:
    from_xml = read(b"<xml><MsgType><![CDATA[text]]></MsgType><MsgId>24000000000000001</MsgId></xml>")
    from_json = read(b'{"MsgType": "text", "MsgId": 24000000000000001}')

    for document in (from_xml, from_json):
        assert (text_of(document, "MsgType"), text_of(document, "MsgId")) == ("text", "24000000000000001")
    assert number_of(read(b'{"X": "23.1"}'), "X") == number_of(read(b'{"X": 23.1}'), "X") == 23.1
    assert number_of({}, "X") is None


def test_nested_and_repeated_elements_are_kept() -> None:
    assert read(b"<xml><A><B>1</B><B>2</B></A><C/></xml>") == {"A": {"B": ["1", "2"]}, "C": ""}


@pytest.mark.parametrize(
    "value", [b'{"MsgType": ["text"]}', b'{"MsgType": {"a": 1}}', b'{"MsgType": true}', b'{"MsgType": null}', b"{}"]
)
def test_what_is_no_text_counts_as_absent(value: bytes) -> None:
    assert text_of(read(value), "MsgType") == ""


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        FILE,
        BOMB.decode().replace("1.0\"", "1.0\" encoding=\"utf-16\"").encode("utf-16"),
        b"<xml><a></xml>",
        b"<xml>" + b"<a>" * 5000,
        b"<xml>" + b"<a>" * 100 + b"</a>" * 100 + b"</xml>",
        b"<",
        b"",
        b"hello",
        b"[1]",
        b'"x"',
        b"[" * 100_000,
        b'{"a":' * 100 + b"1" + b"}" * 100,
        b'{"a":' * 50_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b"\xff\xfe\x00",
        b"a=1&b=2",
    ],
)  # fmt: skip
def test_what_is_neither_or_harms_is_refused(body: bytes) -> None:
    with pytest.raises(NotADocument):
        read(body)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        assert isinstance(read(body), dict)
    except NotADocument:
        pass
