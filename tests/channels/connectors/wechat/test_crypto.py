"""The platform's published samples, and what is wrong with each when one thing is changed."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from apps.channels.connectors.wechat.crypto import NotDecryptable, decrypt, is_fresh, is_signed, signature
from tests.channels.connectors.wechat.conftest import AES_KEY, encrypt

pytestmark = pytest.mark.unit

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "fixtures" / "vectors.json").read_text())
SIGNED = [vector for vector in VECTORS if vector["alg"] == "sha1-sorted"]
ENCRYPTED = [vector for vector in VECTORS if vector["alg"].startswith("wx-")]


def named(vector: dict[str, Any]) -> str:
    return str(vector["id"])


@pytest.mark.parametrize("vector", SIGNED, ids=named)
def test_published_signatures(vector: dict[str, Any]) -> None:
    parts = vector["parts"].split("|")

    assert signature(*parts) == vector["expect"]
    assert is_signed(vector["expect"], *parts)
    assert not is_signed(vector["expect"].upper(), *parts)
    assert not is_signed(vector["expect"], "other", *parts[1:])
    assert not is_signed("", *parts)
    assert not is_signed("é", *parts)


@pytest.mark.parametrize("vector", ENCRYPTED, ids=named)
def test_published_messages_are_opened(vector: dict[str, Any]) -> None:
    parts = [vector[name] for name in ("token", "timestamp", "nonce", "encrypt")]

    assert is_signed(vector["msg_signature"], *parts)
    assert not is_signed(vector["msg_signature"], *parts[:3], vector["encrypt"].swapcase())
    opened = decrypt(vector["encrypt"], vector["aes_key"])
    assert (opened.message.decode(), opened.receiver) == (vector["plaintext"], vector["receive_id"])


@pytest.mark.parametrize(
    ("encrypted", "key"),
    [
        ("", AES_KEY),
        ("not base64!", AES_KEY),
        (base64.b64encode(b"x" * 17).decode(), AES_KEY),
        (encrypt(b"hello")[:64], AES_KEY),
        (encrypt(b"hello"), AES_KEY[::-1]),
        (encrypt(b"hello"), "short"),
        (encrypt(b"hello"), ""),
        (encrypt(b"hello"), AES_KEY + "="),
    ],
    ids=["nothing", "no base64", "no whole block", "cut", "another key", "short key", "no key", "long key"],
)  # fmt: skip
def test_what_does_not_fit_the_key_is_said_to(encrypted: str, key: str) -> None:
    with pytest.raises(NotDecryptable) as raised:
        decrypt(encrypted, key)
    assert AES_KEY not in str(raised.value)


@given(st.binary(max_size=200), st.text(max_size=20))
def test_whatever_was_encrypted_is_read(message: bytes, receiver: str) -> None:
    receiver = receiver.encode("utf-8", "ignore").decode()

    assert decrypt(encrypt(message, receiver), AES_KEY).message == message


@given(st.binary(min_size=16, max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        decrypt(base64.b64encode(content).decode(), AES_KEY)
    except NotDecryptable:
        pass


@time_machine.travel("2026-11-22T06:00:00Z", tick=False)
@pytest.mark.parametrize(
    ("timestamp", "fresh"),
    [
        ("1795327200", True),
        ("1795326601", True),
        ("1795327799", True),
        ("1795326599", False),
        ("1795327801", False),
        ("", False),
        ("now", False),
        ("1e9", False),
        ("-1795327200", False),
        ("9" * 40, False),
    ],
)
def test_how_old_a_call_may_be(timestamp: str, fresh: bool) -> None:
    assert is_fresh(timestamp) is fresh
