"""What somebody tried and may not do, whom they looked for, and what they listed: each is an entry of the trail."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core.actor import Face, person
from apps.core.models import AuditEntry
from apps.customers.models import Customer
from apps.customers.selectors import search_customers
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.integration

NUMBER = "13800138442"


@pytest.fixture(autouse=True)
def _nothing_was_asked_before() -> None:
    cache.clear()


@pytest.fixture
def customer(db: None) -> Customer:
    return CustomerFactory(name="林小雨", phone=f"+86{NUMBER}")


def entries(action: str) -> list[tuple[Any, ...]]:
    rows = AuditEntry.objects.filter(action=action).order_by("created", "pk")
    return [(row.actor_user_id, row.result, row.subject_type, row.details) for row in rows]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="apps.accounts.backends.StaffBackend")
    return client


def test_what_one_may_not_do_on_a_page_is_an_entry(agent: User) -> None:
    client = signed_in(agent)
    for _again in range(3):
        assert client.get(reverse("workbench:reveals")).status_code == 403
    told = {"where": "workbench:reveals", "permission": ""}
    assert entries("permission.refused") == [(agent.pk, "refused", "", told)]


def test_what_a_token_may_not_do_is_an_entry(api: Any, manager: User, customer: Customer) -> None:
    client = api(manager, scopes=["customers.view"])
    assert client.patch(f"customers/{customer.public_id}/", {"name": "Other"}).status_code == 403
    ((user_id, result, _subject, details),) = entries("permission.refused")
    assert (user_id, result, details["permission"]) == (manager.pk, "refused", "customers.edit")
    assert Customer.objects.get(pk=customer.pk).name == "林小雨"


def test_what_the_administration_refuses_is_an_entry(agent: User, manager: User) -> None:
    address = reverse("admin:accounts_role_changelist")
    assert signed_in(agent).get(address, follow=True).status_code == 403
    ((user_id, result, _subject, details),) = entries("permission.refused")
    assert (user_id, result) == (agent.pk, "refused")
    assert "admin" in details["where"]
    assert signed_in(manager).get(address).status_code == 200
    assert len(entries("permission.refused")) == 1


def test_what_is_absent_or_nobody_s_is_none(agent: User) -> None:
    assert signed_in(agent).get(reverse("workbench:ticket", args=[990_017])).status_code == 404
    assert Client().get(reverse("workbench:reveals")).status_code == 302
    assert entries("permission.refused") == []


@pytest.mark.parametrize("term", [NUMBER, f"+86 {NUMBER[:3]} {NUMBER[3:]}"])
def test_looking_for_somebody_is_an_entry_without_their_number(manager: User, customer: Customer, term: str) -> None:
    found = search_customers(term, person(manager, Face.DESK))
    assert [row.id for row in found] == [customer.pk]
    ((user_id, _result, _subject, details),) = entries("customer.searched")
    search_customers("13900139000", person(manager, Face.DESK))
    search_customers("refund", person(manager, Face.DESK))
    (_first, (_user, _ok, _type, other)) = entries("customer.searched")
    assert (user_id, details["found"], other["found"]) == (manager.pk, 1, 0)
    assert NUMBER not in str(details)
    search_customers(NUMBER, person(manager, Face.DESK))
    assert entries("customer.searched")[-1][3] == details
    assert other["term"] != details["term"]


def test_a_page_of_a_list_is_one_entry_with_its_size(api: Any, manager: User, customer: Customer) -> None:
    CustomerFactory()
    client = api(manager)
    for _polled in range(3):
        assert len(client.get("customers/", level="standard,vip").json()["results"]) == 2
    ((user_id, result, subject_type, details),) = entries("customer.listed")
    assert (user_id, result, subject_type) == (manager.pk, "ok", "customers.customer")
    assert details["rows"] == 2
    client.get("customers/", limit="1")
    assert [row[3]["rows"] for row in entries("customer.listed")] == [2, 1]
