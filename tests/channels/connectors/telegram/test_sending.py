"""Answers reach the chat; each refusal of the platform has its meaning, and no token is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from apps.channels import registry
from apps.channels.connectors.telegram.api import result_of
from apps.channels.enums import DeliveryState, FailureKind
from tests.channels.connectors.bots.side import Account, stored
from tests.channels.connectors.telegram.side import BOT, CUSTOMER, SIDE, TOKEN
from tests.channels.test_media import PNG
from tests.support.platform_server import answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_a_text_is_sent_as_it_was_written(account: Account) -> None:
    account.server.on(SIDE.send_path, SIDE.ok)

    result = account.send('已发货 😀 "引号" & 100%')

    form = {name: values[0] for name, values in parse_qs(account.server.asked[0].body.decode()).items()}
    assert result.provider_id == f"{BOT}:{CUSTOMER}:31"
    assert form == {"chat_id": str(CUSTOMER), "text": '已发货 😀 "引号" & 100%'}


@pytest.mark.parametrize(
    ("content", "name", "method", "field"),
    [
        (PNG, "票据.png", "sendPhoto", "photo"),
        (b"OggS" + b"\0" * 40, "v.ogg", "sendVoice", "voice"),
        (b"%PDF-1.7", "a.pdf", "sendDocument", "document"),
    ],
    ids=["photo", "voice", "document"],
)
def test_a_file_goes_out_as_what_it_is(account: Account, content: bytes, name: str, method: str, field: str) -> None:
    account.server.on(f"/bot{TOKEN}/{method}", SIDE.ok)

    assert account.send("", stored(content, name)).state == DeliveryState.SENT

    asked = account.server.asked[0]
    assert f'name="{field}"; filename='.encode() in asked.body
    assert content in asked.body


@pytest.mark.parametrize(
    ("code", "description", "failure"),
    [
        (400, "Bad Request: chat not found", FailureKind.RECIPIENT_GONE),
        (400, "Bad Request: message is too long", FailureKind.REJECTED),
        (401, "Unauthorized", FailureKind.REAUTHENTICATE),
        (403, "Forbidden: bot was blocked by the user", FailureKind.RECIPIENT_GONE),
        (403, "Forbidden: user is deactivated", FailureKind.RECIPIENT_GONE),
        (403, "Forbidden: bot can't initiate conversation with a user", FailureKind.RECIPIENT_GONE),
        (404, "Not Found", FailureKind.MISCONFIGURED),
        (409, "Conflict", FailureKind.MISCONFIGURED),
        ("400", "new", FailureKind.REJECTED),
        (None, "", FailureKind.REJECTED),
    ],
)
def test_what_each_error_means(account: Account, code: Any, description: str, failure: FailureKind) -> None:
    status = code if isinstance(code, int) else 400
    account.server.on(SIDE.send_path, answer({"ok": False, "error_code": code, "description": description}, status))

    result = account.send()

    assert result.failure == failure
    assert description in result.detail
    assert TOKEN not in result.detail


@pytest.mark.parametrize(("wait", "expected"), [(7, timedelta(seconds=7)), (0, None), ("soon", None), (1e300, None)])
def test_a_flood_waits_as_long_as_it_is_told(account: Account, wait: Any, expected: timedelta | None) -> None:
    refusal = {"ok": False, "error_code": 429, "description": "Too Many", "parameters": {"retry_after": wait}}
    account.server.on(SIDE.send_path, answer(refusal, 429))

    result = account.send()

    assert (result.failure, result.retry_after) == (FailureKind.RETRY_LATER, expected)


@pytest.mark.parametrize(
    ("reply", "is_ok", "words"),
    [
        (answer({"ok": True, "result": {"username": "linden_bot"}}), True, "accepts"),
        (answer({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401), False, "does not accept"),
        (answer({"ok": False, "error_code": 404, "description": "Not Found"}, 404), False, "refused"),
    ],
    ids=["ok", "401", "404"],
)
def test_check(account: Account, reply: Any, is_ok: bool, words: str) -> None:
    account.server.on(SIDE.check_path, reply)

    result = registry.get("telegram").check(account.channel)

    assert result.is_ok is is_ok
    assert words in str(result.message)
    assert (result.details == ("linden_bot",)) is is_ok


def test_nothing_at_all_is_a_refusal() -> None:
    assert result_of({}).failure == FailureKind.REJECTED
