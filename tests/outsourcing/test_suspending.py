"""A vendor, or one of its people, shut out with one press and let in again."""

from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts.errors import ShutOutByHouse
from apps.accounts.models import ApiToken, User, Vendor
from apps.accounts.services.users import deactivate_user, reactivate_user
from apps.core.errors import NotVisible, PermissionRefused
from apps.core.models import AuditEntry
from apps.core.sweeps import run_sweeps
from apps.outsourcing.errors import ReasonMissing
from apps.outsourcing.models import Contract
from apps.outsourcing.services import people
from apps.outsourcing.services.contracts import activate_contract
from apps.outsourcing.services.suspending import reinstate_agent, reinstate_vendor, suspend_agent, suspend_vendor
from apps.tickets.models import Ticket
from apps.tickets.services.assignment import assign_ticket
from tests.factories.accounts import UserFactory, VendorFactory
from tests.factories.outsourcing import MONTH, ContractFactory
from tests.support.api import Api, token_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def states(vendor: Vendor) -> list[str]:
    return list(Contract.objects.filter(vendor=vendor).order_by("starts_on").values_list("state", flat=True))


def is_open(vendor: Vendor) -> bool:
    return Vendor.objects.get(pk=vendor.pk).is_active


def test_a_suspended_vendor_stays_out_when_its_next_contract_begins(contract, boss, vendor, queue, channel) -> None:
    following = ContractFactory(
        vendor=vendor,
        queues=[queue],
        channels=[channel],
        starts_on=contract.ends_on + timedelta(days=1),
        ends_on=contract.ends_on + MONTH,
    )
    activate_contract(contract=following, by=boss)
    suspend_vendor(vendor=vendor, by=boss, reason="incident")
    with time_machine.travel(contract.ends_at, tick=False):
        run_sweeps("outsourcing.follow_time")
        assert (states(vendor), is_open(vendor)) == (["ended", "suspended"], False)
        reinstate_vendor(vendor=vendor, by=boss, reason="cleared")
        assert (states(vendor), is_open(vendor)) == (["ended", "active"], True)


def test_who_is_put_out_is_told_so_in_their_own_browser_only(boss, vendor, outsourcing_agent) -> None:
    inside, stranger = Client(), Client()
    inside.force_login(outsourcing_agent)
    suspend_vendor(vendor=vendor, by=boss, reason="incident of today")
    page = inside.get("/desk/", follow=True).content.decode()
    assert "Your access was ended." in page
    for told in ("incident of today", str(vendor.name), outsourcing_agent.display_name):
        assert told not in page
    assert "Your access was ended." not in stranger.get("/desk/", follow=True).content.decode()
    reinstate_vendor(vendor=vendor, by=boss, reason="cleared")
    assert "Your access was ended." not in inside.get("/desk/", follow=True).content.decode()


def test_a_vendor_without_contracts_is_suspended_as_well(boss) -> None:
    vendor = VendorFactory()
    suspend_vendor(vendor=vendor, by=boss, reason="incident")
    assert not is_open(vendor)
    reinstate_vendor(vendor=vendor, by=boss, reason="cleared")
    assert is_open(vendor)
    trail = AuditEntry.objects.filter(subject_id=vendor.pk, action__startswith="vendor.").order_by("pk")
    assert [(row.action, row.reason) for row in trail] == [
        ("vendor.closed", "incident"),
        ("vendor.opened", "cleared"),
    ]


