"""A trail, and random ways to forge it with the rights of the database's owner."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import time_machine
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from apps.core import audit
from apps.core.actor import SYSTEM
from apps.core.audit import Anchor
from apps.core.models import AuditAnchor, AuditEntry, AuditSeal
from contactcenter import env
from tests.support import databases

START = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
Forge = Callable[[CursorWrapper, random.Random], None]


@contextmanager
def as_owner() -> Iterator[None]:
    """The one who may do what the application may not."""
    application = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    databases.connect_as(env.database("DATABASE_OWNER_URL", env.text("DATABASE_URL")))
    try:
        yield
    finally:
        databases.connect_as(application)


def write_trail(*, days: int = 3, seals: int = 2, entries: int = 4) -> datetime:
    """So many days with so many seals of so many entries, all of them anchored. Returns the day after."""
    with time_machine.travel(START, tick=False) as traveller:
        for day in range(days + 1):
            for number in range(seals if day < days else 1):
                for place in range(entries):
                    by = f"{day}-{number}-{place}"
                    audit.record(
                        "test.read", by=SYSTEM, subject_type="x", subject_id=place, reason=by, details={"of": by}
                    )
                    traveller.shift(timedelta(seconds=1))
                audit.seal_audit()
                traveller.shift(timedelta(minutes=30))
            traveller.move_to(START + timedelta(days=day + 1), tick=False)
    return START + timedelta(days=days + 1)


def findings_after(forge: Forge, rng: random.Random, kept: list[Anchor]) -> tuple[str, ...]:
    """What verification says of a trail forged so; afterwards it is as it was. As the owner."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            forge(cursor, rng)
        found = audit.verify_trail(kept).findings
        transaction.set_rollback(True)
    return tuple(f"{finding.kind}: {finding.text}" for finding in found)


def anchored() -> AuditAnchor:
    return AuditAnchor.objects.latest("day")


def _seal(rng: random.Random) -> int:
    return rng.randint(1, anchored().seal_number)


def _entry(rng: random.Random) -> int:
    return int(rng.choice(AuditSeal.objects.get(number=_seal(rng)).entry_ids))


def _two(rng: random.Random) -> tuple[int, int]:
    ids = [pk for row in AuditSeal.objects.filter(number__lte=anchored().seal_number) for pk in row.entry_ids]
    one, other = rng.sample(ids, 2)
    return one, other


# --- Entries ------------------------------------------------------------------------------------------------------


def alter_a_value(cursor: CursorWrapper, rng: random.Random) -> None:
    """A column of an entry, to something else of its kind."""
    change = rng.choice(
        [
            f"created = created + interval '{rng.choice((-1, 1)) * rng.randint(1, 10**9)} microseconds'",
            f"actor_user_id = coalesce(actor_user_id, 0) + {rng.randint(1, 10**6)}",
            f"token_id = {rng.randint(1, 10**6)}",
            f"subject_id = subject_id + {rng.randint(1, 10**6)}",
            f"ip = '192.0.2.{rng.randint(1, 254)}'",
            "actor_kind = 'user'",
            "face = 'api'",
            f"action = 'test.read{rng.randint(1, 99)}'",
            f"subject_type = 'x{rng.randint(1, 99)}'",
            "result = 'refused'",
        ]
    )
    cursor.execute(f"UPDATE core_auditentry SET {change} WHERE id = %s", [_entry(rng)])


def alter_what_is_encrypted(cursor: CursorWrapper, rng: random.Random) -> None:
    """A byte of a ciphertext, or the ciphertext of another entry."""
    name, (one, other) = rng.choice(("reason", "details")), _two(rng)
    if rng.random() < 0.5:
        taken = f"(SELECT {name} FROM core_auditentry WHERE id = %s)"
        cursor.execute(f"UPDATE core_auditentry SET {name} = {taken} WHERE id = %s", [other, one])
        return
    place = f"({rng.randint(0, 10**6)} %% length({name}))"
    value = f"set_byte({name}, {place}, get_byte({name}, {place}) # {rng.randint(1, 255)})"
    cursor.execute(f"UPDATE core_auditentry SET {name} = {value} WHERE id = %s", [one])


def remove_entries(cursor: CursorWrapper, rng: random.Random) -> None:
    """One, or all of a seal."""
    ids = [_entry(rng)] if rng.random() < 0.7 else AuditSeal.objects.get(number=_seal(rng)).entry_ids
    cursor.execute("DELETE FROM core_auditentry WHERE id = ANY(%s)", [ids])


