"""Meta's side: one app, and a number, a page and an Instagram account that customers write to."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from tests.channels.connectors.bots.side import Side

SECRETS = {"app_secret": "secret-that-nobody-may-read", "access_token": "EAAtoken", "verify_token": "own-word"}
PHONE_ID, PAGE, ACCOUNT = "106540352242922", "PG1", "17841400000000001"
WA_CUSTOMER, PSID, IGSID = "8613800000000", "PS1", "IGS1"


def signed(body: bytes, secret: str) -> dict[str, str]:
    return {"X-Hub-Signature-256": f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"}


# --- WhatsApp


def wa_call(*values: dict[str, Any], field: str = "messages") -> bytes:
    """Escaped, as Meta sends it."""
    metadata = {"display_phone_number": "15550001111", "phone_number_id": PHONE_ID}
    changes = [{"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata, **v}} for v in values]
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "W1", "changes": changes}]}).encode()


def wa_message(number: int = 1, kind: str = "text", *, sender: Any = None, **fields: Any) -> dict[str, Any]:
    who = sender or {"from": WA_CUSTOMER}
    message = {**who, "id": f"wamid.A{number}", "timestamp": "1700000000", "type": kind, **fields}
    contacts = [{"profile": {"name": "Li 雷"}, "wa_id": WA_CUSTOMER}]
    return {"contacts": contacts, "messages": [message]}


def wa_status(number: str, state: str, **fields: Any) -> dict[str, Any]:
    status = {"id": number, "status": state, "timestamp": "1700000000", "recipient_id": WA_CUSTOMER, **fields}
    return {"statuses": [status]}


def wa_written(text: str, number: int, *, unknown: bool = False) -> bytes:
    return wa_call(wa_message(number, "hologram") if unknown else wa_message(number, text={"body": text}))


WHATSAPP = Side(
    kind="whatsapp",
    customer=WA_CUSTOMER,
    settings={"phone_number_id": PHONE_ID},
    secrets=SECRETS,
    proof="app_secret",
    sign=signed,
    message=wa_written,
    send_path=f"/v25.0/{PHONE_ID}/messages",
    ok={"messaging_product": "whatsapp", "messages": [{"id": "wamid.S1"}]},
    check_path=f"/v25.0/{PHONE_ID}",
    max_text=4096,
)


# --- Messenger and Instagram


def call(side: Side, *items: dict[str, Any], name: str = "messaging", account: str = "") -> bytes:
    entry = {"id": account or dict(side.settings)[SETTING[side.kind]], "time": 1700000000001, name: list(items)}
    return json.dumps({"object": OBJECT[side.kind], "entry": [entry]}).encode()


def item(side: Side, **fields: Any) -> dict[str, Any]:
    account = dict(side.settings)[SETTING[side.kind]]
    return {"sender": {"id": side.customer}, "recipient": {"id": account}, "timestamp": 1700000000000, **fields}


def message(side: Side, number: int = 1, **fields: Any) -> dict[str, Any]:
    return item(side, message={"mid": f"m_{number}", **fields})


def page_written(text: str, number: int, *, unknown: bool = False) -> bytes:
    return _written(MESSENGER, text, number, unknown)


def account_written(text: str, number: int, *, unknown: bool = False) -> bytes:
    return _written(INSTAGRAM, text, number, unknown)


def _written(side: Side, text: str, number: int, unknown: bool) -> bytes:
    said = {"attachments": [{"type": "hologram", "payload": {}}]} if unknown else {"text": text}
    return call(side, message(side, number, **said))


OBJECT = {"messenger": "page", "instagram": "instagram"}
SETTING = {"messenger": "page_id", "instagram": "account_id"}

MESSENGER = Side(
    kind="messenger",
    customer=PSID,
    settings={"page_id": PAGE},
    secrets=SECRETS,
    proof="app_secret",
    sign=signed,
    message=page_written,
    send_path=f"/v25.0/{PAGE}/messages",
    ok={"recipient_id": PSID, "message_id": "m_S1"},
    replies={f"/v25.0/{PSID}": {"first_name": "Anna", "last_name": "Berg", "id": PSID}},
    check_path=f"/v25.0/{PAGE}",
    max_text=2000,
)

INSTAGRAM = Side(
    kind="instagram",
    customer=IGSID,
    settings={"account_id": ACCOUNT},
    secrets=SECRETS,
    proof="app_secret",
    sign=signed,
    message=account_written,
    send_path="/v25.0/me/messages",
    ok={"recipient_id": IGSID, "message_id": "m_S1"},
    replies={f"/v25.0/{IGSID}": {"name": "Anna Berg", "username": "anna.b", "id": IGSID}},
    check_path="/v25.0/me",
    max_text=333,
)