def test_one_agent_is_shut_out_and_their_colleagues_work_on(
    contract, boss, outsourcing_agent, vendor, vendor_team, ticket, acting
) -> None:
    colleague = UserFactory(role="vendor_agent", vendor=vendor, teams=[vendor_team])
    token_of(outsourcing_agent)
    client = Client()
    client.force_login(outsourcing_agent)
    assign_ticket(ticket=ticket, to=outsourcing_agent, by=boss)

    suspend_agent(user=outsourcing_agent, by=boss, reason="asked for a password")
    assert client.get("/desk/").status_code == 302
    assert not ApiToken.objects.filter(user=outsourcing_agent, revoked__isnull=True).exists()
    run_sweeps("routing.deactivated")
    ticket.refresh_from_db()
    assert ticket.assignee is None
    assert Ticket.objects.visible_to(acting(colleague)).filter(pk=ticket.pk).exists()
    assert AuditEntry.objects.get(action="user.deactivated").reason == "asked for a password"

    reinstate_agent(user=outsourcing_agent, by=boss, reason="a mistake")
    assert client.get("/desk/").status_code == 302, "The old session came back."
    assert Ticket.objects.visible_to(acting(outsourcing_agent)).filter(pk=ticket.pk).exists()


@pytest.mark.parametrize("who", ["supervisor", "outsourcing_agent"])
def test_only_who_manages_people_suspends(who, cast, acting, contract, vendor, outsourcing_agent) -> None:
    by = acting(cast[who])
    with pytest.raises(PermissionRefused):
        suspend_vendor(vendor=vendor, by=by, reason="x")
    with pytest.raises(PermissionRefused):
        suspend_agent(user=outsourcing_agent, by=by, reason="x")
    assert (is_open(vendor), User.objects.get(pk=outsourcing_agent.pk).is_active) == (True, True)


def test_in_house_people_are_not_suspended_here_and_a_reason_is_needed(boss, agent, outsourcing_agent) -> None:
    with pytest.raises(NotVisible):
        suspend_agent(user=agent, by=boss, reason="x")
    with pytest.raises(ReasonMissing):
        suspend_agent(user=outsourcing_agent, by=boss, reason=" ")
    assert User.objects.filter(pk__in=[agent.pk, outsourcing_agent.pk], is_active=True).count() == 2


def test_the_page_suspends_and_lets_in_again(contract, manager, agent, vendor, outsourcing_agent) -> None:
    office = Client()
    office.force_login(manager)
    page = reverse("admin:vendor-people", args=[vendor.pk])
    person = reverse("admin:vendor-person-move", args=[outsourcing_agent.pk, "suspension"])
    assert outsourcing_agent.username in office.get(page).content.decode()

    office.post(person, {"reason": ""})
    assert User.objects.get(pk=outsourcing_agent.pk).is_active
    office.post(person, {"reason": "incident"})
    office.post(reverse("admin:vendor-move", args=[vendor.pk, "suspension"]), {"reason": "incident"})
    assert (is_open(vendor), User.objects.get(pk=outsourcing_agent.pk).is_active) == (False, False)
    office.post(reverse("admin:vendor-move", args=[vendor.pk, "reinstatement"]), {"reason": "cleared"})
    office.post(person.replace("suspension", "reinstatement"), {"reason": "cleared"})
    assert (is_open(vendor), User.objects.get(pk=outsourcing_agent.pk).is_active) == (True, True)
    assert office.post(reverse("admin:vendor-person-move", args=[agent.pk, "suspension"])).status_code == 404


def stands(user: User) -> tuple[bool, bool, str, int, str]:
    row = User.objects.get(pk=user.pk)
    return row.is_active, row.is_shut_out_by_house, row.display_name, row.session_epoch, row.password


@pytest.fixture(params=["page of vendors", "page of users", "after their company did"])
def shut_out(request, contract, boss, head, outsourcing_agent, acting) -> User:
    User.objects.filter(pk=outsourcing_agent.pk).update(email="walter@vendor.example")
    outsourcing_agent.refresh_from_db()
    if request.param == "after their company did":
        people.switch_agent_off(user=outsourcing_agent, by=acting(head), reason="late again")
    if request.param == "page of users":
        deactivate_user(user=outsourcing_agent, by=boss)
    else:
        suspend_agent(user=outsourcing_agent, by=boss, reason="SecretFraud")
    return outsourcing_agent


