"""What a vendor sees follows its contract: at once, everywhere, whoever changes it, and when time passes."""

import contextlib
from datetime import timedelta

import pytest
import time_machine
from asgiref.sync import async_to_sync, sync_to_async
from django.test import Client

from apps.accounts.access import access_of
from apps.accounts.models import Team, User, Vendor
from apps.accounts.services.grants import GrantsKept, set_grants
from apps.core.clock import now
from apps.core.models import AuditEntry, Event
from apps.core.sweeps import run_sweeps
from apps.outsourcing.enums import ContractState
from apps.outsourcing.services.contracts import activate_contract, end_contract, resume_contract, suspend_contract
from apps.outsourcing.services.granting import settle
from apps.routing.models import AgentState, QueueShare, RoutingQueue
from apps.tickets.models import Assignment, QueueGroupObjectPermission, Ticket
from apps.tickets.services.assignment import assign_ticket
from apps.workbench import consumers
from contactcenter.asgi import application
from tests.factories.outsourcing import MONTH, ContractFactory, day
from tests.factories.tickets import CategoryFactory, grant
from tests.support.api import Api, token_of
from tests.support.sockets import Wire

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
SECRET = "The screen stays black"
TIME = ("outsourcing.follow_time",)
BACK = ("outsourcing.free_work", "routing.deactivated")


def sees(user: User, ticket: Ticket, acting) -> bool:
    return Ticket.objects.visible_to(acting(user)).filter(pk=ticket.pk).exists()


def granted(team: Team) -> set[int]:
    rows = QueueGroupObjectPermission.objects.filter(group=team.group)
    return set(rows.values_list("content_object_id", flat=True))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def test_a_contract_gives_what_it_names_and_its_end_takes_it(
    draft, boss, outsourcing_agent, vendor, vendor_team, ticket, queue, other_queue, acting
) -> None:
    grant(vendor_team, other_queue)  # by hand, before there was a contract
    assert not sees(outsourcing_agent, ticket, acting)

    contract = activate_contract(contract=draft, by=boss)
    assert granted(vendor_team) == {queue.pk}
    assert sees(outsourcing_agent, ticket, acting)
    assert contract.is_applied

    contract = end_contract(contract=contract, by=boss, reason="  agreed  ")
    assert (contract.state, contract.is_applied) == (ContractState.ENDED, False)
    assert granted(vendor_team) == set()
    assert access_of(acting(outsourcing_agent)).queue_ids == ()
    assert not Vendor.objects.get(pk=vendor.pk).is_active
    assert AuditEntry.objects.get(action="contract.ended").reason == "agreed"


def test_every_open_face_is_shut_at_once(contract, boss, outsourcing_agent, ticket) -> None:
    role = outsourcing_agent.role
    role.permissions = [*role.permissions, "api.use"]
    role.save()
    desk, api = signed_in(outsourcing_agent), Api(token_of(outsourcing_agent))
    page = f"/desk/tickets/{ticket.number}/"
    assert SECRET in desk.get(page).content.decode()
    assert api.get("tickets/").json()["results"]

    suspend_contract(contract=contract, by=boss, reason="incident")
    answer = desk.get(page)
    assert (answer.status_code, SECRET in answer.content.decode()) == (302, False)
    assert api.get("tickets/").status_code == 401

    contract.refresh_from_db()
    resume_contract(contract=contract, by=boss, reason="cleared")
    assert desk.get(page).status_code == 302, "The old session came back."
    assert api.get("tickets/").status_code == 401, "The old token came back."
    assert SECRET in signed_in(outsourcing_agent).get(page).content.decode()


@pytest.mark.django_db(transaction=True)
def test_an_open_socket_is_told_to_leave(contract, boss, outsourcing_agent) -> None:
    client = signed_in(outsourcing_agent)

    async def story() -> None:
        wire = Wire(application, "/ws/desk/", client)
        await wire.open()
        await sync_to_async(end_contract)(contract=contract, by=boss, reason="agreed")
        assert await wire.hear_close() == consumers.SHUT_OUT

    async_to_sync(story)()


@pytest.mark.django_db(transaction=True)
def test_a_socket_hears_that_something_was_taken(contract, outsourcing_agent, other_queue) -> None:
    client = signed_in(outsourcing_agent)

    async def story() -> None:
        wire = Wire(application, "/ws/desk/", client)
        await wire.open()
        await sync_to_async(contract.queues.set)([other_queue])
        await sync_to_async(settle)(contract.vendor_id)
        assert (await wire.hear())["kind"] == "access"
        await wire.close()

    async_to_sync(story)()


def test_work_goes_back_when_the_contract_is_narrowed(
    contract, boss, outsourcing_agent, ticket, queue, other_queue, acting
) -> None:
    assign_ticket(ticket=ticket, to=outsourcing_agent, by=boss)
    contract.queues.set([queue, other_queue])
    settle(contract.vendor_id)
    run_sweeps(*BACK)
    ticket.refresh_from_db()
    assert ticket.assignee == outsourcing_agent, "Nothing was taken, so nothing goes back."

    contract.queues.set([other_queue])
    settle(contract.vendor_id)
    run_sweeps(*BACK)
    ticket.refresh_from_db()
    contract.refresh_from_db()
    assert (ticket.assignee, contract.is_narrowed) == (None, False)
    assert not Assignment.objects.filter(ticket=ticket, state="accepted").exists()
    assert Event.objects.get(kind="routing.freed").payload["reason"] == "contract"
    assert not sees(outsourcing_agent, ticket, acting)


