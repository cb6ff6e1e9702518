"""A backup's file opens with the master key alone, and tells whatever was done to it."""

from __future__ import annotations

import io
import os

import pytest
from pytest_django import Settings

from apps.core import backups
from apps.core.backups import CHUNK, opened, sealed
from apps.core.crypto import DecryptionError

pytestmark = pytest.mark.unit


def file_of(content: bytes) -> bytes:
    return b"".join(sealed(io.BytesIO(content)))


def back(file: bytes) -> bytes:
    return b"".join(opened(io.BytesIO(file)))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 7])
def test_content_of_any_size_comes_back(size: int) -> None:
    content = os.urandom(size)
    assert back(file_of(content)) == content
    assert file_of(content) != file_of(content)


def test_the_file_holds_nothing_of_it() -> None:
    assert b"INSERT INTO" not in file_of(b"INSERT INTO customers " * 500)


def parts_of(file: bytes) -> tuple[bytes, list[bytes]]:
    source = io.BytesIO(file)
    head, _key = backups._head(source)
    rest, chunks = source.read(), []
    while rest:
        size = 4 + int.from_bytes(rest[:4], "big")
        chunks.append(rest[:size])
        rest = rest[size:]
    return head, chunks


@pytest.mark.parametrize("damage", ["flip", "cut", "drop", "drop last", "swap", "append", "head", "other head", "none"])
def test_damage_is_noticed(damage: str) -> None:
    head, chunks = parts_of(file_of(os.urandom(2 * CHUNK + 100)))
    assert len(chunks) == 3
    match damage:
        case "flip":
            chunks[1] = chunks[1][:50] + bytes([chunks[1][50] ^ 1]) + chunks[1][51:]
        case "cut":
            chunks[2] = chunks[2][:-1]
        case "drop":
            chunks.pop(1)
        case "drop last":
            chunks.pop()
        case "swap":
            chunks[0], chunks[1] = chunks[1], chunks[0]
        case "append":
            chunks.append(chunks[0])
        case "head":
            head = head[:-1] + bytes([head[-1] ^ 1])
        case "other head":
            head, _others = parts_of(file_of(b""))
        case "none":
            chunks = []
    with pytest.raises(DecryptionError):
        back(head + b"".join(chunks))


@pytest.mark.parametrize("file", [b"", b"CCB1", b"PGDMP" + bytes(100), b"CCB1\xff", b"CCB1\x03abc"])
def test_what_is_no_backup_is_refused(file: bytes) -> None:
    with pytest.raises(DecryptionError):
        back(file)


def test_it_opens_with_a_former_master_key_and_with_no_other(settings: Settings) -> None:
    settings.MASTER_KEYS = {"one": os.urandom(32)}
    file = file_of(b"dump")
    settings.MASTER_KEYS = {"two": os.urandom(32), **settings.MASTER_KEYS}
    assert back(file) == b"dump"
    settings.MASTER_KEYS = {"two": settings.MASTER_KEYS["two"]}
    with pytest.raises(DecryptionError, match="one"):
        back(file)
    settings.MASTER_KEYS = {"one": os.urandom(32)}
    with pytest.raises(DecryptionError):
        back(file)
