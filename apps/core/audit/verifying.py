"""What was changed, deleted, inserted or put in another order since it was sealed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection

from apps.core import clock
from apps.core.audit.anchors import Anchor, anchor_of
from apps.core.audit.sealing import GENESIS, LATE, digest_of, entry_hash, first_digest_of
from apps.core.crypto import DecryptionError
from apps.core.models import AuditAnchor, AuditEntry, AuditSeal

KEPT_AT_LEAST = timedelta(days=183)
"""A month that is gone earlier was not retired by a rule: logs are kept for six months (Cybersecurity Law of China, article 21)."""


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


def verify_trail(kept: Iterable[Anchor] = ()) -> Verification:
    """Walk the whole chain. Needs no lock: what is inserted meanwhile counts as waiting to be sealed.

    `kept` are anchors from a place that whoever rules this database does not: with them a chain is found, too, that was
    made anew or cut off.
    """
    result = Verification()
    chain = _Chain()
    findings: list[Finding] = []
    for seal in AuditSeal.objects.order_by("number").iterator(chunk_size=200):
        findings.extend(chain.follow(seal))
        findings.extend(_check_entries(seal, result))
        result.seals += 1
    findings.extend(_check_anchors(chain))
    findings.extend(_check_kept(chain, kept))
    findings.extend(_check_unsealed(chain, result))
    result.findings = tuple(findings)
    return result


@dataclass
class _Chain:
    """What was walked so far. `finished` are the days after which sealing went on, so each has its anchor."""

    digests: dict[int, bytes] = field(default_factory=dict)
    finished: set[date] = field(default_factory=set)
    last: AuditSeal | None = None

    def follow(self, seal: AuditSeal) -> Iterator[Finding]:
        expected, previous = 1, GENESIS
        if self.last is not None:
            expected, previous = self.last.number + 1, bytes(self.last.digest)
            if self.last.created.date() < seal.created.date():
                self.finished.add(self.last.created.date())
        digest = bytes(seal.digest)
        if seal.number != expected:
            yield Finding("deleted", f"seals {expected} to {seal.number - 1} are missing")
        elif digest not in (digest_of(seal, previous), first_digest_of(seal, previous)):
            yield Finding("changed", f"seal {seal.number} does not follow from the one before")
        self.digests[seal.number], self.last = digest, seal


def _check_entries(seal: AuditSeal, result: Verification) -> Iterator[Finding]:
    hashes = bytes(seal.entry_hashes)
    times = {"created__gte": seal.first_entry, "created__lte": seal.last_entry}
    found = {entry.pk: entry for entry in AuditEntry.objects.filter(pk__in=seal.entry_ids, **times)}
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
    except (DecryptionError, ValueError):
        return False


def _month_is_retired(moment: datetime) -> bool:
    """Whether the partition of that month was dropped, and old enough for that. Its rows then cannot lie in the DEFAULT
    partition either.
    """
    if moment > clock.now() - KEPT_AT_LEAST:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NULL", [f"public.core_auditentry_{moment:%Y_%m}"])
        return bool(cursor.fetchone()[0])


def _check_anchors(chain: _Chain) -> Iterator[Finding]:
    anchors = [anchor_of(row) for row in AuditAnchor.objects.order_by("day")]
    for day in sorted(chain.finished - {anchor.day for anchor in anchors}):
        yield Finding("deleted", f"the anchor of {day} is missing")
    for anchor in anchors:
        yield from _check_anchor(chain, anchor, "the anchor")


def _check_kept(chain: _Chain, kept: Iterable[Anchor]) -> Iterator[Finding]:
    for anchor in kept:
        yield from _check_anchor(chain, anchor, "the kept anchor")


def _check_anchor(chain: _Chain, anchor: Anchor, name: str) -> Iterator[Finding]:
    if not anchor.is_signed:
        yield Finding("changed", f"{name} of {anchor.day} has no valid signature")
    elif anchor.seal not in chain.digests:
        yield Finding("deleted", f"{name} of {anchor.day} signs seal {anchor.seal}, which is missing")
    elif chain.digests[anchor.seal] != anchor.digest:
        yield Finding("changed", f"{name} of {anchor.day} signs another seal {anchor.seal}")


def _check_unsealed(chain: _Chain, result: Verification) -> Iterator[Finding]:
    """Entries that no seal covers: still waiting if they are young, inserted behind the sealer's back if not. The same
    entry twice was never written by us.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, created FROM core_auditentry AS entry WHERE NOT EXISTS ("
            "  SELECT FROM (SELECT unnest(entry_ids) AS id FROM core_auditseal) AS sealed WHERE sealed.id = entry.id)"
        )
        unsealed = cursor.fetchall()
        cursor.execute("SELECT id FROM core_auditentry GROUP BY id HAVING count(*) > 1")
        doubled = cursor.fetchall()
    for pk, created in unsealed:
        is_late = chain.last is not None and created < chain.last.created - LATE
        if is_late or created > clock.now() + LATE:
            yield Finding("inserted", f"entry {pk} was never sealed")
        else:
            result.waiting += 1
    for (pk,) in doubled:
        yield Finding("inserted", f"entry {pk} is there more than once")
