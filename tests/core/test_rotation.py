"""Keys are changed under way: nothing is lost, nothing else changes, and nothing is left under the old one."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psutil
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from pytest_django import Settings

from apps.core import audit, crypto, rotation
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.models import AuditEntry, DataKey, Event, IdempotentAnswer, KeyRotation, StoredFile
from apps.core.rotation import keys, running
from apps.core.storage import open_file, store_file
from tests.factories.customers import CustomerFactory, OrganizationFactory
from tests.support.spawner import spawner

pytestmark = pytest.mark.integration
KEY = bytes(range(32))


@pytest.fixture
def second_key(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[DataKey]:
    """A rotation to a key of this test's transaction: what start_rotation commits would outlive the test."""
    newest = DataKey.objects.latest("pk")
    key_id = newest.pk + 1000
    name, wrapped = crypto.wrap_key(KEY, key_id=key_id)
    key = DataKey.objects.create(pk=key_id, created=now(), master_key=name, wrapped=wrapped)
    KeyRotation.objects.create(key=key, followed_at=now())
    monkeypatch.setattr(running, "PATIENCE_SECONDS", 0.0)
    yield key
    crypto.forget_keys()


@pytest.fixture
def trail_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the owner, on a connection of its own, brings the audit trail over; that is tested with the real command."""
    others = [model for model in rotation.models_with_encryption() if model is not AuditEntry]
    for module in (running, keys):
        monkeypatch.setattr(module, "models_with_encryption", lambda: others)


def quiet(_words: str) -> None:
    pass


def rotate(*, size: int = 2) -> None:
    crypto.forget_keys()
    rotation.go_on(rotation.start_rotation(), size=size, say=quiet)


@pytest.mark.usefixtures("trail_apart")
def test_every_value_of_every_table_comes_under_the_new_key(second_key: DataKey, tmp_path: Any) -> None:
    people = [CustomerFactory(name=f"person {number}") for number in range(5)]
    kept = store_file(b"content", name="a.txt", by=SYSTEM)
    event = Event.objects.create(created=now(), kind="x", actor_kind="system", face="task", payload={"text": "secret"})
    before = {person.pk: (person.updated, person.version) for person in people}
    old = rotation.count_values()
    rotate()
    left = rotation.count_values()

    assert sum(old.values()) >= 8
    assert set(left) == {second_key.pk}
    for person in people:
        name = person.name
        person.refresh_from_db()
        assert (person.name, person.updated, person.version) == (name, *before[person.pk])
    assert open_file(StoredFile.objects.get(pk=kept.pk)) == b"content"
    assert Event.objects.get(pk=event.pk).payload == {"text": "secret"}
    assert KeyRotation.objects.get().finished is not None
    assert set(DataKey.objects.exclude(pk=second_key.pk).values_list("values_left", flat=True)) == {0}
    assert not DataKey.objects.exclude(pk=second_key.pk).filter(retired=None).exists()


def test_without_the_owner_the_audit_trail_keeps_the_old_key_alive(second_key: DataKey) -> None:
    CustomerFactory(name="somebody")
    entry = audit.record("test.done", by=SYSTEM, reason="because")

    with pytest.raises(rotation.Unfinished, match=r"core\.AuditEntry"):
        rotate()

    counts = rotation.count_values()
    assert counts[second_key.pk] > 0
    assert DataKey.objects.filter(retired=None).count() > 1
    assert AuditEntry.objects.get(pk=entry.pk).reason == "because"
    assert "DATABASE_OWNER_URL" in KeyRotation.objects.get().last_error


@pytest.mark.usefixtures("trail_apart")
def test_a_stopped_rotation_goes_on_where_it_was(second_key: DataKey) -> None:
    for number in range(5):
        OrganizationFactory(name=f"company {number}")
    crypto.forget_keys()
    run = rotation.start_rotation()
    running._prepare_tables(run)
    table = run.tables.get(label="customers.Organization")
    model = type(OrganizationFactory())
    assert running._batch(run, table, model, 2)

    again = rotation.start_rotation()
    found = again.tables.get(label="customers.Organization")

    assert again == run
    assert 0 < found.done < found.total
    assert found.after > 0
    assert DataKey.objects.latest("pk") == second_key


@pytest.mark.usefixtures("trail_apart")
def test_what_was_read_before_a_rotation_does_not_come_back_after_it(second_key: DataKey) -> None:
    crypto._ring._active = (second_key.pk - 1000, crypto._ring.cipher(second_key.pk - 1000), float("inf"))
    company = OrganizationFactory(name="Firma", note="kept")
    read_early = type(company).objects.get(pk=company.pk)
    rotate()

    read_early.save()

    assert set(rotation.values_by_key(type(company))) == {second_key.pk}
    assert type(company).objects.get(pk=company.pk).note == "kept"


@pytest.mark.usefixtures("trail_apart")
def test_a_damaged_value_is_told_and_keeps_its_key(second_key: DataKey) -> None:
    company = OrganizationFactory(name="Firma")
    newest = DataKey.objects.exclude(pk=second_key.pk).latest("pk").pk
    damaged = b"\x01" + newest.to_bytes(4, "big") + bytes(40)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_organization SET note = %s WHERE id = %s", [damaged, company.pk])

    with pytest.raises(rotation.Unfinished, match=r"customers\.Organization: 1"):
        rotate()

    assert DataKey.objects.get(pk=newest).retired is None


# The end of a key


@pytest.mark.usefixtures("trail_apart")
def test_a_key_is_destroyed_only_when_nothing_needs_it(second_key: DataKey) -> None:
    old = DataKey.objects.exclude(pk=second_key.pk).latest("pk")
    CustomerFactory(name="somebody")
    with pytest.raises(CommandError, match="This key is in use"):
        call_command("rotate-keys", destroy=old.pk)
    DataKey.objects.filter(pk=old.pk).update(retired=now())
    value = crypto.seal(b"text", b"")
    answer = IdempotentAnswer(key=b"k" * 32, fingerprint=b"f" * 32, answer={}, created=now(), expires=now())
    answer.save()
    with connection.cursor() as cursor:
        sealed = b"\x01" + old.pk.to_bytes(4, "big") + bytes(40)
        cursor.execute("UPDATE core_idempotentanswer SET answer = %s WHERE id = %s", [sealed, answer.pk])

    with pytest.raises(CommandError, match="still under this key"):
        call_command("rotate-keys", destroy=old.pk)
    old.refresh_from_db()
    assert old.wrapped
    assert old.values_left

    answer.delete()
    rotate()
    call_command("rotate-keys", destroy=old.pk)
    old.refresh_from_db()
    assert (bytes(old.wrapped), old.destroyed is None) == (b"", False)
    assert value
    with pytest.raises(CommandError, match="already"):
        call_command("rotate-keys", destroy=old.pk)


# The real command


@pytest.mark.django_db(transaction=True)
def test_killed_twenty_times_while_others_write(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGKILL at random moments. In the end every value opens, and none is under the old key."""
    monkeypatch.setattr(crypto, "ACTIVE_KEY_SECONDS", 1.0)
    crypto.forget_keys()
    old = DataKey.objects.latest("pk")
    companies = [OrganizationFactory(name=f"company {number}", note="x" * 50) for number in range(150)]
    model = type(companies[0])
    _many(model, 1500)
    entry = audit.record("test.done", by=SYSTEM, reason="because")
    untouched = dict(model.objects.exclude(pk__in=[row.pk for row in companies[:20]]).values_list("pk", "updated"))
    writers = Writers(model, companies[:20])
    chance = random.Random(7)
    try:
        with spawner(DATA_KEY_SECONDS="1") as commands, writers:
            for _ in range(20):
                _kill(commands.start("rotate-keys", "--batch", "10"), after=chance.uniform(0.02, 0.25))
            _wait_gone(commands.start("rotate-keys"), 60)
        crypto.forget_keys()

        counts = rotation.count_values()
        assert set(counts) == {DataKey.objects.latest("pk").pk}
        assert counts[old.pk] == 0
        assert AuditEntry.objects.get(pk=entry.pk).reason == "because"
        assert KeyRotation.objects.count() == 1, "a killed run never makes a second key"
        assert DataKey.objects.get(pk=old.pk).retired is not None
        assert {row.note for row in model.objects.exclude(pk__in=writers.ids)} == {"x" * 50}
        assert {row.pk: row.note for row in model.objects.filter(pk__in=writers.ids)} == writers.last
        assert dict(model.objects.exclude(pk__in=writers.ids).values_list("pk", "updated")) == untouched
        assert writers.count > 20
    finally:
        _give_back(old)


