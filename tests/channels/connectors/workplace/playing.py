"""The platforms' side of the tests: signs by itself, so that a mistake of a connector is not its own proof."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.test import Client

from apps.channels import registry
from apps.channels.contract import CheckResult, Outbound, Recipients, SendResult
from apps.channels.models import Channel, InboundEvent
from apps.channels.services import inbox
from tests.support.platform_server import PlatformServer

SECRET: Final = "secret-that-nobody-may-read"
TOKEN: Final = "token-that-nobody-may-read"
NOON: Final = 1_772_330_400_000
"""Milliseconds."""


@dataclass(frozen=True)
class Kind:
    """How one platform calls us and answers."""

    kind: str
    settings: Callable[[str], dict[str, Any]]
    secrets: dict[str, Any]
    headers: Callable[[bytes], dict[str, str]]
    message: Callable[..., bytes]
    """A text of the customer; keywords change the platform's own fields."""
    customer: str
    send_path: str
    sent: dict[str, Any]
    refused: Callable[[int], dict[str, Any]]
    """The platform's answer with a code that it has for nothing we know."""
    token_path: str
    token: dict[str, Any]
    seal: Callable[[bytes], bytes] = lambda body: body
    """What the platform makes of a body before it signs it."""
    other_path: str = ""
    """Where it is tried after a no."""


@dataclass
class Robot:
    """An app at the platform, its channel here, and its API on loopback."""

    of: Kind
    channel: Channel
    server: PlatformServer
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    @property
    def connector(self) -> Any:
        return registry.get(self.of.kind)

    def post(self, body: bytes, headers: dict[str, str] | None = None, *, sealed: bool = True) -> Any:
        body = self.of.seal(body) if sealed else body
        given = self.of.headers(body) if headers is None else headers
        return self.client.post(f"/hooks/{self.channel.key}/", body, content_type="application/json", headers=given)

    def message(self, **fields: Any) -> bytes:
        return self.of.message(**fields).replace(SESSION_BASE.encode(), self.server.url.encode())

    def push(self, **fields: Any) -> Any:
        return self.post(self.message(**fields))

    def take_in(self) -> list[InboundEvent]:
        while inbox.process_due():
            pass
        return self.stored()

    def stored(self) -> list[InboundEvent]:
        return list(InboundEvent.objects.filter(channel=self.channel).order_by("pk"))

    def send(self, text: str = "您好", *files: int, answers: str = "", **fields: Any) -> SendResult:
        outbound = Outbound(
            client_key="key.1",
            recipients=Recipients(to=(self.of.customer,)),
            text=text,
            attachments=files,
            in_reply_to=answers,
            **fields,
        )
        result: SendResult = self.connector.send(outbound, self.channel)
        return result

    def check(self) -> CheckResult:
        result: CheckResult = self.connector.check(self.channel)
        return result


def as_json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


# --- Feishu -------------------------------------------------------------------------------------------------------

FEISHU_KEY: Final = "encrypt key of the test"


def feishu_headers(body: bytes, *, key: str = FEISHU_KEY) -> dict[str, str]:
    stamp, nonce = str(int(time.time())), "abc123"
    signature = hashlib.sha256(f"{stamp}{nonce}{key}".encode() + body).hexdigest()
    return {"X-Lark-Request-Timestamp": stamp, "X-Lark-Request-Nonce": nonce, "X-Lark-Signature": signature}


def feishu_sealed(body: bytes, *, key: str = FEISHU_KEY) -> bytes:
    vector = b"0123456789abcdef"
    count = 16 - len(body) % 16
    cipher = Cipher(algorithms.AES(hashlib.sha256(key.encode()).digest()), modes.CBC(vector)).encryptor()
    raw = vector + cipher.update(body + bytes([count]) * count) + cipher.finalize()
    return as_json({"encrypt": base64.b64encode(raw).decode()})


def feishu_event(name: str, event: dict[str, Any], *, event_id: str = "e1", **header: Any) -> bytes:
    head = {
        "event_id": event_id,
        "event_type": name,
        "create_time": str(NOON),
        "token": TOKEN,
        "app_id": "cli_a",
        "tenant_key": "t",
        **header,
    }
    return as_json({"schema": "2.0", "header": head, "event": event})


def feishu_message(
    content: Any = None,
    *,
    kind: str = "text",
    known_as: str = "om_1",
    sender: dict[str, Any] | None = None,
    **fields: Any,
) -> bytes:
    message = {
        "message_id": known_as,
        "create_time": str(NOON),
        "chat_id": "oc_1",
        "chat_type": "p2p",
        "message_type": kind,
        "content": json.dumps({"text": "查余额"} if content is None else content),
        **fields,
    }
    who = {"sender_id": {"open_id": "ou_1", "union_id": "on_1"}, "sender_type": "user", **(sender or {})}
    return feishu_event("im.message.receive_v1", {"sender": who, "message": message}, event_id=f"event-{known_as}")


