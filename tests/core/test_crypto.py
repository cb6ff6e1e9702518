import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from apps.core import crypto, ids, rotation
from apps.core.models import DataKey, Event, StoredFile
from tests.core.samples import Plain

KEY = bytes(range(32))


@pytest.mark.integration
@pytest.mark.django_db
def test_a_value_opens_only_with_what_it_was_bound_to() -> None:
    value = crypto.seal(b"text", crypto.aad("t", 1, "c"))

    assert crypto.unseal(value, crypto.aad("t", 1, "c")) == b"text"
    assert value[0] == 1
    assert len(value) == len(b"text") + 17 + 16
    for other in (crypto.aad("t", 2, "c"), crypto.aad("t", 1, "d"), crypto.aad("u", 1, "c")):
        with pytest.raises(crypto.DecryptionError):
            crypto.unseal(value, other)


@pytest.mark.integration
@pytest.mark.django_db
@pytest.mark.parametrize("value", [b"", b"\x01", b"\x02" + bytes(40), b"\x01" + bytes(60)])
def test_what_is_no_value_of_ours_is_refused(value: bytes) -> None:
    with pytest.raises(crypto.DecryptionError):
        crypto.unseal(value, b"")


@pytest.mark.integration
@pytest.mark.django_db
def test_data_keys_lie_wrapped_in_the_database(settings: Settings) -> None:
    row = DataKey.objects.latest("pk")
    key = crypto.unwrap_key(bytes(row.wrapped), key_id=row.pk, master_key=row.master_key)
    assert len(key) == 32
    assert key not in bytes(row.wrapped)

    with pytest.raises(crypto.DecryptionError):
        crypto.unwrap_key(bytes(row.wrapped), key_id=row.pk + 1, master_key=row.master_key)
    settings.MASTER_KEYS = {"other": KEY}
    with pytest.raises(crypto.DecryptionError):
        crypto.unwrap_key(bytes(row.wrapped), key_id=row.pk, master_key=row.master_key)


@pytest.mark.unit
def test_keys_of_a_wrong_size_are_refused(settings: Settings) -> None:
    settings.MASTER_KEYS = {"a": b"short"}
    with pytest.raises(ImproperlyConfigured):
        crypto.master_keys()
    settings.INDEX_KEY = b"short"
    with pytest.raises(ImproperlyConfigured):
        crypto.derived_key("x")


@pytest.mark.unit
def test_derived_keys_are_independent(settings: Settings) -> None:
    assert crypto.derived_key("a") != crypto.derived_key("b")
    before = crypto.derived_key("a")
    settings.INDEX_KEY = KEY
    assert crypto.derived_key("a") != before


@pytest.mark.integration
@pytest.mark.django_db(transaction=True)
def test_a_key_made_inside_a_transaction_survives_its_rollback() -> None:
    before = list(DataKey.objects.all())
    DataKey.objects.all().delete()
    crypto.forget_keys()
    try:
        with transaction.atomic():
            value = crypto.seal(b"text", b"")
            transaction.set_rollback(True)
        crypto.forget_keys()
        assert crypto.unseal(value, b"") == b"text"
    finally:
        DataKey.objects.bulk_create(before)  # later tests, and processes that they start, read with this one
        crypto.forget_keys()


@pytest.mark.integration
@pytest.mark.django_db
def test_a_new_master_key_wraps_the_old_data_keys(settings: Settings) -> None:
    value = crypto.seal(b"text", b"")
    settings.MASTER_KEYS = {"new": KEY, **settings.MASTER_KEYS}
    assert rotation.rewrap_data_keys() == DataKey.objects.count()
    assert rotation.rewrap_data_keys() == 0

    settings.MASTER_KEYS = {"new": KEY}
    crypto.forget_keys()
    try:
        assert crypto.unseal(value, b"") == b"text"
    finally:
        crypto.forget_keys()


# Public ids


@pytest.mark.unit
@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_public_ids_lead_back_to_their_row_and_to_no_other_table(pk: int) -> None:
    text = ids.public_id_for(Event, pk)
    assert len(text) == 22
    assert ids.read_public_id(Event, text) == pk
    assert ids.read_public_id(StoredFile, text) is None
    assert ids.public_id_for(StoredFile, pk) != text


@pytest.mark.unit
@given(st.text(max_size=30))
def test_no_text_is_taken_for_a_public_id(text: str) -> None:
    assert ids.read_public_id(Event, text) is None


@pytest.mark.unit
def test_every_changed_character_is_noticed() -> None:
    text = ids.public_id_for(Event, 42)
    for place in range(22):
        for char in "Aa0_-":
            other = text[:place] + char + text[place + 1 :]
            assert other == text or ids.read_public_id(Event, other) is None


@pytest.mark.unit
def test_neighbours_do_not_look_alike() -> None:
    first, second = ids.public_id_for(Plain, 1), ids.public_id_for(Plain, 2)
    assert sum(a == b for a, b in zip(first, second, strict=True)) < 8