def insert_an_entry(cursor: CursorWrapper, rng: random.Random) -> None:
    """A copy: at another moment of the past or far in the future, under its own number or another."""
    pk = _entry(rng)
    number = "id" if rng.random() < 0.3 else str(rng.randint(10**9, 10**12))
    shift = rng.choice((rng.randint(1, 10**6), -rng.randint(1, 10**11), 10**15))
    columns = [field.attname for field in AuditEntry._meta.concrete_fields if field.attname not in ("id", "created")]
    rest = ", ".join(columns)
    cursor.execute(
        f"INSERT INTO core_auditentry (id, created, {rest})"
        f" SELECT {number}, created + interval '{shift} microseconds', {rest} FROM core_auditentry WHERE id = %s",
        [pk],
    )


def reorder_entries(cursor: CursorWrapper, rng: random.Random) -> None:
    """Two change their numbers, or their moments."""
    one, other = _two(rng)
    if rng.random() < 0.5:
        swapped = "id = CASE id WHEN %s THEN %s::bigint ELSE %s::bigint END"
        values: list[int | datetime] = [one, other, one]
    else:
        moments = dict(AuditEntry.objects.filter(pk__in=[one, other]).values_list("pk", "created"))
        swapped = "created = CASE id WHEN %s THEN %s::timestamptz ELSE %s::timestamptz END"
        values = [one, moments[other], moments[one]]
    cursor.execute(f"UPDATE core_auditentry SET {swapped} WHERE id IN (%s, %s)", [*values, one, other])


# --- Seals and anchors --------------------------------------------------------------------------------------------


def alter_a_seal(cursor: CursorWrapper, rng: random.Random) -> None:
    place = rng.randint(0, 31)
    change = rng.choice(
        [
            f"created = created + interval '{rng.choice((-1, 1)) * rng.randint(1, 10**9)} microseconds'",
            f"first_entry = first_entry - interval '{rng.randint(1, 10**9)} microseconds'",
            f"last_entry = last_entry + interval '{rng.randint(1, 10**9)} microseconds'",
            f"digest = set_byte(digest, {place}, get_byte(digest, {place}) # {rng.randint(1, 255)})",
            f"entry_hashes = set_byte(entry_hashes, {place}, get_byte(entry_hashes, {place}) # {rng.randint(1, 255)})",
            "entry_ids = entry_ids[2:]",
            "entry_ids = entry_ids || 7::bigint",
            "entry_ids = entry_ids[2:] || entry_ids[1]",
            f"number = number + {rng.randint(1000, 9999)}",
        ]
    )
    cursor.execute(f"UPDATE core_auditseal SET {change} WHERE number = %s", [_seal(rng)])


def remove_a_seal(cursor: CursorWrapper, rng: random.Random) -> None:
    """Alone, or with what it covers."""
    seal = AuditSeal.objects.get(number=_seal(rng))
    cursor.execute("DELETE FROM core_auditseal WHERE number = %s", [seal.number])
    if rng.random() < 0.5:
        cursor.execute("DELETE FROM core_auditentry WHERE id = ANY(%s)", [seal.entry_ids])


def forge_an_anchor(cursor: CursorWrapper, rng: random.Random) -> None:
    place = rng.randint(0, 31)
    day = rng.choice(list(AuditAnchor.objects.values_list("day", flat=True)))
    change = rng.choice(
        [
            "DELETE FROM core_auditanchor",
            f"UPDATE core_auditanchor SET day = day + {rng.choice((-1, 1)) * rng.randint(100, 9999)}",
            f"UPDATE core_auditanchor SET seal_number = seal_number + {rng.choice((-1, 1))}",
            f"UPDATE core_auditanchor SET digest = set_byte(digest, {place}, get_byte(digest, {place}) # 1)",
            f"UPDATE core_auditanchor SET signature = set_byte(signature, {place}, get_byte(signature, {place}) # 1)",
        ]
    )
    cursor.execute(f"{change} WHERE day = %s", [day])


def cut_off_the_end(cursor: CursorWrapper, rng: random.Random) -> None:
    """Everything since some seal, anchors included, as if it had never been. Only kept anchors tell."""
    first = AuditSeal.objects.get(number=_seal(rng))
    cursor.execute("DELETE FROM core_auditanchor WHERE seal_number >= %s", [first.number])
    cursor.execute("DELETE FROM core_auditseal WHERE number >= %s", [first.number])
    cursor.execute("DELETE FROM core_auditentry WHERE created >= %s", [first.first_entry])


WAYS: tuple[Forge, ...] = (
    alter_a_value,
    alter_what_is_encrypted,
    remove_entries,
    insert_an_entry,
    reorder_entries,
    alter_a_seal,
    remove_a_seal,
    forge_an_anchor,
    cut_off_the_end,
)
