"""Inserting by prepared statements leaves the same rows as saving, in one round trip and in order."""

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from apps.channels.models import InboundEvent
from apps.core.inserting import gathered, insert, insert_unless_there
from apps.customers.models import Customer, Identity
from tests.factories.channels import ChannelFactory, InboundEventFactory

pytestmark = pytest.mark.integration


def customer(name: str) -> Customer:
    return Customer(name=name, language="en")


@pytest.mark.django_db
def test_an_inserted_row_reads_as_a_saved_one() -> None:
    row = customer("Lin")
    insert(row)
    saved = customer("Lin")
    saved.save()
    inserted, other = Customer.objects.get(pk=row.pk), Customer.objects.get(pk=saved.pk)
    names = {field.attname for field in Customer._meta.concrete_fields} - {"id", "created", "updated", "name"}
    assert {name: getattr(inserted, name) for name in names} == {name: getattr(other, name) for name in names}
    assert inserted.name == "Lin"
    assert inserted.created is not None
    assert row._state.adding is False
    row.language = "zh-hans"
    row.save(update_fields=["language"])
    assert Customer.objects.get(pk=row.pk).language == "zh-hans"


@pytest.mark.django_db
def test_rows_of_several_tables_take_one_statement() -> None:
    first = customer("A")
    insert(first)
    rows = [customer("B"), customer("C")]
    handles = [Identity(customer=first, kind="email", scope="", value=f"{n}@example.org", tail="") for n in "ab"]
    for row in [*rows, *handles]:
        row.pk = row._meta.pk.get_pk_value_on_save(row)
    with CaptureQueriesContext(connection) as queries:
        insert(*rows, *handles)
    assert len(queries) == 1
    assert list(Customer.objects.order_by("pk").values_list("pk", flat=True)) == [first.pk, rows[0].pk, rows[1].pk]
    assert Identity.objects.get(value="b@example.org").customer_id == first.pk


def _fail_after_inserting() -> None:
    with gathered():
        insert(customer("dropped"))
        raise KeyError


@pytest.mark.django_db
def test_gathered_rows_are_written_at_the_end_and_dropped_with_their_block() -> None:
    with transaction.atomic(), gathered():
        insert(customer("kept"))
        with pytest.raises(KeyError):
            _fail_after_inserting()
        with gathered():
            insert(customer("also kept"))
        assert not Customer.objects.exists()
    assert sorted(row.name for row in Customer.objects.all()) == ["also kept", "kept"]


@pytest.mark.django_db
def test_a_taken_key_is_told_and_changes_nothing() -> None:
    event = InboundEventFactory(channel=ChannelFactory())
    twin = InboundEvent(
        channel=event.channel,
        external_key=event.external_key,
        order_key=b"o" * 32,
        payload=b"other",
        received=Now(),
        due_at=Now(),
    )
    assert insert_unless_there(twin, returning=["received", "due_at"]) is False
    assert InboundEvent.objects.count() == 1
    twin.pk, twin.external_key = None, b"n" * 32
    assert insert_unless_there(twin, returning=["received", "due_at"]) is True
    stored = InboundEvent.objects.get(pk=twin.pk)
    assert (stored.received, stored.due_at, stored.payload) == (twin.received, twin.due_at, b"other")
