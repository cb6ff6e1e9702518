from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from apps.core import audit
from apps.core.actor import SYSTEM, Actor, person
from apps.core.models import AuditAnchor, AuditEntry, AuditSeal, DataKey
from contactcenter import env
from tests.support import databases

pytestmark = pytest.mark.integration

START = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def fill(travel: time_machine.Traveller, *, batches: int = 3) -> None:
    """Seals with two entries each, a minute apart."""
    for number in range(batches):
        for part in "ab":
            audit.record("test.read", by=SYSTEM, subject_type="x", subject_id=number, reason=f"{number}{part} because")
            travel.shift(timedelta(seconds=1))
        assert audit.seal_audit() == 2
        travel.shift(timedelta(minutes=1))


@contextmanager
def as_owner() -> Iterator[None]:
    """The one who may do what the application may not."""
    application = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    databases.connect_as(env.database("DATABASE_OWNER_URL", env.text("DATABASE_URL")))
    try:
        yield
    finally:
        databases.connect_as(application)


def sql(statement: str, *params: object) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(statement, list(params))


def kinds() -> list[str]:
    return [finding.kind for finding in audit.verify_trail().findings]


@pytest.mark.django_db
def test_what_was_typed_is_encrypted(agent: object) -> None:
    entry = audit.record("customer.revealed", by=SYSTEM, reason="王小明 asked", details={"phone": "13800005678"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_auditentry::text FROM core_auditentry WHERE id = %s", [entry.pk])
        dump = cursor.fetchone()[0]
    assert "王小明" not in dump
    assert b"13800005678".hex() not in dump
    loaded = AuditEntry.objects.get(pk=entry.pk)
    assert (loaded.reason, loaded.details) == ("王小明 asked", {"phone": "13800005678"})


@pytest.mark.django_db
def test_an_entry_names_its_actor_and_subject_by_id(agent_actor: Actor) -> None:
    subject = DataKey.objects.latest("pk")
    entry = audit.record("key.read", by=agent_actor, subject=subject, result="refused")
    assert entry.actor_user_id == agent_actor.user_id
    assert (entry.subject_type, entry.subject_id, entry.result) == ("core.datakey", subject.pk, "refused")
    assert entry.ip == "192.0.2.7"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("claimed", "kept"), [("192.0.2.7", "192.0.2.7"), ("2001:DB8::1", "2001:db8::1"), ("<script>", None), ("", None)]
)
def test_an_address_must_be_one(claimed: str, kept: str | None) -> None:
    entry = audit.record("test.read", by=Actor(kind=SYSTEM.kind, face=SYSTEM.face, ip=claimed))
    assert AuditEntry.objects.get(pk=entry.pk).ip == kept


@pytest.fixture
def agent_actor(agent: object) -> Actor:
    return person(agent, ip="192.0.2.7")  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_view_is_recorded_once_in_ten_minutes(agent_actor: Actor, travel: time_machine.Traveller) -> None:
    subject = DataKey.objects.latest("pk")
    assert audit.record_view("key.viewed", by=agent_actor, subject=subject) is not None
    travel.shift(timedelta(minutes=9, seconds=59))
    assert audit.record_view("key.viewed", by=agent_actor, subject=subject) is None
    assert audit.record_view("key.viewed", by=SYSTEM, subject=subject) is not None
    assert audit.record_view("key.exported", by=agent_actor, subject=subject) is not None
    travel.shift(timedelta(seconds=2))
    assert audit.record_view("key.viewed", by=agent_actor, subject=subject) is not None
    assert AuditEntry.objects.filter(action="key.viewed").count() == 3


@pytest.mark.django_db(transaction=True)
def test_sealing_leaves_an_intact_trail(travel: time_machine.Traveller) -> None:
    fill(travel)
    assert audit.seal_audit() == 0
    result = audit.verify_trail()
    assert (result.is_intact, result.seals, result.entries, result.waiting) == (True, 3, 6, 0)
    audit.record("test.read", by=SYSTEM)
    assert audit.verify_trail().waiting == 1
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert "intact" in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_was_committed_late_is_sealed_in_a_later_seal(travel: time_machine.Traveller) -> None:
    fill(travel, batches=1)
    late = audit.record("test.late", by=SYSTEM)
    sql("UPDATE core_auditentry SET created = %s WHERE id = %s", START - timedelta(minutes=5), late.pk)
    assert audit.seal_audit() == 1
    assert audit.verify_trail().is_intact


@pytest.mark.django_db(transaction=True)
def test_nothing_is_forgotten_while_the_sealer_was_down(travel: time_machine.Traveller) -> None:
    fill(travel, batches=1)
    audit.record("test.read", by=SYSTEM)
    travel.shift(timedelta(days=9))
    audit.record("test.read", by=SYSTEM)
    assert audit.seal_audit() == 2
    assert audit.verify_trail().is_intact


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE core_auditentry SET actor_user_id = 99 WHERE id = %s",
        "UPDATE core_auditentry SET result = 'refused' WHERE id = %s",
        "UPDATE core_auditentry SET created = created + interval '1 microsecond' WHERE id = %s",
        "UPDATE core_auditentry SET reason = substring(reason FROM 1 FOR 30) || '\\x00'::bytea WHERE id = %s",
        (
            "UPDATE core_auditentry AS entry SET reason = other.reason FROM core_auditentry AS other"
            " WHERE other.id <> entry.id AND entry.id = %s"
        ),
    ],
)
def test_a_changed_entry_is_found(travel: time_machine.Traveller, change: str) -> None:
    fill(travel)
    sql(change, AuditEntry.objects.order_by("created").values_list("pk", flat=True)[2])
    assert kinds() == ["changed"]
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=StringIO(), stderr=StringIO())


