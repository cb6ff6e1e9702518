"""Telegram's side: a bot, and a customer who writes to it."""

from __future__ import annotations

import json
from typing import Any

from tests.channels.connectors.bots.side import Side

BOT = "7001"
TOKEN = f"{BOT}:AA-token-that-nobody-may-read"
SECRET = "own_secret-Token_1"
CUSTOMER = 5_000_000_042
LI = {"id": CUSTOMER, "is_bot": False, "first_name": "Li", "last_name": "雷", "language_code": "zh-hans"}
CHAT = {"id": CUSTOMER, "type": "private", "first_name": "Li"}


def update(number: int = 9001, **happened: Any) -> bytes:
    return json.dumps({"update_id": number, **happened}, ensure_ascii=False).encode()


def message(number: int = 7, **fields: Any) -> dict[str, Any]:
    return {"message_id": number, "from": LI, "chat": CHAT, "date": 1700000000, **fields}


def written(text: str, number: int, *, unknown: bool = False) -> bytes:
    content = {"hologram": {"id": 1}} if unknown else {"text": text}
    return update(9000 + number, message=message(number, **content))


SIDE = Side(
    kind="telegram",
    customer=str(CUSTOMER),
    secrets={"bot_token": TOKEN, "secret_token": SECRET},
    proof="secret_token",
    sign=lambda _body, secret: {"X-Telegram-Bot-Api-Secret-Token": secret},
    message=written,
    send_path=f"/bot{TOKEN}/sendMessage",
    ok={"ok": True, "result": {"message_id": 31, "chat": CHAT}},
    check_path=f"/bot{TOKEN}/getMe",
    max_text=4096,
)