def test_work_goes_back_when_the_contract_ends(contract, boss, outsourcing_agent, ticket) -> None:
    assign_ticket(ticket=ticket, to=outsourcing_agent, by=boss)
    AgentState.objects.create(user=outsourcing_agent, state="available", since=now())
    end_contract(contract=contract, by=boss, reason="agreed")
    run_sweeps(*BACK)
    ticket.refresh_from_db()
    assert ticket.assignee is None
    assert Event.objects.get(kind="routing.freed").payload["reason"] == "vendor_closed"
    assert AgentState.objects.get(user=outsourcing_agent).state == "offline"


def test_categories_limit_and_an_emptied_list_opens_nothing(draft, boss, outsourcing_agent, ticket, acting) -> None:
    category = CategoryFactory()
    draft.covers_all_categories = False
    draft.save()
    draft.categories.set([category])
    contract = activate_contract(contract=draft, by=boss)
    assert not sees(outsourcing_agent, ticket, acting)
    Ticket.objects.filter(pk=ticket.pk).update(category=category)
    assert sees(outsourcing_agent, ticket, acting)

    contract.categories.clear()
    settle(contract.vendor_id)
    assert access_of(acting(outsourcing_agent)).category_ids == ()

    contract.covers_all_categories = True
    contract.save()
    contract.categories.set([category])
    settle(contract.vendor_id)
    assert access_of(acting(outsourcing_agent)).category_ids is None


def test_time_starts_and_ends_it(draft, boss, outsourcing_agent, vendor, vendor_team, ticket, acting) -> None:
    draft.starts_on, draft.ends_on = day(timedelta(days=2)), day(timedelta(days=3))
    draft.save()
    contract = activate_contract(contract=draft, by=boss)
    run_sweeps(*TIME)
    assert granted(vendor_team) == set()
    assert Vendor.objects.get(pk=vendor.pk).is_active, "Before its first contract begins, a vendor is left alone."

    with time_machine.travel(contract.starts_at - timedelta(seconds=1), tick=False):
        run_sweeps(*TIME)
        assert not sees(outsourcing_agent, ticket, acting)
    with time_machine.travel(contract.starts_at, tick=False):
        assert run_sweeps(*TIME) == 1
        assert run_sweeps(*TIME) == 0
        assert sees(outsourcing_agent, ticket, acting)
    with time_machine.travel(contract.ends_at - timedelta(seconds=1), tick=False):
        assert run_sweeps(*TIME) == 0
        assert sees(outsourcing_agent, ticket, acting)
    with time_machine.travel(contract.ends_at, tick=False):
        run_sweeps(*TIME)
        assert not sees(outsourcing_agent, ticket, acting)
        contract.refresh_from_db()
        assert contract.state == ContractState.ENDED


def test_one_contract_follows_the_other_without_a_gap(
    contract, boss, outsourcing_agent, vendor, ticket, acting
) -> None:
    following = ContractFactory(
        vendor=vendor,
        queues=contract.queues.all(),
        channels=contract.channels.all(),
        starts_on=contract.ends_on + timedelta(days=1),
        ends_on=contract.ends_on + MONTH,
    )
    activate_contract(contract=following, by=boss)
    with time_machine.travel(contract.ends_at, tick=False):
        run_sweeps(*TIME)
        assert sees(outsourcing_agent, ticket, acting)
        assert not AuditEntry.objects.filter(action="vendor.closed").exists()


def test_nobody_grants_past_the_contract(contract, boss, vendor_team, queue, other_queue) -> None:
    with pytest.raises(GrantsKept):
        set_grants(
            team=vendor_team,
            grant_model=QueueGroupObjectPermission,
            codename="work_queue",
            object_ids=[other_queue.pk],
            by=boss,
        )
    assert granted(vendor_team) == {queue.pk}

    grant(vendor_team, other_queue)  # past every service, as a script would
    run_sweeps("outsourcing.mend")
    assert granted(vendor_team) == {queue.pk}
    assert AuditEntry.objects.filter(action="team.grants_changed", actor_kind="system").exists()


def test_looking_twice_changes_nothing_more(contract) -> None:
    entries = AuditEntry.objects.count()
    assert settle(contract.vendor_id) is False
    assert AuditEntry.objects.count() == entries


def test_its_share_stands_in_its_queues_while_it_is_in_force(draft, boss, queue, vendor) -> None:
    routing = RoutingQueue.objects.create(queue=queue)
    draft.share_percent = 40
    draft.save()
    contract = activate_contract(contract=draft, by=boss)
    assert list(QueueShare.objects.values_list("routing", "vendor", "percent")) == [(routing.pk, vendor.pk, 40)]
    assert settle(vendor.pk) is False
    suspend_contract(contract=contract, by=boss, reason="incident")
    assert not QueueShare.objects.exists()


def test_a_failing_half_changes_nothing(draft, boss, vendor_team, monkeypatch) -> None:
    def broken(*args: object) -> bool:
        raise RuntimeError("no shares today")

    monkeypatch.setattr("apps.outsourcing.services.granting.set_shares", broken)
    with contextlib.suppress(RuntimeError):
        activate_contract(contract=draft, by=boss)
    draft.refresh_from_db()
    assert (draft.state, granted(vendor_team)) == (ContractState.DRAFT, set())
