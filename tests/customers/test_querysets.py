"""Who sees which customers. Tickets are not known here: an organization plays what opens a customer to somebody."""

import pytest
from django.db.models import Q

from apps.accounts.models import User
from apps.core.actor import SYSTEM, Actor, ActorKind, Face
from apps.core.actor import token as token_actor
from apps.customers import visibility
from apps.customers.models import Customer, CustomerMerge, CustomerNote, Identity, Organization
from tests.cast import CAST
from tests.factories.customers import CustomerFactory, CustomerNoteFactory, OrganizationFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Customer:
    """A customer that the only source opens to everybody who may see customers at all."""
    customer = CustomerFactory(phone="13800138000", organization=OrganizationFactory())
    CustomerNoteFactory(customer=customer)
    monkeypatch.setattr(visibility, "_sources", [lambda actor: Q(pk=customer.pk)])
    return customer


@pytest.fixture
def closed() -> Customer:
    customer = CustomerFactory(phone="13900139000", organization=OrganizationFactory())
    CustomerNoteFactory(customer=customer)
    return customer


def test_truth_table(cast: dict[str, User], opened: Customer, closed: Customer, acting) -> None:
    seen = {
        name: [customer in Customer.objects.visible_to(acting(cast[name])) for customer in (opened, closed)]
        for name in CAST
    }
    assert seen == {
        "agent": [True, False],
        "teammate": [True, False],
        "supervisor": [True, True],
        "manager": [True, True],
        "outsourcing_agent": [True, False],
        "stranger": [True, False],
    }


@pytest.mark.parametrize("model", [Identity, CustomerNote])
def test_what_belongs_to_a_customer_is_seen_with_them(
    model: type, cast: dict[str, User], opened: Customer, closed: Customer, acting
) -> None:
    for name in CAST:
        sees_all = name in ("supervisor", "manager")
        found = model.objects.visible_to(acting(cast[name])).values_list("customer_id", flat=True)
        assert sorted(found) == sorted([opened.pk, closed.pk] if sees_all else [opened.pk])


def test_organizations_of_hidden_customers_are_hidden_from_vendors(
    cast: dict[str, User], opened: Customer, closed: Customer, acting
) -> None:
    assert list(Organization.objects.visible_to(acting(cast["outsourcing_agent"]))) == [opened.organization]
    assert Organization.objects.visible_to(acting(cast["agent"])).count() == 2


def test_nobody_sees_nobody(opened: Customer, agent: User, acting) -> None:
    agent.role.permissions = ["tickets.view", "tickets.view_all"]
    agent.role.save()
    scopeless = token_actor(agent, token_id=1, scopes=frozenset())
    for actor in (Actor(kind=ActorKind.PERSON, face=Face.PORTAL), acting(agent), scopeless):
        assert not Customer.objects.visible_to(actor).exists()
        assert not Organization.objects.visible_to(actor).exists()
        assert not Identity.objects.visible_to(actor).exists()
    assert Customer.objects.visible_to(SYSTEM).exists()


def test_without_any_source_only_who_sees_all_sees_customers(
    monkeypatch: pytest.MonkeyPatch, closed: Customer, agent: User, supervisor: User, acting
) -> None:
    monkeypatch.setattr(visibility, "_sources", [])
    assert not Customer.objects.visible_to(acting(agent)).exists()
    assert Customer.objects.visible_to(acting(supervisor)).exists()


def test_record_that_a_visible_one_was_merged_into_is_visible(
    opened: Customer, closed: Customer, agent: User, acting
) -> None:
    Customer.objects.filter(pk=opened.pk).update(merged_into=closed)
    CustomerMerge.objects.create(survivor=closed, merged=opened)
    visible = Customer.objects.visible_to(acting(agent))
    assert set(visible) == {opened, closed}
    assert set(visible.living()) == {closed}


def test_scope_can_be_locked_and_counted(opened: Customer, agent: User, acting) -> None:
    visible = Customer.objects.visible_to(acting(agent))
    assert visible.count() == 1
    assert visible.select_for_update(of=("self",), no_key=True).get() == opened
