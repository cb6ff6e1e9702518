"""Calls to Tencent Cloud's interface for text messages (version 2021-01-11)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from apps.channels.connectors.sms_tencent.signing import authorization
from apps.channels.platform_http import call
from apps.core.clock import now

VERSION: Final = "2021-01-11"
SERVICE: Final = "sms"


@dataclass(frozen=True, slots=True)
class Client:
    api_base: str
    region: str
    key_id: str
    key_secret: str

    def call(self, action: str, parameters: dict[str, Any], *, repeatable: bool = False) -> dict[str, Any]:
        """What stands under "Response", with "Error" or not. Raises PlatformTrouble when there is no answer."""
        payload = json.dumps(parameters, ensure_ascii=False).encode()
        timestamp = int(now().timestamp())
        signed = {
            "content-type": "application/json; charset=utf-8",
            "host": urlsplit(self.api_base).netloc,
            "x-tc-action": action,
        }
        proof = authorization(
            self.key_id, self.key_secret, headers=signed, payload=payload, timestamp=timestamp, service=SERVICE
        )
        headers = {
            **signed,
            "Authorization": proof,
            "X-TC-Version": VERSION,
            "X-TC-Region": self.region,
            "X-TC-Timestamp": str(timestamp),
        }
        answer = call("POST", f"{self.api_base.rstrip('/')}/", repeatable=repeatable, headers=headers, content=payload)
        response = answer.json().get("Response")
        return response if isinstance(response, dict) else {}
