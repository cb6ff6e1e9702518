import copy
import pickle
import secrets
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import ProgrammingError, connection, models, transaction
from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Upper
from django.test.utils import CaptureQueriesContext, isolate_apps

from apps.core import crypto
from apps.core.clock import now
from apps.core.errors import StaleVersion
from apps.core.fields import BlindIndexField, EncryptedTextField, Sealed
from apps.core.models import SequencedModel, StoredFile
from tests.core.samples import Person, Plain

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("samples")]

SECRET = "13800005678 王小明"


def make(**values: Any) -> Person:
    person = Person(**{"handle": SECRET, **values})
    person.save()
    return person


def stored(column: str, pk: int, table: str = "core_samples_person") -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE id = %s", [pk])
        return bytes(cursor.fetchone()[0])


def test_values_come_back_as_they_were() -> None:
    person = make(note="多行\n文本 🙂", nickname=None, details={"a": [1, "二"]}, picture=b"\x00\xff")

    loaded = Person.objects.get(pk=person.pk)

    assert loaded.handle == SECRET
    assert loaded.note == "多行\n文本 🙂"
    assert loaded.nickname is None
    assert loaded.details == {"a": [1, "二"]}
    assert loaded.picture == b"\x00\xff"


@pytest.mark.parametrize("text", ["", "\0", "a" * 100_000, "\ud800"])
def test_any_text_survives(text: str) -> None:
    assert Person.objects.get(pk=make(note=text).pk).note == text


def test_the_table_holds_no_readable_text() -> None:
    make(note=SECRET, nickname=SECRET, details={"phone": SECRET}, picture=SECRET.encode())

    with connection.cursor() as cursor:
        cursor.execute("SELECT core_samples_person::text FROM core_samples_person")
        dump = cursor.fetchone()[0]

    for readable in (SECRET, "13800005678", SECRET.encode().hex(), b"13800005678".hex()):
        assert readable not in dump


def test_equal_values_look_different_in_every_row_and_column() -> None:
    first, second = make(note=SECRET), make(note=SECRET)

    assert len({stored(column, row.pk) for row in (first, second) for column in ("handle", "note")}) == 4


def test_a_value_moved_to_another_row_does_not_open() -> None:
    first, second = make(note="one"), make(note="two")
    Person.objects.filter(pk=second.pk).update(note=Sealed(stored("note", first.pk)))

    with pytest.raises(crypto.DecryptionError):
        _ = Person.objects.get(pk=second.pk).note


def test_a_value_moved_to_another_column_does_not_open() -> None:
    person = make(note="one")
    Person.objects.filter(pk=person.pk).update(nickname=Sealed(stored("note", person.pk)))

    with pytest.raises(crypto.DecryptionError):
        _ = Person.objects.get(pk=person.pk).nickname


@pytest.mark.parametrize("place", [0, 1, 5, 17, -1])
def test_a_damaged_value_does_not_open(place: int) -> None:
    person = make(note="one")
    raw = bytearray(stored("note", person.pk))
    raw[place] ^= 1
    Person.objects.filter(pk=person.pk).update(note=Sealed(bytes(raw)))

    with pytest.raises(crypto.DecryptionError):
        _ = Person.objects.get(pk=person.pk).note


def test_loading_opens_nothing_until_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    pk = make(note="one").pk
    opened: list[bytes] = []
    unseal = crypto.unseal
    monkeypatch.setattr(crypto, "unseal", lambda value, aad: opened.append(aad) or unseal(value, aad))

    person = Person.objects.get(pk=pk)
    assert opened == []
    assert (person.note, person.note) == ("one", "one")
    assert len(opened) == 1


def test_saving_writes_an_unread_value_back_unchanged() -> None:
    pk = make(note="one").pk
    before = stored("note", pk)

    person = Person.objects.get(pk=pk)
    person.score = 5
    person.save()

    assert stored("note", pk) == before


def test_saving_a_changed_value_replaces_it_and_its_index() -> None:
    person = make()
    person.handle = "another"
    person.save(update_fields=["handle"])

    assert Person.objects.get(handle="another").handle == "another"
    assert not Person.objects.filter(handle=SECRET).exists()