def _many(model: Any, count: int) -> None:
    rows = [model(name=f"filler {number}", note="x" * 50) for number in range(count)]
    model.objects.bulk_create(rows)


def _kill(process: int, *, after: float) -> None:
    _wait_gone(process, after)
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    _wait_gone(process, 20)


def _wait_gone(process: int, seconds: float) -> None:
    with suppress(psutil.TimeoutExpired, psutil.NoSuchProcess):
        psutil.Process(process).wait(seconds)


def _give_back(old: DataKey) -> None:
    """Later tests read with the first key, which `empty` leaves; the new one goes with what it sealed."""
    DataKey.objects.filter(pk=old.pk).update(retired=None, values_left=None, counted_at=None)
    crypto.forget_keys()


class Writers:
    """Threads that write some of the rows all the time, and know what they wrote last."""

    def __init__(self, model: Any, rows: list[Any]) -> None:
        self.ids = [row.pk for row in rows]
        self.last = {row.pk: row.note for row in rows}
        self.count = 0
        self._model = model
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(self.ids[part::2],)) for part in range(2)]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_unused: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _write(self, ids: list[int]) -> None:
        try:
            while not self._stop.wait(0.01):
                for pk in ids:
                    self._write_one(pk)
        finally:
            connections.close_all()

    def _write_one(self, pk: int) -> None:
        with transaction.atomic():
            row = self._model.objects.select_for_update().get(pk=pk)
            row.note = f"written {self.count}"
            row.save()
        self.last[pk] = row.note
        self.count += 1
