import pytest
from django.db.models import Q

from apps.accounts.models import User
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused, StaleVersion
from apps.core.models import Event
from apps.customers import visibility
from apps.customers.errors import IdentityTaken, MergeRefused, NotMerged
from apps.customers.models import Customer, CustomerNote, Identity
from apps.customers.selectors import family_ids
from apps.customers.services.customers import (
    add_identity,
    add_note,
    create_customer,
    prefer_identity,
    remove_identity,
    remove_note,
    set_tags,
    update_customer,
    update_note,
)
from apps.customers.services.merging import merge_customers, unmerge_customers
from apps.customers.services.organizations import create_organization, update_organization
from tests.factories.customers import (
    CustomerFactory,
    CustomerNoteFactory,
    IdentityFactory,
    OrganizationFactory,
    TagFactory,
)

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def customer(monkeypatch: pytest.MonkeyPatch) -> Customer:
    """The one customer that agents see."""
    row = CustomerFactory(name="王小明", phone="13800138000")
    monkeypatch.setattr(visibility, "_sources", [lambda actor: Q(pk=row.pk)])
    return row


@pytest.fixture
def hidden() -> Customer:
    return CustomerFactory(name="李雷", email="hidden@example.com")


def kinds() -> list[str]:
    return list(Event.objects.order_by("ordinal").values_list("kind", flat=True))


def test_creating_a_customer_with_identities(agent: User, acting) -> None:
    row = create_customer(
        by=acting(agent),
        name="Lee",
        level="gold",
        identities=[("phone", "138 0013 8000"), ("email", "Lee@Example.com")],
    )
    stored = Customer.objects.get(pk=row.pk)
    assert (stored.name, stored.level) == ("Lee", "gold")
    assert [(each.kind, each.value, each.tail) for each in stored.identities.all()] == [
        ("phone", "+8613800138000", "8000"),
        ("email", "lee@example.com", "example.com"),
    ]
    assert kinds() == ["customer.created", "customer.identity_added", "customer.identity_added"]


def test_customer_with_somebody_elses_handle_is_not_made(agent: User, hidden: Customer, acting) -> None:
    with pytest.raises(IdentityTaken):
        create_customer(by=acting(agent), name="Lee", identities=[("email", "HIDDEN@example.com")])
    assert list(Customer.objects.all()) == [hidden]
    assert kinds() == []


def test_changes_are_saved_counted_and_told(customer: Customer, agent: User, acting) -> None:
    organization = OrganizationFactory()
    update_customer(customer=customer, by=acting(agent), level="vip", organization=organization, name="王小明")
    stored = Customer.objects.get(pk=customer.pk)
    assert (stored.level, stored.organization, stored.version) == ("vip", organization, 2)
    event = Event.objects.get()
    assert (event.kind, event.customer_id) == ("customer.updated", customer.pk)
    assert event.payload == {"customer_id": customer.pk, "fields": ["level", "organization"], "version": 2}


def test_saving_what_is_there_already_changes_nothing(customer: Customer, agent: User, acting) -> None:
    update_customer(customer=customer, by=acting(agent), name="王小明", version=1)
    assert Customer.objects.get(pk=customer.pk).version == 1
    assert kinds() == []


def test_second_of_two_editors_is_told_and_loses_nothing(
    customer: Customer, agent: User, teammate: User, acting
) -> None:
    update_customer(customer=customer, by=acting(agent), version=1, name="王大明", level="gold")
    with pytest.raises(StaleVersion) as refusal:
        update_customer(customer=customer, by=acting(teammate), version=1, name="王中明", level="gold")
    assert refusal.value.changes == [{"field": "name", "label": "Name", "current": "王大明", "yours": "王中明"}]
    assert Customer.objects.get(pk=customer.pk).name == "王大明"


