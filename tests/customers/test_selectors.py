import dataclasses

import pytest
import time_machine
from django.db.models import Q

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import TooMany
from apps.customers import visibility
from apps.customers.models import Customer
from apps.customers.selectors import customer_panel, customer_rows, known_values, search_customers, with_rows
from apps.customers.services.merging import merge_customers
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.lens import Lens
from tests.factories.customers import (
    CustomerFactory,
    CustomerNoteFactory,
    IdentityFactory,
    OrganizationFactory,
    TagFactory,
)

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

SECRETS = ("王小明", "小明", "13800138000", "8613800138000", "lee.private@example.com", "lee.private", "ext-77889900")


@pytest.fixture
def customer(monkeypatch: pytest.MonkeyPatch) -> Customer:
    row = CustomerFactory(
        name="王小明",
        phone="13800138000",
        email="lee.private@example.com",
        organization=OrganizationFactory(name="王小明商行"),
    )
    IdentityFactory(customer=row, kind="external_id", value="ext-77889900")
    CustomerNoteFactory(
        customer=row, body="王小明 的号码 １３８ ００１３ ８０００，邮箱 LEE.PRIVATE@example.com，编号ext-77889900"
    )
    row.tags.add(TagFactory(key="loyal"))
    monkeypatch.setattr(visibility, "_sources", [lambda actor: Q(pk=row.pk)])
    return row


def test_panel_shows_in_house_people_everything(customer: Customer, agent: User, acting) -> None:
    panel = customer_panel(customer, acting(agent))
    assert (panel.name, panel.is_masked, panel.can_edit, panel.can_merge) == ("王小明", False, True, False)
    assert [(row.kind, row.value) for row in panel.identities] == [
        ("phone", "+8613800138000"),
        ("email", "lee.private@example.com"),
        ("external_id", "ext-77889900"),
    ]
    assert panel.notes[0].body.startswith("王小明")
    assert [tag.key for tag in panel.tags] == ["loyal"]


def test_panel_shows_vendor_people_no_secret_anywhere(customer: Customer, outsourcing_agent: User, acting) -> None:
    panel = customer_panel(customer, acting(outsourcing_agent))
    shown = repr(dataclasses.asdict(panel))
    for secret in SECRETS:
        assert secret not in shown
        assert secret.upper() not in shown
    assert (panel.name, panel.is_masked, panel.can_edit) == ("王*", True, False)
    assert [row.value for row in panel.identities] == ["138****8000", "l***@e**.com", "ex***"]
    assert panel.notes[0].body == "王* 的号码 138****8000，邮箱 L***@e**.com，编号ex***"
    assert panel.organization is not None
    assert panel.organization.name == "王*商行"


def test_panel_of_a_merged_record_shows_the_living_one_with_both_records_handles(
    customer: Customer, supervisor: User, acting
) -> None:
    living = CustomerFactory(name="王晓明", email="other@example.com")
    merge_customers(survivor=living, merged=customer, by=acting(supervisor))
    panel = customer_panel(Customer.objects.get(pk=customer.pk), acting(supervisor))
    assert (panel.id, panel.name) == (living.pk, "王晓明")
    assert {row.value for row in panel.identities} >= {"other@example.com", "lee.private@example.com"}
    assert len(panel.notes) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_panel_costs_the_same_however_much_there_is(
    customer: Customer, agent: User, acting, count: int, django_assert_max_num_queries
) -> None:
    for _ in range(count):
        IdentityFactory(customer=customer)
        CustomerNoteFactory(customer=customer)
        customer.tags.add(TagFactory())
    actor = acting(agent)
    with django_assert_max_num_queries(6):
        customer_panel(customer, actor)


def test_known_values_hold_all_forms_of_all_records(customer: Customer, supervisor: User, acting) -> None:
    living = CustomerFactory(name="Alice Wong")
    merge_customers(survivor=living, merged=customer, by=acting(supervisor))
    for record in (living, customer):
        assert set(known_values(Customer.objects.get(pk=record.pk))) == {
            (FieldClass.NAME, "王小明"),
            (FieldClass.NAME, "Alice Wong"),
            (FieldClass.PHONE, "+8613800138000"),
            (FieldClass.PHONE, "8613800138000"),
            (FieldClass.PHONE, "13800138000"),
            (FieldClass.EMAIL, "lee.private@example.com"),
            (FieldClass.HANDLE, "ext-77889900"),
        }
    assert known_values(None) == ()


