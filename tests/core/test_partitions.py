from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import ProgrammingError, connection, transaction

from apps.core import clock, partitions
from apps.core.actor import SYSTEM
from apps.core.events import build_event
from apps.core.models import AuditEntry, Event
from tests.core.test_events import SampleHappened

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def children(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table])
        return {row[0] for row in cursor.fetchall()}


def place_of(pk: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM core_event WHERE id = %s", [pk])
        return str(cursor.fetchone()[0])


def write(at: datetime) -> Event:
    row = build_event(SampleHappened(ticket_id=1, text=at.isoformat()), by=SYSTEM, at=at)
    row.save()
    return row


def test_this_month_and_the_next_three_are_there() -> None:
    now = clock.now()
    for table in ("core_event", "core_auditentry"):
        names = children(table)
        assert f"{table}_default" in names
        assert f"{table}_{now:%Y_%m}" in names
        assert len(names) >= partitions.MONTHS_AHEAD + 2


def test_the_application_makes_missing_months_itself() -> None:
    year = clock.now().year + 3
    with time_machine.travel(datetime(year, 11, 20, tzinfo=UTC), tick=False):
        assert partitions.ensure_partitions() > 0
        assert partitions.ensure_partitions() == 0
    months = (f"{year}_11", f"{year}_12", f"{year + 1}_01", f"{year + 1}_02")
    assert {f"core_event_{month}" for month in months} <= children("core_event")


def test_rows_without_a_month_are_caught_and_moved_when_it_is_made() -> None:
    past = datetime(2019, 3, 31, 23, 59, 59, 999999, tzinfo=UTC)
    row, neighbour = write(past), write(past + timedelta(microseconds=1))
    assert place_of(row.pk) == "core_event_default"

    assert partitions.ensure_partition_for(Event, past)
    assert not partitions.ensure_partition_for(Event, past)

    assert place_of(row.pk) == "core_event_2019_03"
    assert place_of(neighbour.pk) == "core_event_default"
    assert Event.objects.get(pk=row.pk).payload["text"] == past.isoformat()


def test_only_partitioned_tables_get_partitions() -> None:
    for table in ("core_lease", "nothing", "core_event; DROP TABLE core_lease"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT core_ensure_partition(%s, %s)", [table, "2026-01-01"])


def test_a_row_is_found_changed_and_deleted_by_its_id_alone() -> None:
    row = write(datetime(2018, 1, 1, tzinfo=UTC))
    Event.objects.filter(pk=row.pk).update(ticket_id=5)
    assert Event.objects.get(pk=row.pk).ticket_id == 5
    row.delete()
    assert not Event.objects.filter(pk=row.pk).exists()


def test_partitioned_tables_are_found_in_the_catalogue() -> None:
    assert {"core_event", "core_auditentry"} <= set(partitions.partitioned_tables())
    assert AuditEntry._meta.db_table == "core_auditentry"
