"""Viber's side: a bot, and a customer who subscribed to it."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from tests.channels.connectors.bots.side import Side

TOKEN = "44dafb7e0f40021e-61a47a1e6778d187-f2c5a676a07050b3"
CUSTOMER = "01234567890A="


def signed(body: bytes, secret: str) -> dict[str, str]:
    return {"X-Viber-Content-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def call(event: str = "message", number: int = 5741311803571721087, **fields: Any) -> bytes:
    document = {"event": event, "timestamp": 1700000000000, "message_token": number, **fields}
    return json.dumps(document, ensure_ascii=False).encode()


def message(number: int = 5741311803571721087, kind: str = "text", **fields: Any) -> bytes:
    sender = {"id": CUSTOMER, "name": "Li", "language": "en", "country": "BG"}
    return call("message", number, sender=sender, message={"type": kind, **fields})


def written(text: str, number: int, *, unknown: bool = False) -> bytes:
    return message(number, "hologram") if unknown else message(number, text=text)


SIDE = Side(
    kind="viber",
    customer=CUSTOMER,
    settings={"sender_name": "Lindenhaus", "account": "lindenhaus"},
    secrets={"auth_token": TOKEN},
    proof="auth_token",
    sign=signed,
    message=written,
    send_path="/pa/send_message",
    ok={"status": 0, "status_message": "ok", "message_token": 5741311803571721099},
    check_path="/pa/get_account_info",
    max_text=7000,
)
