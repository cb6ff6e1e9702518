"""Bad input 78: whatever comes as JSON is read or refused in one sentence."""

import io
import time

import pytest

from apps.core.api.errors import BodyTooLarge, MalformedBody
from apps.core.api.parsers import MAX_DEPTH, StrictJsonParser

pytestmark = pytest.mark.unit


def parse(raw: bytes) -> object:
    return StrictJsonParser().parse(io.BytesIO(raw))


def test_reads_what_is_well_formed() -> None:
    assert parse('{"名": ["李娜", 1, 2.5, null, true]}'.encode()) == {"名": ["李娜", 1, 2.5, None, True]}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"a": "\\u0000"}',
        b'{"a\\u0000": 1}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": 1} {"b": 2}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda raw: raw[:12].decode("latin-1"),
)
def test_refuses_what_is_not(raw: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(MalformedBody) as refusal:
        parse(raw)
    assert str(refusal.value.detail()).startswith("The body is not valid: ")
    assert time.monotonic() - started < 1


def test_refuses_what_is_too_large(settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    with pytest.raises(BodyTooLarge):
        parse(b'{"a": "' + b"x" * 100 + b'"}')


def test_depth_within_the_limit_is_fine() -> None:
    assert parse(b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1))
