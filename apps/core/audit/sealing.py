"""The chain: every few seconds a seal over the entries since the last one, and over that."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from apps.core import clock
from apps.core.audit.anchors import anchor_finished_day
from apps.core.crypto import keyed_hash
from apps.core.models import AuditEntry, AuditSeal

SEAL_BATCH = 1000
LATE = timedelta(minutes=15)
"""How much later than its ``created`` an entry may be committed and still be sealed."""
GENESIS = bytes(32)


def seal_audit() -> int:
    """Chain the entries that were committed since the last seal; one sealer at a time. Returns how many."""
    with transaction.atomic():
        if not _is_only_sealer():
            return 0
        last = AuditSeal.objects.order_by("-number").first()
        anchor_finished_day(last)
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
    seal = AuditSeal(
        number=1 if last is None else last.number + 1,
        created=clock.now(),
        entry_ids=[entry.pk for entry in entries],
        entry_hashes=b"".join(entry_hash(entry) for entry in entries),
        first_entry=entries[0].created,
        last_entry=entries[-1].created,
    )
    seal.digest = digest_of(seal, GENESIS if last is None else bytes(last.digest))
    seal.save(force_insert=True)
    return seal


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


def digest_of(seal: AuditSeal, previous: bytes) -> bytes:
    """Over everything the seal says, and the digest of the one before."""
    times = [seal.created, seal.first_entry, seal.last_entry]
    return keyed_hash("audit-seal-2", json.dumps(_plain(list(times))).encode() + _links(seal, previous))


def first_digest_of(seal: AuditSeal, previous: bytes) -> bytes:
    """As seals were made before they covered their own times; those are found by their entries."""
    return keyed_hash("audit-seal", _links(seal, previous))


def _links(seal: AuditSeal, previous: bytes) -> bytes:
    ids, hashes = seal.entry_ids, bytes(seal.entry_hashes)
    body = b"".join(pk.to_bytes(8, "big", signed=True) for pk in ids)
    return previous + seal.number.to_bytes(8, "big", signed=True) + len(ids).to_bytes(8, "big") + body + hashes
