import threading

import pytest
from django.db import connection

from apps.core.actor import SYSTEM
from apps.core.errors import InvalidInput
from apps.core.models import Event
from apps.customers.models import Customer, CustomerMerge, Identity
from apps.customers.services.resolution import Tie, resolve_customer
from tests.factories.customers import CustomerFactory, IdentityFactory

pytestmark = pytest.mark.integration


@pytest.mark.django_db
def test_first_message_of_a_sender_makes_a_customer_with_one_identity() -> None:
    customer, identity, is_new = resolve_customer(
        kind="phone", value="138 0013 8000", name=" 王\n小明 ", language="zh-hans", by=SYSTEM
    )
    assert is_new
    customer = Customer.objects.get(pk=customer.pk)
    assert (customer.name, customer.language) == ("王 小明", "zh-hans")
    assert [row.value for row in customer.identities.all()] == ["+8613800138000"]
    assert Event.objects.filter(kind="customer.created", customer_id=customer.pk).count() == 1
    assert identity.customer_id == customer.pk


@pytest.mark.django_db
@pytest.mark.parametrize(
    "written", ["13800138000", "+86 138-0013-8000", "（86）13800138000", "１３８００１３８０００", "0086 13800138000"]
)
def test_every_way_of_writing_a_number_is_the_same_customer(written: str) -> None:
    first, _, _ = resolve_customer(kind="phone", value="+8613800138000", by=SYSTEM)
    again, _, is_new = resolve_customer(kind="phone", value=written, by=SYSTEM)
    assert (again.pk, is_new) == (first.pk, False)
    assert Customer.objects.count() == 1


@pytest.mark.django_db
def test_handles_of_two_accounts_are_two_customers() -> None:
    first, _, _ = resolve_customer(kind="external_id", value="7", scope="shop-a", by=SYSTEM)
    second, _, _ = resolve_customer(kind="external_id", value="7", scope="shop-b", by=SYSTEM)
    assert first.pk != second.pk


@pytest.mark.django_db
def test_handles_of_platforms_differ_by_case() -> None:
    first, _, _ = resolve_customer(kind="external_id", value="oAbC", by=SYSTEM)
    second, _, _ = resolve_customer(kind="external_id", value="oabc", by=SYSTEM)
    assert first.pk != second.pk


@pytest.mark.django_db
def test_what_was_not_known_is_filled_and_what_was_known_stays() -> None:
    customer = CustomerFactory(name="", email="lee@example.com")
    resolve_customer(kind="email", value="LEE@example.com", name="Lee", verified=True, by=SYSTEM)
    resolve_customer(kind="email", value="lee@EXAMPLE.com", name="Somebody Else", by=SYSTEM)
    customer = Customer.objects.get(pk=customer.pk)
    assert (customer.name, customer.version) == ("Lee", 2)
    assert customer.identities.get().verified_at is not None


@pytest.mark.django_db
def test_message_of_a_merged_customer_reaches_the_living_one() -> None:
    living = CustomerFactory()
    merged = CustomerFactory(email="old@example.com", merged_into=living)
    CustomerMerge.objects.create(survivor=living, merged=merged)
    customer, identity, is_new = resolve_customer(kind="email", value="old@example.com", by=SYSTEM)
    assert (customer.pk, identity.customer_id, is_new) == (living.pk, merged.pk, False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("phone", "call me"),
        ("phone", ""),
        ("phone", "1" * 40),
        ("email", "no address"),
        ("email", "a@example.com, b@example.com"),
        ("email", "a@example.com\r\nBcc: b@example.com"),
        ("email", "Lee <lee@example.com>"),
        ("email", "\x00@example.com"),
        ("external_id", "x" * 501),
        ("external_id", "\u200b"),
        ("never-registered", "x"),
    ],
)
def test_what_is_no_handle_makes_no_customer(kind: str, value: str) -> None:
    with pytest.raises(InvalidInput):
        resolve_customer(kind=kind, value=value, by=SYSTEM)
    assert not Customer.objects.exists()
    assert not Identity.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_and_one_new_sender_make_one_customer() -> None:
    start, found, errors = threading.Barrier(4), [], []

    def work() -> None:
        try:
            for round_ in range(10):
                start.wait(timeout=20)
                customer, _, is_new = resolve_customer(kind="email", value=f"new-{round_}@example.com", by=SYSTEM)
                found.append((round_, customer.pk, is_new))
        except Exception as error:  # noqa: BLE001 (told to the test, whatever it is)
            errors.append(error)
            start.abort()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert errors == []
    assert (Customer.objects.count(), Identity.objects.count()) == (10, 10)
    for round_ in range(10):
        of_round = [(pk, is_new) for number, pk, is_new in found if number == round_]
        assert len({pk for pk, _ in of_round}) == 1
        assert sum(is_new for _, is_new in of_round) == 1


@pytest.mark.django_db
def test_values_are_not_readable_in_the_database() -> None:
    IdentityFactory(customer=CustomerFactory(name="王小明"), kind="phone", value="13800138000")
    with connection.cursor() as cursor:
        for table in ("customers_customer", "customers_identity"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            dump = str(cursor.fetchall())
            for secret in ("王小明", "13800138000", "王小明".encode().hex(), b"13800138000".hex()):
                assert secret not in dump


@pytest.mark.django_db(transaction=True)
def test_new_handles_with_one_proved_tie_are_one_customer_however_many_come_at_once() -> None:
    found: list[int] = []
    barrier = threading.Barrier(6)

    def resolve(number: int) -> None:
        try:
            barrier.wait(timeout=30)
            customer, _identity, _is_new = resolve_customer(
                kind="external_id", scope=f"app-{number}", value="x", ties=[Tie("external_id", "union")], by=SYSTEM
            )
            found.append(customer.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=resolve, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert len(found) == 6
    assert Customer.objects.count() == 1
    assert Identity.objects.filter(customer_id=found[0]).count() == 7


@pytest.mark.django_db
def test_a_handle_that_somebody_has_stays_with_them() -> None:
    first, _, _ = resolve_customer(kind="external_id", value="openid", by=SYSTEM)
    again, _, _ = resolve_customer(kind="external_id", value="openid", ties=[Tie("phone", "13800138000")], by=SYSTEM)

    assert again.pk == first.pk
    assert Customer.objects.count() == 1