def test_create_takes_two_queries() -> None:
    crypto.seal(b"", b"")  # the key is known to a running process
    with CaptureQueriesContext(connection) as queries:
        Person.objects.create(handle="x")
    assert len(queries) == 2
    assert "nextval" in queries[0]["sql"]


def test_bulk_create_takes_its_ids_in_one_query() -> None:
    with CaptureQueriesContext(connection) as queries:
        people = Person.objects.bulk_create([Person(handle=f"p{number}") for number in range(20)])

    assert sum("nextval" in query["sql"] for query in queries) == 1
    assert [person.pk for person in people] == sorted(person.pk for person in people)
    assert [person.handle for person in Person.objects.order_by("id")] == [f"p{number}" for number in range(20)]
    assert Person.objects.get(handle="p7").pk == people[7].pk


def test_bulk_create_works_without_a_queryset_of_its_own() -> None:
    Plain.objects.bulk_create([Plain(note="a"), Plain(note="b")])
    assert [row.note for row in Plain.objects.order_by("id")] == ["a", "b"]


def test_a_given_id_is_kept() -> None:
    Person(pk=7_000_000, handle="x").save()
    assert Person.objects.get(pk=7_000_000).handle == "x"


def stored_file(name: str = "one") -> StoredFile:
    return StoredFile.objects.create(
        name=name,
        size=1,
        sha256=b"s",
        content_type="x/y",
        storage_key=secrets.token_hex(8),
        file_key=b"k",
        created=now(),
    )


def test_a_copy_is_sealed_for_its_own_row() -> None:
    original = StoredFile.objects.get(pk=stored_file().pk)
    duplicate = copy.copy(original)
    duplicate.pk = None
    duplicate.storage_key = "another"
    duplicate._state.adding = True
    duplicate.save()

    assert duplicate.pk != original.pk
    assert StoredFile.objects.get(pk=duplicate.pk).name == "one"
    assert StoredFile.objects.get(pk=original.pk).name == "one"


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda row: pickle.loads(pickle.dumps(row))])
def test_copies_in_memory_open(duplicate: Any) -> None:
    assert duplicate(StoredFile.objects.get(pk=stored_file().pk)).name == "one"


def test_deferred_and_refreshed_values_open() -> None:
    person = make(note="one")

    deferred = Person.objects.defer("note").get(pk=person.pk)
    assert deferred.note == "one"
    assert Person.objects.only("score").get(pk=person.pk).handle == SECRET

    Person.objects.get(pk=person.pk)
    stale = Person.objects.get(pk=person.pk)
    changed = Person.objects.get(pk=person.pk)
    changed.note = "two"
    changed.save()
    assert stale.note == "one"
    stale.refresh_from_db()
    assert stale.note == "two"
    stale.note = "mine"
    stale.refresh_from_db(fields=["note"])
    assert stale.note == "two"


def test_a_fixture_is_loaded_encrypted() -> None:
    original = stored_file(name="a readable name")
    dump = serializers.serialize("json", [original])
    StoredFile.objects.all().delete()

    for entry in serializers.deserialize("json", dump):
        entry.save()

    assert b"readable" not in stored("name", original.pk, "core_storedfile")
    loaded = StoredFile.objects.get(pk=original.pk)
    assert (loaded.name, bytes(loaded.file_key)) == ("a readable name", b"k")


# What would use the ciphertext as if it were the value


@pytest.mark.parametrize(
    "lookup", ["note", "note__contains", "note__gt", "note__regex", "note__in", "handle__startswith"]
)
def test_lookups_are_refused(lookup: str) -> None:
    with pytest.raises(FieldError):
        list(Person.objects.filter(**{lookup: ["x"] if lookup.endswith("in") else "x"}))


@pytest.mark.parametrize(
    "query",
    [
        lambda people: people.order_by("note"),
        lambda people: people.order_by("-handle"),
        lambda people: people.filter(score=1).order_by("score", "note"),
    ],
)
def test_ordering_is_refused(query: Any) -> None:
    with pytest.raises(FieldError):
        list(query(Person.objects.all()))


def test_computing_is_refused() -> None:
    with pytest.raises((FieldError, ProgrammingError)), transaction.atomic():
        list(Person.objects.annotate(up=Upper("note")))