def test_customer_without_a_name_goes_by_the_preferred_handle() -> None:
    customer = CustomerFactory(name="", phone="13800138000")
    found = with_rows(Customer.objects.filter(pk=customer.pk))
    assert customer_rows(found, Lens.uniform(Mode.MASKED))[0].name == "138****8000"
    wechat = CustomerFactory(name="")
    IdentityFactory(customer=wechat, kind="wechat_openid", value="o6_bmjrPTlm6_2sgVt7hMZOPfL2M")
    of_wechat = with_rows(Customer.objects.filter(pk=wechat.pk))
    assert customer_rows(of_wechat, Lens.uniform(Mode.RAW))[0].name == "WeChat …fL2M"
    assert customer_rows(of_wechat, Lens.uniform(Mode.MASKED))[0].name == "WeChat o6***"
    nobody = CustomerFactory(name="")
    assert customer_rows(with_rows(Customer.objects.filter(pk=nobody.pk)), Lens.uniform(Mode.RAW))[0].name == ""


# Search


def names(text: str, actor) -> list[str]:
    return [row.name for row in search_customers(text, actor)]


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "+86 138-0013-8000",
        "LEE.private@example.com",
        "ext-77889900",
        "王小明",
        " 王小明 ",
        "8000",
        "@example.com",
        "example.com",
    ],
)
def test_in_house_people_find_by_handle_name_and_ends(customer: Customer, agent: User, acting, text: str) -> None:
    CustomerFactory(name="李雷", phone="13900139001", email="x@other.example")
    assert names(text, acting(agent)) == ["王小明"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("13800138000", ["王*"]),
        ("lee.private@example.com", ["王*"]),
        ("王小明", []),
        ("8000", []),
        ("@example.com", []),
        ("example.com", []),
    ],
)
def test_vendor_people_find_by_the_whole_handle_only(
    customer: Customer, outsourcing_agent: User, acting, text: str, found: list[str]
) -> None:
    assert names(text, acting(outsourcing_agent)) == found


@pytest.mark.parametrize(
    "text", ["13900139000", "hidden@example.com", "李雷", "9000", "1390013900", "hidden@", "%", "_", "'", "\x00"]
)
def test_hidden_customer_is_found_by_nothing(
    customer: Customer, agent: User, outsourcing_agent: User, acting, text: str
) -> None:
    CustomerFactory(name="李雷", phone="13900139000", email="hidden@example.com")
    for user in (agent, outsourcing_agent):
        assert names(text, acting(user)) == []


def test_merged_record_is_found_as_the_living_one(customer: Customer, supervisor: User, acting) -> None:
    living = CustomerFactory(name="王晓明", email="lee2@example.com")
    merge_customers(survivor=living, merged=customer, by=acting(supervisor))
    assert names("lee.private@example.com", acting(supervisor)) == ["王晓明"]
    assert names("example.com", acting(supervisor)) == ["王晓明"]


def test_searching_is_bounded(customer: Customer, agent: User, outsourcing_agent: User, acting) -> None:
    for user, text, limit in ((agent, "8000", 20), (outsourcing_agent, "13800138000", 60)):
        with time_machine.travel(clock.now(), tick=False):
            for _ in range(limit):
                search_customers(text, acting(user))
            with pytest.raises(TooMany):
                search_customers(text, acting(user))


def test_search_costs_the_same_for_one_and_for_many(
    agent: User, acting, monkeypatch, django_assert_max_num_queries
) -> None:
    monkeypatch.setattr(visibility, "_sources", [lambda actor: Q(pk__gt=0)])
    for number in range(3):
        CustomerFactory(email=f"c{number}@many.example")
    actor = acting(agent)
    assert len(names("many.example", actor)) == 3
    with django_assert_max_num_queries(9):  # one of them is the entry of the trail that says who searched
        search_customers("many.example", actor)
