"""Calls to Aliyun's interface for text messages (dysmsapi, version 2017-05-25)."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final
from urllib.parse import urlsplit

from apps.channels.connectors.sms_aliyun.signing import authorization, query_string
from apps.channels.platform_http import call
from apps.core.clock import now

VERSION: Final = "2017-05-25"
_NOTHING: Final = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Client:
    api_base: str
    key_id: str
    key_secret: str

    def call(self, action: str, parameters: dict[str, str], *, repeatable: bool = False) -> dict[str, Any]:
        """The answer's object, with "Code" OK or not. Raises PlatformTrouble when there is none."""
        headers = {
            "host": urlsplit(self.api_base).netloc,
            "x-acs-action": action,
            "x-acs-content-sha256": _NOTHING,
            "x-acs-date": now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-version": VERSION,
        }
        proof = authorization(self.key_id, self.key_secret, "POST", parameters, headers)
        url = f"{self.api_base.rstrip('/')}/?{query_string(parameters)}"
        answer = call(
            "POST",
            url,
            repeatable=repeatable,
            headers={**headers, "Authorization": proof, "Accept": "application/json"},
        )
        return answer.json()
