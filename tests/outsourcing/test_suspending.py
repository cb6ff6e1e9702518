"""A vendor, or one of its people, shut out with one press and let in again."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.accounts.models import ApiToken, User, Vendor
from apps.core.errors import NotVisible, PermissionRefused
from apps.core.models import AuditEntry
from apps.core.sweeps import run_sweeps
from apps.outsourcing.errors import ReasonMissing
from apps.outsourcing.models import Contract
from apps.outsourcing.services.contracts import activate_contract
from apps.outsourcing.services.suspending import reinstate_agent, reinstate_vendor, suspend_agent, suspend_vendor
from apps.tickets.models import Ticket
from apps.tickets.services.assignment import assign_ticket
from tests.factories.accounts import UserFactory, VendorFactory
from tests.factories.outsourcing import MONTH, ContractFactory
from tests.support.api import token_of

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
