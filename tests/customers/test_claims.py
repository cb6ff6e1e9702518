"""A handle that was only named makes nobody the same person; what is proved does, and what conflicts is for people."""

import pytest

from apps.core.actor import SYSTEM
from apps.core.models import Event
from apps.customers.models import Customer, Identity, MergeSuggestion
from apps.customers.names import names_agree
from apps.customers.services.claims import Claim, add_claims
from apps.customers.services.merging import merge_customers
from apps.customers.services.resolution import Tie, resolve_customer
from tests.factories.customers import CustomerFactory, IdentityFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

PHONE = "+8613800138000"


def phone() -> Identity:
    return Identity.objects.get(kind="phone", value=PHONE)


def claim(customer: Customer, *, is_proved: bool = False, kind: str = "phone", value: str = PHONE) -> None:
    add_claims(customer=customer, claims=[Claim(kind, value, is_proved=is_proved)], by=SYSTEM)


def reasons() -> list[list[str]]:
    return [[entry["reason"] for entry in row.evidence] for row in MergeSuggestion.objects.order_by("pk")]


def test_what_is_nobodys_is_kept_as_a_claim() -> None:
    customer = CustomerFactory()
    claim(customer)
    assert (phone().customer_id, phone().is_claimed, phone().verified_at) == (customer.pk, True, None)


def test_who_writes_from_a_claimed_handle_is_not_taken_for_who_named_it() -> None:
    impostor = CustomerFactory(name="Mallory", email="mallory@example.com")
    claim(impostor)

    victim, identity, is_new = resolve_customer(kind="phone", value=PHONE, name="林小雨", verified=True, by=SYSTEM)

    assert (is_new, victim.pk == impostor.pk) == (True, False)
    assert (phone().customer_id, phone().is_claimed) == (victim.pk, False)
    assert phone().verified_at is not None
    assert identity.customer_id == victim.pk
    assert [row.kind for row in impostor.identities.all()] == ["email"]
    assert Customer.objects.filter(merged_into__isnull=False).count() == 0
    assert reasons() == [["taken_over"]]
    again, _identity, is_new = resolve_customer(kind="phone", value=PHONE, verified=True, by=SYSTEM)
    assert (again.pk, is_new) == (victim.pk, False)


def test_what_a_colleague_added_is_the_customers_without_proof() -> None:
    customer = CustomerFactory(phone=PHONE)
    found, _identity, is_new = resolve_customer(kind="phone", value=PHONE, verified=True, by=SYSTEM)
    assert (found.pk, is_new) == (customer.pk, False)
    assert not MergeSuggestion.objects.exists()


def test_a_proof_takes_a_handle_from_who_had_only_named_it() -> None:
    impostor, holder = CustomerFactory(), CustomerFactory()
    claim(impostor)
    claim(holder, is_proved=True)
    assert (phone().customer_id, phone().is_claimed) == (holder.pk, False)
    assert phone().verified_at is not None
    assert reasons() == [["taken_over"]]


def test_a_claim_takes_nothing_from_anybody() -> None:
    holder = CustomerFactory(name="林小雨", phone=PHONE)
    claim(CustomerFactory(name="Mallory"))
    assert phone().customer_id == holder.pk
    assert not MergeSuggestion.objects.exists()


def test_a_claim_with_an_agreeing_name_is_suggested_once() -> None:
    holder, other = CustomerFactory(name="Lin Xiaoyu", phone=PHONE), CustomerFactory(name="xiaoyu LIN")
    for _ in range(3):
        claim(other)
    assert phone().customer_id == holder.pk
    assert reasons() == [["claim_and_name"]]
    assert Event.objects.filter(kind="customer.merge_suggested").count() == 1


def test_two_who_were_proved_to_have_one_handle_are_suggested() -> None:
    one, other = CustomerFactory(name="A"), CustomerFactory(name="B")
    claim(one, is_proved=True)
    claim(other, is_proved=True)
    assert phone().customer_id == one.pk
    assert reasons() == [["proved_by_both"]]


def test_a_proof_confirms_what_is_the_customers_own() -> None:
    customer = CustomerFactory()
    claim(customer)
    claim(customer, is_proved=True)
    assert (phone().is_claimed, phone().verified_at is None) == (False, False)


def test_records_of_one_person_are_not_suggested() -> None:
    one, other = CustomerFactory(name="Lin", phone=PHONE), CustomerFactory(name="Lin")
    merge_customers(survivor=one, merged=other, by=SYSTEM)
    claim(Customer.objects.get(pk=other.pk))
    assert not MergeSuggestion.objects.exists()


@pytest.mark.parametrize("kind", ["phone", "email", "external_id"])
def test_a_handle_that_the_platform_vouches_for_ties(kind: str) -> None:
    """Verified phone, verified e-mail, and ids of an app or a platform (unionid, signed user id)."""
    value = {"phone": PHONE, "email": "lin@example.com", "external_id": "union-1"}[kind]
    first, _identity, _new = resolve_customer(
        kind="external_id", value="oMini", scope="mini", verified=True, ties=[Tie(kind, value)], by=SYSTEM
    )
    second, _identity, _new = resolve_customer(kind=kind, value=value, verified=True, by=SYSTEM)
    assert first.pk == second.pk
    assert not MergeSuggestion.objects.exists()


def test_a_claimed_tie_ties_nobody_even_when_its_owner_comes_later() -> None:
    impostor = CustomerFactory()
    claim(impostor, kind="external_id", value="union-1")
    found, _identity, _new = resolve_customer(
        kind="external_id", value="oMini", scope="mini", ties=[Tie("external_id", "union-1")], by=SYSTEM
    )
    assert found.pk != impostor.pk


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("林小雨", "林小雨", True),
        ("Lin Xiaoyu", "xiaoyu  LIN", True),
        ("Ｌｉｎ", "lin", True),
        ("Katharina Meier", "Katarina Meier", True),
        ("林小雨", "林大雨", False),
        ("Lin", "", False),
        ("", "", False),
        ("Anna", "Boris", False),
    ],
)
def test_names_agree(one: str, other: str, agree: bool) -> None:
    assert names_agree(one, other) is agree


def test_a_claim_of_a_merged_record_belongs_to_the_living_one() -> None:
    one, other = CustomerFactory(), CustomerFactory()
    identity = IdentityFactory(customer=other, kind="phone", value=PHONE, is_claimed=True)
    merge_customers(survivor=one, merged=other, by=SYSTEM)
    claim(one, is_proved=True)
    identity.refresh_from_db()
    assert (identity.customer_id, identity.is_claimed) == (other.pk, False)