def test_update_is_refused() -> None:
    person = make(note="one")
    with pytest.raises(TypeError, match="encrypted per row"), transaction.atomic():
        Person.objects.update(note="two")
    person.note = "two"
    with pytest.raises(TypeError, match="encrypted per row"), transaction.atomic():
        Person.objects.bulk_update([person], ["note"])
    assert Person.objects.get(pk=person.pk).note == "one"


def test_values_are_sealed_and_no_text() -> None:
    make(note=SECRET)
    for value in (
        Person.objects.values("note").get()["note"],
        Person.objects.values_list("note", flat=True).get(),
        Person.objects.annotate(other=F("note")).get().other,  # type: ignore[attr-defined]
        Person.objects.values("note").annotate(count=Count("id")).get()["note"],
    ):
        assert repr(value) == "<sealed>"
        with pytest.raises(TypeError):
            str(value)
        with pytest.raises(TypeError):
            f"{value}"


def test_isnull_works_also_inside_a_subquery() -> None:
    make(nickname="x")
    assert Person.objects.filter(nickname__isnull=False).count() == 1
    assert Person.objects.filter(nickname=None).count() == 0
    inner = Person.objects.filter(pk=OuterRef("pk"), nickname__isnull=False, handle=SECRET).values("pk")
    assert Person.objects.filter(pk=Subquery(inner)).count() == 1


# Blind index


def test_exact_and_in_use_the_blind_index() -> None:
    person = make(handle="Ming@Example.COM")
    make(handle="other")

    assert Person.objects.get(handle="ming@example.com") == person
    assert Person.objects.get(handle="ＭＩＮＧ@example.com ") == person
    assert list(Person.objects.filter(handle__in=["nobody", "MING@example.com"])) == [person]
    assert Person.objects.exclude(handle="other").get() == person
    assert Person.objects.filter(handle="").count() == 0


def test_an_index_is_compared_with_plain_values_only() -> None:
    for lookup in ({"handle": F("note")}, {"handle__in": Person.objects.values("note")}, {"handle__in": "text"}):
        with pytest.raises(FieldError):
            list(Person.objects.filter(**lookup))


def test_a_conflicting_row_is_not_overwritten_with_a_value_for_another_id() -> None:
    with pytest.raises(TypeError, match="on conflict"):
        Person.objects.bulk_create(
            [Person(handle="x")], update_conflicts=True, update_fields=["note"], unique_fields=["id"]
        )


def test_nothing_has_no_index() -> None:
    assert make(handle="").handle_index is None
    assert make(handle="   ").handle_index is None


def test_hashes_differ_between_fields_unless_they_share_a_domain() -> None:
    with isolate_apps("apps.core"):

        class One(SequencedModel):
            a = EncryptedTextField()
            a_index = BlindIndexField(of="a")
            b = EncryptedTextField()
            b_index = BlindIndexField(of="b")
            c_index = BlindIndexField(of="a", domain="shared")
            d_index = BlindIndexField(of="b", domain="shared")

            class Meta:
                app_label = "core"

    digest = {name: One._meta.get_field(name).digest("x") for name in ("a_index", "b_index", "c_index", "d_index")}  # type: ignore[union-attr]
    assert digest["a_index"] != digest["b_index"]
    assert digest["c_index"] == digest["d_index"]
    assert len(digest["a_index"]) == 16


def test_declarations_that_cannot_work_are_found() -> None:
    with isolate_apps("apps.core"):

        class Wrong(models.Model):
            note = EncryptedTextField(blind_index="missing")

            class Meta:
                app_label = "core"

        found = {message.id for message in Wrong.check()}
    assert {"core.E001", "core.E002"} <= found
    with pytest.raises(FieldError):
        EncryptedTextField(unique=True)


# Optimistic locking


def test_the_second_of_two_editors_is_refused_and_changes_nothing() -> None:
    pk = make(note="one").pk
    first, second = Person.objects.get(pk=pk), Person.objects.get(pk=pk)
    first.note = "first"
    first.save_versioned(update_fields=["note"])

    second.note = "second"
    with pytest.raises(StaleVersion), transaction.atomic():
        second.save_versioned(update_fields=["note"])

    loaded = Person.objects.get(pk=pk)
    assert (loaded.note, loaded.version) == ("first", 2)
    assert second.version == 1
    with pytest.raises(StaleVersion):
        loaded.require_version(1)
    loaded.require_version(2)