@pytest.mark.parametrize("wrong", [{"level": "emperor"}, {"time_zone": "Mars"}, {"language": "x" * 11}])
def test_wrong_values_are_refused(customer: Customer, agent: User, acting, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        update_customer(customer=customer, by=acting(agent), **wrong)
    assert Customer.objects.get(pk=customer.pk).version == 1


def test_fields_of_others_cannot_be_set(customer: Customer, agent: User, acting) -> None:
    with pytest.raises(TypeError):
        update_customer(customer=customer, by=acting(agent), merged_into=customer)


def test_vendor_people_change_nothing(customer: Customer, outsourcing_agent: User, acting) -> None:
    by, identity = acting(outsourcing_agent), customer.identities.get()
    note, tag = CustomerNoteFactory(customer=customer), TagFactory()
    for attempt in (
        lambda: update_customer(customer=customer, by=by, level="vip"),
        lambda: create_customer(by=by, name="x"),
        lambda: add_identity(customer=customer, kind="email", value="x@example.com", by=by),
        lambda: remove_identity(identity=identity, by=by),
        lambda: prefer_identity(identity=identity, by=by),
        lambda: add_note(customer=customer, body="x", by=by),
        lambda: update_note(note=note, body="x", by=by),
        lambda: remove_note(note=note, by=by),
        lambda: set_tags(customer=customer, keys=[tag.key], by=by),
        lambda: merge_customers(survivor=customer, merged=customer, by=by),
        lambda: create_organization(name="x", by=by),
    ):
        with pytest.raises(PermissionRefused):
            attempt()
    assert (Customer.objects.count(), Identity.objects.count(), CustomerNote.objects.count()) == (2 - 1, 1, 1)
    assert kinds() == []


def test_hidden_customers_are_as_good_as_absent(customer: Customer, hidden: Customer, agent: User, acting) -> None:
    by = acting(agent)
    for attempt in (
        lambda: update_customer(customer=hidden, by=by, level="vip"),
        lambda: add_identity(customer=hidden, kind="email", value="x@example.com", by=by),
        lambda: remove_identity(identity=hidden.identities.get(), by=by),
        lambda: add_note(customer=hidden, body="x", by=by),
        lambda: set_tags(customer=hidden, keys=[], by=by),
        lambda: unmerge_customers(merged=hidden, by=by),
    ):
        with pytest.raises(NotVisible):
            attempt()
    assert kinds() == []


# Identities


def test_handle_of_a_hidden_and_of_a_seen_customer_is_refused_alike(
    customer: Customer, hidden: Customer, supervisor: User, agent: User, acting
) -> None:
    refusals = []
    for by in (acting(agent), acting(supervisor)):
        with pytest.raises(IdentityTaken) as refusal:
            add_identity(customer=customer, kind="email", value="hidden@example.com", by=by)
        refusals.append((refusal.value.code, refusal.value.detail(), refusal.value.params))
    assert refusals[0] == refusals[1]
    assert "李雷" not in refusals[0][1]
    assert hidden.identities.count() == 1


def test_adding_a_handle_twice_is_adding_it_once(customer: Customer, agent: User, acting) -> None:
    first = add_identity(customer=customer, kind="email", value="lee@example.com", by=acting(agent))
    again = add_identity(customer=customer, kind="email", value="LEE@example.com", by=acting(agent))
    assert first.pk == again.pk
    assert kinds() == ["customer.identity_added"]


def test_first_of_a_kind_is_preferred_until_another_is_chosen(customer: Customer, agent: User, acting) -> None:
    first = add_identity(customer=customer, kind="email", value="a@example.com", by=acting(agent))
    second = add_identity(customer=customer, kind="email", value="b@example.com", by=acting(agent))
    assert (first.is_primary, second.is_primary) == (True, False)
    prefer_identity(identity=second, by=acting(agent))
    assert list(customer.identities.filter(kind="email", is_primary=True)) == [second]


def test_removed_handle_is_free_again(customer: Customer, agent: User, acting) -> None:
    remove_identity(identity=customer.identities.get(), by=acting(agent))
    add_identity(customer=customer, kind="phone", value="13800138000", by=acting(agent))
    assert kinds() == ["customer.identity_removed", "customer.identity_added"]


# Notes and tags


def test_notes_belong_to_their_author(customer: Customer, agent: User, teammate: User, acting) -> None:
    note = add_note(customer=customer, body=" likes tea ", by=acting(agent))
    with pytest.raises(PermissionRefused):
        update_note(note=note, body="hates tea", by=acting(teammate))
    with pytest.raises(PermissionRefused):
        remove_note(note=note, by=acting(teammate))
    update_note(note=note, is_pinned=True, by=acting(teammate))
    stored = CustomerNote.objects.get()
    assert (stored.body, stored.is_pinned, stored.author) == ("likes tea", True, agent)
    remove_note(note=note, by=acting(agent))
    assert not CustomerNote.objects.exists()


@pytest.mark.parametrize("body", ["", "  \n", "\x00", "x" * 20_001])
def test_notes_say_something_and_not_too_much(customer: Customer, agent: User, acting, body: str) -> None:
    with pytest.raises(InvalidInput):
        add_note(customer=customer, body=body, by=acting(agent))


def test_tags_are_exactly_those_given(customer: Customer, agent: User, acting) -> None:
    old, new, gone = TagFactory(), TagFactory(), TagFactory(is_active=False)
    set_tags(customer=customer, keys=[old.key], by=acting(agent))
    set_tags(customer=customer, keys=[new.key], by=acting(agent))
    assert list(customer.tags.all()) == [new]
    assert Customer.objects.get(pk=customer.pk).version == 3
    set_tags(customer=customer, keys=[new.key], by=acting(agent))
    assert kinds() == ["customer.updated"] * 2
    for wrong in (gone.key, TagFactory(target="tickets").key, "no-such-tag"):
        with pytest.raises(InvalidInput):
            set_tags(customer=customer, keys=[wrong], by=acting(agent))
    assert list(customer.tags.all()) == [new]


def test_organizations_are_made_and_changed(agent: User, acting) -> None:
    row = create_organization(name="Example\nTrading", by=acting(agent), level="gold")
    update_organization(organization=row, by=acting(agent), version=1, note="pays late")
    assert (row.name, type(row).objects.get(pk=row.pk).note) == ("Example Trading", "pays late")
    with pytest.raises(StaleVersion):
        update_organization(organization=row, by=acting(agent), version=1, note="pays early")
    with pytest.raises(InvalidInput):
        create_organization(name=" ", by=acting(agent))


# Merging


def test_merge_is_a_pointer_and_undone_as_it_was(supervisor: User, acting) -> None:
    a, b, c = CustomerFactory(), CustomerFactory(), CustomerFactory()
    by = acting(supervisor)
    merge_customers(survivor=b, merged=a, by=by)
    merge_customers(survivor=c, merged=b, by=by)
    assert pointers(a, b, c) == [c.pk, c.pk, None]
    assert family_ids(Customer.objects.get(pk=a.pk)) == [c.pk, a.pk, b.pk]
    unmerge_customers(merged=b, by=by)
    assert pointers(a, b, c) == [b.pk, None, None]
    unmerge_customers(merged=a, by=by)
    assert pointers(a, b, c) == [None, None, None]
    assert kinds() == ["customer.merged"] * 2 + ["customer.unmerged"] * 2


def test_one_can_be_taken_out_of_a_family(supervisor: User, acting) -> None:
    a, b, c = CustomerFactory(), CustomerFactory(), CustomerFactory()
    by = acting(supervisor)
    merge_customers(survivor=b, merged=a, by=by)
    merge_customers(survivor=c, merged=b, by=by)
    unmerge_customers(merged=a, by=by)
    assert pointers(a, b, c) == [None, c.pk, None]
    unmerge_customers(merged=b, by=by)
    assert pointers(a, b, c) == [None, None, None]


def pointers(*customers: Customer) -> list[int | None]:
    return [Customer.objects.get(pk=customer.pk).merged_into_id for customer in customers]


def test_merge_that_makes_no_sense_is_refused(supervisor: User, acting) -> None:
    a, b = CustomerFactory(), CustomerFactory()
    by = acting(supervisor)
    with pytest.raises(MergeRefused):
        merge_customers(survivor=a, merged=a, by=by)
    with pytest.raises(NotMerged):
        unmerge_customers(merged=a, by=by)
    merge_customers(survivor=a, merged=b, by=by)
    for survivor, merged in ((a, b), (b, a)):
        with pytest.raises(MergeRefused):
            merge_customers(survivor=survivor, merged=merged, by=by)
    assert pointers(a, b) == [None, a.pk]


def test_merge_with_a_hidden_customer_is_refused(customer: Customer, hidden: Customer, agent: User, acting) -> None:
    agent.role.permissions = [*agent.role.permissions, "customers.merge"]
    agent.role.save()
    for survivor, merged in ((customer, hidden), (hidden, customer)):
        with pytest.raises(NotVisible):
            merge_customers(survivor=survivor, merged=merged, by=acting(agent))
    assert pointers(customer, hidden) == [None, None]


def test_merging_needs_the_right(customer: Customer, agent: User, acting) -> None:
    other = CustomerFactory(merged_into=None)
    IdentityFactory(customer=other)
    visibility._sources.append(lambda actor: Q(pk=other.pk))
    with pytest.raises(PermissionRefused):
        merge_customers(survivor=customer, merged=other, by=acting(agent))
    assert pointers(customer, other) == [None, None]