@pytest.mark.django_db(transaction=True)
def test_a_deleted_entry_is_found(travel: time_machine.Traveller) -> None:
    fill(travel)
    sql(
        "DELETE FROM core_auditentry WHERE id = %s",
        AuditEntry.objects.order_by("created").values_list("pk", flat=True)[3],
    )
    assert kinds() == ["deleted"]


@pytest.mark.django_db(transaction=True)
def test_an_inserted_entry_is_found(travel: time_machine.Traveller) -> None:
    fill(travel)
    travel.shift(timedelta(hours=1))
    audit.record("test.read", by=SYSTEM)
    audit.seal_audit()
    with time_machine.travel(START + timedelta(seconds=30)):
        audit.record("test.forged", by=SYSTEM)
    assert kinds() == ["inserted"]


@pytest.mark.django_db(transaction=True)
def test_entries_in_another_order_are_found(travel: time_machine.Traveller) -> None:
    fill(travel)
    first, second = AuditEntry.objects.order_by("created").values_list("pk", flat=True)[:2]
    sql(
        "UPDATE core_auditentry SET id = CASE id WHEN %s THEN %s::bigint ELSE %s::bigint END WHERE id IN (%s, %s)",
        first, second, first, first, second,
    )  # fmt: skip
    assert kinds() == ["changed", "changed"]


@pytest.mark.django_db(transaction=True)
def test_a_seal_with_another_order_is_found(travel: time_machine.Traveller) -> None:
    fill(travel)
    sql("UPDATE core_auditseal SET entry_ids = ARRAY[entry_ids[2], entry_ids[1]] WHERE number = 2")
    assert kinds() == ["changed", "changed", "changed"]


@pytest.mark.django_db(transaction=True)
def test_a_deleted_seal_is_found_with_its_entries(travel: time_machine.Traveller) -> None:
    fill(travel)
    travel.shift(timedelta(hours=1))
    audit.record("test.read", by=SYSTEM)
    audit.seal_audit()
    ids = AuditSeal.objects.get(number=2).entry_ids
    sql("DELETE FROM core_auditentry WHERE id = ANY(%s)", ids)
    sql("DELETE FROM core_auditseal WHERE number = 2")
    assert kinds() == ["deleted"]


@pytest.mark.django_db(transaction=True)
def test_a_rewritten_tail_contradicts_the_signed_day(travel: time_machine.Traveller) -> None:
    fill(travel)
    travel.shift(timedelta(days=1))
    audit.record("test.read", by=SYSTEM)
    audit.seal_audit()
    anchor = AuditAnchor.objects.get()
    assert (anchor.day, anchor.seal_number) == (START.date(), 3)
    assert audit.verify_trail().is_intact

    sql("DELETE FROM core_auditseal WHERE number >= 3")
    sql("DELETE FROM core_auditentry WHERE created > %s", START + timedelta(minutes=2))
    assert kinds() == ["changed"]
    sql("UPDATE core_auditanchor SET seal_number = 2, digest = (SELECT digest FROM core_auditseal WHERE number = 2)")
    assert kinds() == ["changed"]


@pytest.mark.django_db(transaction=True)
def test_a_month_that_retention_dropped_leaves_its_seals(travel: time_machine.Traveller) -> None:
    # May 2026 has no partition in the test database: its rows lie in DEFAULT and are taken away like a dropped month's.
    fill(travel)
    sql("DELETE FROM core_auditentry")
    result = audit.verify_trail()
    assert (result.is_intact, result.retired) == (True, 6)
