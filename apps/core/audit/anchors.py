"""The signed last seal of each day, and its copy kept elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from apps.core import clock
from apps.core.crypto import derived_key
from apps.core.models import AuditAnchor, AuditSeal

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a copy says: one line of JSON, with digest and signature in hexadecimal digits."""

    day: date
    seal: int
    digest: bytes
    signature: bytes

    @property
    def is_signed(self) -> bool:
        try:
            public_key().verify(self.signature, _text(self.day, self.seal, self.digest))
        except InvalidSignature:
            return False
        return True


class UnreadableAnchor(ValueError):
    """A kept line that is none of ours."""


# Made


def anchor_finished_day(last: AuditSeal | None) -> None:
    """Once a day is over, sign its last seal."""
    if last is None or last.created.date() >= clock.now().date():
        return
    day = last.created.date()
    if not AuditAnchor.objects.filter(day=day).exists():
        digest = bytes(last.digest)
        row = AuditAnchor.objects.create(
            day=day,
            created=clock.now(),
            seal_number=last.number,
            digest=digest,
            signature=_signing_key().sign(_text(day, last.number, digest)),
        )
        log.info("audit.anchored", anchor=line_of(anchor_of(row)))


def anchor_of(row: AuditAnchor) -> Anchor:
    return Anchor(row.day, row.seal_number, bytes(row.digest), bytes(row.signature))


def _text(day: date, number: int, digest: bytes) -> bytes:
    return f"contactcenter audit {day.isoformat()} {number} {digest.hex()}".encode()


def _signing_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derived_key("audit-anchor"))


def public_key() -> Ed25519PublicKey:
    return _signing_key().public_key()


def public_key_text() -> str:
    return public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


# Kept elsewhere


def keep_anchors(folder: Path) -> int:
    """Writes those later than the last one kept, one file a day, and none twice. Returns how many. Raises OSError."""
    last = max((path.stem for path in folder.glob("????-??-??.json")), default="")
    anchors = AuditAnchor.objects.order_by("day")
    rows = list(anchors.filter(day__gt=last) if last else anchors)
    for row in rows:
        unfinished = folder / f".{row.day}.part"
        unfinished.write_text(line_of(anchor_of(row)) + "\n", encoding="utf-8")
        unfinished.rename(folder / f"{row.day}.json")
    return len(rows)


def line_of(anchor: Anchor) -> str:
    said = {"day": anchor.day.isoformat(), "seal": anchor.seal}
    return json.dumps({**said, "digest": anchor.digest.hex(), "signature": anchor.signature.hex()})


def kept_anchors(place: Path) -> Iterator[Anchor]:
    """Of a folder that `keep_anchors` filled, or of a file with a line for each. Raises OSError and UnreadableAnchor."""
    for path in sorted(place.glob("*.json")) if place.is_dir() else [place]:
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.strip():
                yield _read(line, path)


def _read(line: str, path: Path) -> Anchor:
    try:
        said = json.loads(line)
        digest, signature = (bytes.fromhex(said[name]) for name in ("digest", "signature"))
        return Anchor(date.fromisoformat(said["day"]), int(said["seal"]), digest, signature)
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableAnchor(f"{path.name}: {line[:80]!r} is no anchor") from error
