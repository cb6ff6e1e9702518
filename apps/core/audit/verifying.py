"""What was changed, deleted, inserted or put in another order since it was sealed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from django.db import connection

from apps.core.audit.anchors import anchor_text, public_key
from apps.core.audit.sealing import GENESIS, LATE, digest_of, entry_hash
from apps.core.crypto import DecryptionError
from apps.core.models import AuditAnchor, AuditEntry, AuditSeal


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
        if digest != digest_of(previous, seal.number, seal.entry_ids, hashes) and seal.number == expected:
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
            key.verify(bytes(anchor.signature), anchor_text(anchor.day, anchor.seal_number, digest))
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
