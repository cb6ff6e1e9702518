"""The audit trail: who read, revealed, exported, signed in or changed what.

Entries are inserted without looking at each other, so recording costs no lock. A sealer links them into a chain
every few seconds
and signs the end of each day; ``verify_trail`` finds what was changed, deleted, inserted or put in another order since.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

from apps.core import clock, throttle
from apps.core.actor import Actor
from apps.core.crypto import DecryptionError, derived_key, keyed_hash
from apps.core.models import AuditAnchor, AuditEntry, AuditSeal

SEAL_BATCH = 1000
LATE = timedelta(minutes=15)
"""How much later than its ``created`` an entry may be committed and still be sealed."""
VIEW_EVERY = timedelta(minutes=10)
GENESIS = bytes(32)


def record(
    action: str,
    *,
    by: Actor,
    subject: models.Model | None = None,
    subject_type: str = "",
    subject_id: int | None = None,
    reason: str = "",
    result: str = "ok",
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write an entry in the caller's transaction. ``reason`` and ``details`` are encrypted; nothing else may hold
    personal data.
    """
    if subject is not None:
        subject_type, subject_id = subject._meta.label_lower, subject.pk
    entry = AuditEntry(
        created=clock.now(),
        actor_kind=by.kind.value,
        actor_user_id=by.user_id,
        token_id=by.token_id,
        face=by.face.value,
        ip=_address(by.ip),
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        result=result,
        reason=reason,
        details=details or {},
    )
    entry.save(force_insert=True)
    return entry


def _address(text: str) -> str | None:
    """What a proxy or a header claims may be anything; only an address is kept."""
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return None


def record_view(
    action: str, *, by: Actor, subject: models.Model, details: dict[str, Any] | None = None
) -> AuditEntry | None:
    """One entry per actor, action and record in ten minutes; None when there is one already."""
    key = f"view:{by.key}:{action}:{subject._meta.label_lower}:{subject.pk}"
    if not throttle.is_first(key, per=VIEW_EVERY):
        return None
    return record(action, by=by, subject=subject, details=details)


# Sealing


def seal_audit() -> int:
    """Chain the entries that were committed since the last seal; one sealer at a time. Returns how many."""
    with transaction.atomic():
        if not _is_only_sealer():
            return 0
        last = AuditSeal.objects.order_by("-number").first()
        _anchor_finished_day(last)
        entries = _unsealed(since=None if last is None else last.created - LATE)
        if entries:
            _write_seal(last, entries)
        return len(entries)


def _is_only_sealer() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('core.seal_audit'))")
        return bool(cursor.fetchone()[0])


def _unsealed(*, since: datetime | None) -> list[AuditEntry]:
    """Entries without a seal, oldest first. Only what is younger than the last seal, less the time a commit may lag,
    is looked at.
    """
    since = since or datetime.min.replace(year=1970, tzinfo=clock.now().tzinfo)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, created FROM core_auditentry AS entry WHERE created >= %s AND NOT EXISTS ("
            "  SELECT FROM (SELECT unnest(entry_ids) AS id FROM core_auditseal WHERE last_entry >= %s) AS sealed"
            "   WHERE sealed.id = entry.id) ORDER BY created, id LIMIT %s",
            [since, since, SEAL_BATCH],
        )
        rows = cursor.fetchall()
    if not rows:
        return []
    found = AuditEntry.objects.filter(created__gte=rows[0][1], created__lte=rows[-1][1]).in_bulk(
        [row[0] for row in rows]
    )
    return [found[row[0]] for row in rows]


def _write_seal(last: AuditSeal | None, entries: list[AuditEntry]) -> AuditSeal:
    number = 1 if last is None else last.number + 1
    previous = GENESIS if last is None else bytes(last.digest)
    ids = [entry.pk for entry in entries]
    hashes = b"".join(entry_hash(entry) for entry in entries)
    return AuditSeal.objects.create(
        number=number,
        created=clock.now(),
        entry_ids=ids,
        entry_hashes=hashes,
        first_entry=entries[0].created,
        last_entry=entries[-1].created,
        digest=_digest(previous, number, ids, hashes),
    )


def entry_hash(entry: AuditEntry) -> bytes:
    """Keyed, so that it gives away nothing of what it covers; over the plain values, so that keys may rotate."""
    fields = [
        entry.pk, entry.created, entry.actor_kind, entry.actor_user_id, entry.token_id, entry.face, entry.ip,
        entry.action, entry.subject_type, entry.subject_id, entry.result, entry.reason, entry.details,
    ]  # fmt: skip
    return keyed_hash("audit-entry", json.dumps(_plain(fields), sort_keys=True, separators=(",", ":")).encode())


def _plain(fields: list[Any]) -> list[Any]:
    """As they come back from the database: times in UTC to the microsecond, details as JSON."""
    return [
        value.timestamp().hex() if isinstance(value, datetime) else json.loads(json.dumps(value, cls=DjangoJSONEncoder))
        for value in fields
    ]


