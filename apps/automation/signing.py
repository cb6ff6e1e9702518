"""The proof of a call by Standard Webhooks: five lines, so no library (docs/decisions/0017-outgoing-webhooks.md)."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from typing import Final

from apps.channels.connectors.webhook.signing import STANDARD_PREFIX, Scheme, Style

SECRET_BYTES: Final = 32
_SCHEME: Final = Scheme(Style.STANDARD)


def new_secret() -> str:
    return STANDARD_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(live_secrets: Sequence[str], *, message_id: str, at: int, body: bytes) -> dict[str, str]:
    """One signature for each live secret: the receiver may know either of them."""
    proofs = [_SCHEME.sign(secret, body, message_id=message_id, at=at) for secret in live_secrets]
    return {**proofs[0], "webhook-signature": " ".join(proof["webhook-signature"] for proof in proofs)}
