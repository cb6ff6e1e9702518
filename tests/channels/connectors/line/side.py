"""LINE's side: an official account, and a customer who is its friend."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from tests.channels.connectors.bots.side import Side

ACCOUNT = "Uaccount"
CUSTOMER = "U4af4980629"
SECRET = "secret-that-nobody-may-read"
TOKEN = {"token_type": "Bearer", "access_token": "stateless-1", "expires_in": 900}
PUSH, REPLY = "/v2/bot/message/push", "/v2/bot/message/reply"
PROFILE = f"/v2/bot/profile/{CUSTOMER}"


def signed(body: bytes, secret: str) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {"X-Line-Signature": base64.b64encode(digest).decode()}


def event(name: str = "message", number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "type": name,
        "mode": "active",
        "timestamp": 1700000000000,
        "source": {"type": "user", "userId": CUSTOMER},
        "webhookEventId": f"01HX{number}",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": f"rt{number}",
        **fields,
    }


def message(number: int = 1, kind: str = "text", **fields: Any) -> dict[str, Any]:
    return event(number=number, message={"id": str(number), "type": kind, **fields})


def call(*events: dict[str, Any]) -> bytes:
    return json.dumps({"destination": ACCOUNT, "events": list(events)}, ensure_ascii=False).encode()


def written(text: str, number: int, *, unknown: bool = False) -> bytes:
    return call(message(number, "hologram") if unknown else message(number, text=text))


SIDE = Side(
    kind="line",
    customer=CUSTOMER,
    settings={"channel_id": "1234567890"},
    secrets={"channel_secret": SECRET},
    proof="channel_secret",
    sign=signed,
    message=written,
    send_path=PUSH,
    ok={"sentMessages": [{"id": "461230966842064897", "quoteToken": "q"}]},
    bases=("api_base", "data_base"),
    replies={"/oauth2/v3/token": TOKEN, PROFILE: {"displayName": "高桥", "userId": CUSTOMER}},
    check_path="/v2/bot/info",
    knows_repetition=True,
    max_text=5000,
)