FEISHU: Final = Kind(
    kind="feishu",
    settings=lambda url: {"app_id": "cli_a", "api_base": url},
    secrets={"app_secret": SECRET, "verification_token": TOKEN, "encrypt_key": FEISHU_KEY},
    headers=feishu_headers,
    message=feishu_message,
    customer="ou_1",
    send_path="/open-apis/im/v1/messages",
    sent={"code": 0, "data": {"message_id": "om_9"}},
    refused=lambda code: {"code": code, "msg": "as the platform says"},
    token_path="/open-apis/auth/v3/tenant_access_token/internal",
    token={"code": 0, "tenant_access_token": TOKEN, "expire": 7200},
    seal=feishu_sealed,
)


# --- DingTalk -----------------------------------------------------------------------------------------------------

FAR: Final = 4_000_000_000_000
"""Milliseconds, in 2096."""


def dingtalk_headers(body: bytes, *, secret: str = SECRET, stamp: str = "") -> dict[str, str]:
    stamp = stamp or str(int(time.time() * 1000))
    return {"timestamp": stamp, "sign": hmac_base64(secret.encode(), f"{stamp}\n{secret}".encode())}


def hmac_base64(key: bytes, message: bytes) -> str:
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def dingtalk_message(kind: str = "text", *, known_as: str = "msg1", content: Any = None, **fields: Any) -> bytes:
    document = {
        "msgtype": kind,
        "msgId": known_as,
        "createAt": NOON,
        "conversationType": "1",
        "conversationId": "cidA",
        "senderId": "$:LWCP_v1:$x",
        "senderStaffId": "u1",
        "senderNick": "Li",
        "chatbotUserId": "$:LWCP_v1:$bot",
        "robotCode": "dingrb",
        "sessionWebhook": f"{SESSION_BASE}/robot/sendBySession?session=s",
        "sessionWebhookExpiredTime": FAR,
        **({"text": {"content": " 查余额"}} if kind == "text" and content is None else {"content": content}),
        **fields,
    }
    return as_json(document)


SESSION_BASE: Final = "http://127.0.0.1:1"
"""Stands for the platform's address until a test knows it: see `Robot.message`."""


def dingtalk_settings(url: str) -> dict[str, Any]:
    return {"app_key": "dingkey", "robot_code": "dingrb", "api_base": url, "old_api_base": url}


DINGTALK: Final = Kind(
    kind="dingtalk",
    settings=dingtalk_settings,
    secrets={"app_secret": SECRET},
    headers=dingtalk_headers,
    message=dingtalk_message,
    customer="u1",
    send_path="/robot/sendBySession",
    sent={"errcode": 0, "errmsg": "ok"},
    refused=lambda code: {"errcode": code, "errmsg": "as the platform says"},
    token_path="/v1.0/oauth2/accessToken",
    token={"accessToken": TOKEN, "expireIn": 7200},
    other_path="/v1.0/robot/oToMessages/batchSend",
)


# --- QQ -----------------------------------------------------------------------------------------------------------


def qq_key(secret: str = SECRET) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes((secret * 32).encode()[:32])


def qq_headers(body: bytes, *, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(time.time()))
    signature = qq_key(secret).sign(stamp.encode() + body).hex()
    return {"X-Bot-Appid": "1", "X-Signature-Timestamp": stamp, "X-Signature-Ed25519": signature}


def qq_event(name: str, said: dict[str, Any], *, known_as: str = "e1") -> bytes:
    return as_json({"op": 0, "id": f"{name}:{known_as}", "t": name, "s": 1, "d": said})


def qq_message(
    content: str = "查余额", *, known_as: str = "m1", event: str = "C2C_MESSAGE_CREATE", **said: Any
) -> bytes:
    about = {
        "id": known_as,
        "author": {"id": "E4F4", "user_openid": "E4F4"},
        "content": content,
        "timestamp": "2026-03-01T10:00:00+08:00",
        **said,
    }
    return qq_event(event, about, known_as=known_as)


QQ: Final = Kind(
    kind="qq",
    settings=lambda url: {"app_id": "1", "api_base": url, "token_base": url},
    secrets={"app_secret": SECRET},
    headers=qq_headers,
    message=qq_message,
    customer="E4F4",
    send_path="/v2/users/E4F4/messages",
    sent={"id": "ROBOT1.0_9", "timestamp": "2026-03-01T10:00:01+08:00"},
    refused=lambda code: {"code": code, "message": "as the platform says"},
    token_path="/app/getAppAccessToken",
    token={"access_token": TOKEN, "expires_in": "7200"},
)

KINDS: Final = {kind.kind: kind for kind in (FEISHU, DINGTALK, QQ)}
