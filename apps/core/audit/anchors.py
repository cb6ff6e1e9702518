"""The signed last seal of each day, to be compared with a copy kept elsewhere."""

from __future__ import annotations

from datetime import date

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from apps.core import clock
from apps.core.crypto import derived_key
from apps.core.models import AuditAnchor, AuditSeal


def anchor_finished_day(last: AuditSeal | None) -> None:
    """Once a day is over, sign its last seal."""
    if last is None or last.created.date() >= clock.now().date():
        return
    day = last.created.date()
    if not AuditAnchor.objects.filter(day=day).exists():
        digest = bytes(last.digest)
        AuditAnchor.objects.create(
            day=day,
            created=clock.now(),
            seal_number=last.number,
            digest=digest,
            signature=_signing_key().sign(anchor_text(day, last.number, digest)),
        )


def anchor_text(day: date, number: int, digest: bytes) -> bytes:
    return f"contactcenter audit {day.isoformat()} {number} {digest.hex()}".encode()


def _signing_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derived_key("audit-anchor"))


def public_key() -> Ed25519PublicKey:
    return _signing_key().public_key()


def public_key_text() -> str:
    return public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