def _digest(previous: bytes, number: int, ids: list[int], hashes: bytes) -> bytes:
    body = b"".join(pk.to_bytes(8, "big") for pk in ids)
    return keyed_hash("audit-seal", previous + number.to_bytes(8, "big") + len(ids).to_bytes(8, "big") + body + hashes)


# Anchors


def _anchor_finished_day(last: AuditSeal | None) -> None:
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
            signature=_signing_key().sign(_anchor_text(day, last.number, digest)),
        )


def _anchor_text(day: date, number: int, digest: bytes) -> bytes:
    return f"contactcenter audit {day.isoformat()} {number} {digest.hex()}".encode()


def _signing_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derived_key("audit-anchor"))


def public_key() -> Ed25519PublicKey:
    return _signing_key().public_key()


def public_key_text() -> str:
    return public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


# Verification


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was sealed."""

    kind: str
    text: str


@dataclass
class Verification:
    seals: int = 0
    entries: int = 0
    retired: int = 0
    waiting: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def is_intact(self) -> bool:
        return not self.findings


def verify_trail() -> Verification:
    """Walk the whole chain. Needs no lock: what is inserted meanwhile counts as waiting to be sealed."""
    result = Verification()
    findings: list[Finding] = []
    previous, expected = GENESIS, 1
    digests: dict[int, bytes] = {}
    for seal in AuditSeal.objects.order_by("number").iterator(chunk_size=200):
        if seal.number != expected:
            findings.append(Finding("deleted", f"seals {expected} to {seal.number - 1} are missing"))
        hashes = bytes(seal.entry_hashes)
        digest = bytes(seal.digest)
        if digest != _digest(previous, seal.number, seal.entry_ids, hashes) and seal.number == expected:
            findings.append(Finding("changed", f"seal {seal.number} does not follow from the one before"))
        findings.extend(_check_entries(seal, hashes, result))
        digests[seal.number] = previous = digest
        expected = seal.number + 1
        result.seals += 1
    findings.extend(_check_anchors(digests))
    findings.extend(_check_unsealed(result))
    result.findings = tuple(findings)
    return result


def _check_entries(seal: AuditSeal, hashes: bytes, result: Verification) -> Iterator[Finding]:
    found = {
        entry.pk: entry
        for entry in AuditEntry.objects.filter(
            pk__in=seal.entry_ids, created__gte=seal.first_entry, created__lte=seal.last_entry
        )
    }
    if not found and _month_is_retired(seal.last_entry):
        result.retired += len(seal.entry_ids)
        return
    for place, pk in enumerate(seal.entry_ids):
        result.entries += 1
        entry = found.get(pk)
        if entry is None:
            yield Finding("deleted", f"entry {pk} of seal {seal.number} is not where it was")
        elif not _matches(entry, hashes[place * 32 : place * 32 + 32]):
            yield Finding("changed", f"entry {pk} of seal {seal.number} is not what was sealed")


def _matches(entry: AuditEntry, sealed: bytes) -> bool:
    try:
        return entry_hash(entry) == sealed
    except DecryptionError:
        return False


def _month_is_retired(moment: datetime) -> bool:
    """Whether the partition of that month was dropped by retention. Its rows then cannot lie in the DEFAULT partition
    either.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NULL", [f"public.core_auditentry_{moment:%Y_%m}"])
        return bool(cursor.fetchone()[0])


def _check_anchors(digests: dict[int, bytes]) -> Iterator[Finding]:
    key = public_key()
    for anchor in AuditAnchor.objects.order_by("day"):
        digest = bytes(anchor.digest)
        try:
            key.verify(bytes(anchor.signature), _anchor_text(anchor.day, anchor.seal_number, digest))
        except InvalidSignature:
            yield Finding("changed", f"the anchor of {anchor.day} has no valid signature")
            continue
        if digests.get(anchor.seal_number) != digest:
            yield Finding("changed", f"the anchor of {anchor.day} signs another seal {anchor.seal_number}")


def _check_unsealed(result: Verification) -> Iterator[Finding]:
    """Entries that no seal covers: still waiting if they are young, inserted behind the sealer's back if not."""
    last = AuditSeal.objects.order_by("-number").first()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, created FROM core_auditentry AS entry WHERE NOT EXISTS ("
            "  SELECT FROM (SELECT unnest(entry_ids) AS id FROM core_auditseal) AS sealed WHERE sealed.id = entry.id)"
            " UNION ALL SELECT id, max(created) FROM core_auditentry GROUP BY id HAVING count(*) > 1"
        )
        rows = cursor.fetchall()
    for pk, created in rows:
        if last is not None and created < last.created - LATE:
            yield Finding("inserted", f"entry {pk} was never sealed")
        else:
            result.waiting += 1