def test_whom_the_house_shut_out_no_manager_of_the_vendor_lets_in(shut_out, boss, head, acting) -> None:
    before, by = stands(shut_out), acting(head)
    assert before[:2] == (False, True)
    people.switch_agent_off(user=shut_out, by=by)
    for way_round in (
        lambda: people.switch_agent_on(user=shut_out, by=by),
        lambda: people.renew_link(user=shut_out, by=by),
        lambda: people.reset_factor(user=shut_out, by=by),
        lambda: people.change_agent(user=shut_out, by=by, display_name="Somebody else"),
        lambda: people.invite_agent(
            username="again", display_name="Again", email=shut_out.email.upper(), language="en", role=shut_out.role,
            teams=[], by=by,
        ),
    ):  # fmt: skip
        with pytest.raises(ShutOutByHouse):
            way_round()
    assert stands(shut_out) == before
    assert not User.objects.filter(username="again").exists()
    assert not AuditEntry.objects.filter(
        action__in=["user.reactivated", "user.created", "second_factor.reset"]
    ).exists()

    reinstate_agent(user=shut_out, by=boss, reason="cleared")
    assert stands(shut_out)[:2] == (True, False)
    people.switch_agent_off(user=shut_out, by=by)
    people.switch_agent_on(user=shut_out, by=by)
    assert stands(shut_out)[:2] == (True, False), "What their company did, their company undoes."


def test_the_vendors_manager_reads_that_it_was_the_house_and_not_why(contract, boss, head, outsourcing_agent) -> None:
    suspend_agent(user=outsourcing_agent, by=boss, reason="SecretFraud")
    before = stands(outsourcing_agent)
    browser, name = Client(), outsourcing_agent.username
    browser.force_login(head)
    for page in (reverse("outsourcing:people"), reverse("outsourcing:person", args=[name])):
        shown = browser.get(page).content.decode()
        assert "shut out by the house" in shown
        assert "SecretFraud" not in shown
    assert reverse("outsourcing:person-reinstatement", args=[name]) not in shown
    assert f'action="{page}"' not in shown, "What would be refused is not offered."
    refused = browser.post(page, {"display_name": "Z", "email": "", "language": "en", "role": "vendor_agent"})
    assert refused.status_code == 422
    assert browser.post(reverse("outsourcing:person-reinstatement", args=[name])).status_code == 302

    api, address = Api(token_of(head)), f"vendor-people/{name}/"
    answer = api.delete(f"{address}suspension/")
    assert (answer.status_code, answer.json()["code"]) == (403, "accounts.shut_out_by_house")
    told = api.get(address)
    assert told.json()["is_shut_out_by_house"] is True
    assert "SecretFraud" not in told.content.decode()
    assert stands(outsourcing_agent) == before


def test_the_page_of_users_lets_in_as_well(contract, boss, head, outsourcing_agent, acting) -> None:
    deactivate_user(user=outsourcing_agent, by=boss)
    with pytest.raises(ShutOutByHouse):
        people.switch_agent_on(user=outsourcing_agent, by=acting(head))
    reactivate_user(user=outsourcing_agent, by=boss)
    assert stands(outsourcing_agent)[:2] == (True, False)


def test_who_was_off_before_it_was_kept_is_the_houses_unless_their_company_did_it(
    contract, boss, head, vendor, outsourcing_agent, acting
) -> None:
    by_house, unknown, at_work = (UserFactory(role="vendor_agent", vendor=vendor) for _each in range(3))
    suspend_agent(user=by_house, by=boss, reason="incident")
    people.switch_agent_off(user=outsourcing_agent, by=acting(head))
    User.objects.filter(pk=unknown.pk).update(is_active=False)
    User.objects.update(is_shut_out_by_house=False)
    import_module("apps.accounts.migrations.0015_who_is_off_already").mark(apps, connection.schema_editor())
    marked = User.objects.filter(is_shut_out_by_house=True).values_list("pk", flat=True)
    assert set(marked) == {by_house.pk, unknown.pk}
    assert User.objects.get(pk=at_work.pk).is_active
