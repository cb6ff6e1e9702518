"""Five kinds of platforms as they call: who signs what, written from their documentation and not from the connectors."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

SITE: Final = "https://flood.example"
"""What the installation believes to be its address: Twilio signs it."""

TELEGRAM_BOT: Final = "424242"


@dataclass(frozen=True)
class Call:
    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def _signed_address(path: str, secret: str, nonce: str) -> str:
    now = str(int(time.time()))
    signature = hashlib.sha1("".join(sorted([secret, now, nonce])).encode()).hexdigest()
    return f"{path}?{urlencode({'signature': signature, 'timestamp': now, 'nonce': nonce})}"


def wechat(path: str, secret: str, sender: int, number: int, text: str) -> Call:
    body = (
        f"<xml><ToUserName><![CDATA[gh]]></ToUserName><FromUserName><![CDATA[wx{sender}]]></FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{text}]]></Content><MsgId>{number}</MsgId></xml>"
    )
    return Call(_signed_address(path, secret, str(number)), body.encode(), {"Content-Type": "text/xml"})


def weibo(path: str, secret: str, sender: int, number: int, text: str) -> Call:
    body = {
        "type": "text",
        "receiver_id": 1,
        "sender_id": 10_000 + sender,
        # Weibo's messages have no id: the same one again has the same time.
        "created_at": time.strftime("%a %b %d %H:%M:%S +0000 %Y", time.gmtime(1_700_000_000 + number)),
        "text": text,
        "data": {},
    }
    return Call(
        _signed_address(path, secret, str(number)), json.dumps(body).encode(), {"Content-Type": "application/json"}
    )


def twilio(path: str, secret: str, sender: int, number: int, text: str) -> Call:
    fields = {
        "MessageSid": f"SM{number:032x}",
        "AccountSid": "AC" + "0" * 32,
        "From": f"+4477009{sender:05d}",
        "To": "+441632960000",
        "Body": text,
        "NumMedia": "0",
    }
    signed = SITE + path + "".join(name + fields[name] for name in sorted(fields))
    signature = base64.b64encode(hmac.digest(secret.encode(), signed.encode(), "sha1")).decode()
    body = urlencode(fields, quote_via=quote).encode()
    return Call(path, body, {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature})


def telegram(path: str, secret: str, sender: int, number: int, text: str) -> Call:
    person = {"id": 20_000 + sender, "is_bot": False, "first_name": f"Sender {sender}"}
    body = {
        "update_id": number,
        "message": {
            "message_id": number,
            "from": person,
            "chat": {"id": person["id"], "type": "private", "first_name": person["first_name"]},
            "date": int(time.time()),
            "text": text,
        },
    }
    headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}
    return Call(path, json.dumps(body).encode(), headers)


def standard(path: str, secret: str, sender: int, number: int, text: str) -> Call:
    body = json.dumps({"id": f"m{number}", "user": {"id": f"u{sender}", "name": "Flood"}, "text": text}).encode()
    now = str(int(time.time()))
    signed = f"msg_{number}.{now}.".encode() + body
    signature = base64.b64encode(hmac.digest(base64.b64decode(secret), signed, "sha256")).decode()
    headers = {
        "Content-Type": "application/json",
        "webhook-id": f"msg_{number}",
        "webhook-timestamp": now,
        "webhook-signature": f"v1,{signature}",
    }
    return Call(path, body, headers)


@dataclass(frozen=True)
class Platform:
    kind: str
    secret: str
    sign: Callable[[str, str, int, int, str], Call]
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]

    @property
    def key(self) -> str:
        return f"flood-{self.kind.replace('_', '-')}"

    def call(self, sender: int, number: int, text: str) -> Call:
        return self.sign(f"/hooks/{self.key}/", self.secret, sender, number, text)


_STANDARD: Final = base64.b64encode(b"a secret of the flood's platform").decode()

PLATFORMS: Final = (
    Platform(
        "wechat_oa", "flood", wechat, {"app_id": "wxflood", "mode": "plain"}, {"token": "flood", "app_secret": "-"}
    ),
    Platform("weibo", "flood", weibo, {}, {"app_secret": "flood", "access_token": "-"}),
    Platform("sms_twilio", "flood", twilio, {"account_sid": "AC" + "0" * 32}, {"auth_token": "flood"}),
    Platform("telegram", "flood", telegram, {}, {"secret_token": "flood", "bot_token": f"{TELEGRAM_BOT}:flood"}),
    Platform(
        "webhook",
        _STANDARD,
        standard,
        {
            "access": "standard",
            "map_message_id": "id",
            "map_sender_id": "user.id",
            "map_sender_name": "user.name",
            "map_text": "text",
        },
        {"secret": f"whsec_{_STANDARD}"},
    ),
)
