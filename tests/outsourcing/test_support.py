"""People who help the house: let in for hours by a manager, masked, most often only to read, and out with one press."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.accounts import tokens
from apps.accounts.models import Team, User, Vendor
from apps.accounts.roles import DEFAULT_ROLES
from apps.accounts.rules import needs_second_factor
from apps.accounts.services.grants import GrantsKept, set_grants
from apps.channels.models import Channel
from apps.core import clock
from apps.core.actor import Actor, person
from apps.core.errors import AppError, InvalidInput, PermissionRefused
from apps.core.models import AuditEntry
from apps.outsourcing.errors import NotForSupport, SupportIsOpen
from apps.outsourcing.models import SupportAccess
from apps.outsourcing.services import support
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.lens import lens_for
from apps.tickets.models import Queue, QueueGroupObjectPermission, Ticket
from tests.factories.accounts import TeamFactory, UserFactory, VendorFactory
from tests.factories.channels import ChannelFactory
from tests.factories.customers import CustomerFactory
from tests.factories.outsourcing import ContractFactory
from tests.factories.tickets import QueueFactory, TicketFactory, say

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

WHY = "Mails to the repair desk arrive twice."
PHONE = "+8613800138000"


@pytest.fixture
def makers() -> Vendor:
    vendor = VendorFactory(key="makers", is_support=True, is_active=False)
    support.settle_support(vendor.pk)
    return vendor


@pytest.fixture
def helper(makers: Vendor) -> User:
    return UserFactory(
        username="hilda", role="support", vendor=makers, teams=[TeamFactory(key="makers", vendor=makers)]
    )


@pytest.fixture
def queue() -> Queue:
    return QueueFactory(key="repair")


@pytest.fixture
def channel() -> Channel:
    return ChannelFactory(key="repair")


@pytest.fixture
def ticket(queue: Queue, channel: Channel) -> Ticket:
    row = TicketFactory(queue=queue, channel=channel, customer=CustomerFactory(phone=PHONE), subject=f"Call {PHONE}")
    say(row, f"Call me at {PHONE}.")
    return row


Give = Callable[..., SupportAccess]


@pytest.fixture
def give(makers: Vendor, queue: Queue, channel: Channel, manager: User) -> Give:
    def give(**changes: object) -> SupportAccess:
        said = {"vendor": makers, "queues": [queue], "channels": [channel], "hours": 4, "reason": WHY, **changes}
        return support.give_access(**said, by=person(manager))

    return give


def fresh(user: User) -> Actor:
    return person(User.objects.select_related("role", "vendor").get(pk=user.pk))


def sees(user: User) -> set[int]:
    return set(Ticket.objects.visible_to(fresh(user)).values_list("pk", flat=True))


def signed_in(user: User) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.get(pk=user.pk))
    return client


def page(ticket: Ticket) -> str:
    return reverse("workbench:ticket", args=[ticket.number])


def test_nobody_is_let_in_at_first(helper: User, ticket: Ticket) -> None:
    assert sees(helper) == set()
    assert not fresh(helper).permissions
    assert not User.objects.get(pk=helper.pk).may_sign_in
    assert DEFAULT_ROLES["support"]["second_factor"] == "needed"
    assert needs_second_factor(helper)


def test_it_opens_what_was_named_masked_and_only_to_read(helper: User, ticket: Ticket, give: Give) -> None:
    other = TicketFactory(queue=QueueFactory(key="other"), channel=ticket.channel)
    give()
    assert sees(helper) == {ticket.pk}
    assert lens_for(fresh(helper)).mode(FieldClass.PHONE) is Mode.MASKED
    client = signed_in(helper)
    body = client.get(page(ticket)).content.decode()
    assert "13800138000" not in body
    assert "only to read" in body
    assert WHY in body
    assert client.get(page(other)).status_code == 404
    refused = client.post(reverse("workbench:ticket-notes", args=[ticket.number]), {"html": "<p>Hello</p>"})
    assert (refused.status_code, ticket.messages.count()) == (403, 1)
    assert "only looking" in refused.content.decode()
    assert client.get("/accounts/security/").status_code == 200
    assert client.post(reverse("accounts:other-sessions")).status_code == 302  # one's own sign-in stays one's own


def test_a_token_reads_and_does_not_write(helper: User, ticket: Ticket, give: Give, manager: User) -> None:
    give()
    helper.role.permissions = [*helper.role.permissions, "api.use"]
    helper.role.save()
    _row, plain = tokens.issue_token(
        user=helper, name="x", scopes=["api.use", "tickets.view", "tickets.note"], by=person(manager)
    )
    api = Client(headers={"Authorization": f"Bearer {plain}"})
    assert [row["number"] for row in api.get("/api/v1/tickets/").json()["results"]] == [ticket.number]
    refused = api.post("/api/v1/tickets/", {}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "accounts.only_looking")


def test_with_write_they_may_do_what_their_role_says(helper: User, ticket: Ticket, give: Give) -> None:
    give(may_write=True)
    client = signed_in(helper)
    assert "only to read" not in client.get(page(ticket)).content.decode()
    sent = client.post(reverse("workbench:ticket-notes", args=[ticket.number]), {"html": "<p>Hello</p>"})
    assert (sent.status_code, ticket.messages.count()) == (302, 2)


@pytest.mark.parametrize("how", ["press", "time"])
def test_one_press_or_time_shuts_them_out(how: str, helper: User, ticket: Ticket, give: Give, manager: User) -> None:
    access = give(may_write=True)
    helper.role.permissions = [*helper.role.permissions, "api.use"]
    helper.role.save()
    row, _plain = tokens.issue_token(user=helper, name="x", scopes=["api.use"], by=person(manager))
    client = signed_in(helper)
    assert client.get(page(ticket)).status_code == 200
    if how == "press":
        support.end_access(access=access, by=person(manager))
    else:
        with time_machine.travel(clock.now() + timedelta(hours=4, seconds=1)):
            assert support.follow_time() == 1
            assert support.follow_time() == 0
    assert client.get(page(ticket)).status_code == 302
    assert sees(helper) == set()
    assert not QueueGroupObjectPermission.objects.filter(group__team__vendor=helper.vendor).exists()
    row.refresh_from_db()
    assert row.revoked is not None
    assert Vendor.objects.get(key="makers").reads_only
    assert AuditEntry.objects.filter(action="support.ended", subject_id=access.pk).count() == 1


def test_what_is_given_by_hand_does_not_last(helper: User, makers: Vendor, queue: Queue, manager: User) -> None:
    Vendor.objects.filter(pk=makers.pk).update(is_active=True, reads_only=False)
    team = Team.objects.get(key="makers")
    with pytest.raises(GrantsKept):
        set_grants(
            team=team,
            grant_model=QueueGroupObjectPermission,
            codename="work_queue",
            object_ids=[queue.pk],
            by=person(manager),
        )
    assert support.follow_time() == 1
    makers.refresh_from_db()
    assert (makers.is_active, makers.reads_only) == (False, True)


@pytest.mark.parametrize(
    ("changes", "error"), [({"hours": 73}, InvalidInput), ({"hours": 0}, InvalidInput), ({"reason": " "}, AppError)]
)
def test_not_longer_than_three_days_and_not_without_a_reason(
    changes: dict[str, object], error: type[Exception], helper: User, give: Give
) -> None:
    with pytest.raises(error):
        give(**changes)
    assert not SupportAccess.objects.exists()
    assert not Vendor.objects.get(key="makers").is_active


def test_only_one_at_a_time_only_for_helpers_and_only_by_managers(
    helper: User, give: Give, supervisor: User, vendor: Vendor, queue: Queue, channel: Channel
) -> None:
    with pytest.raises(NotForSupport):
        give(vendor=vendor)
    with pytest.raises(PermissionRefused):
        support.give_access(
            vendor=helper.vendor, queues=[queue], channels=[channel], hours=1, reason=WHY, by=person(supervisor)
        )
    give()
    with pytest.raises(SupportIsOpen):
        give()
    assert SupportAccess.objects.count() == 1
    with pytest.raises(PermissionRefused):
        support.end_access(access=SupportAccess.objects.get(), by=person(supervisor))
    assert SupportAccess.objects.get().ended_at is None


def test_who_is_under_contract_is_let_in_by_it(helper: User, makers: Vendor, give: Give) -> None:
    ContractFactory(vendor=makers)
    with pytest.raises(NotForSupport):
        give()


def test_a_manager_gives_and_ends_it_in_the_administration(
    client: Client, helper: User, makers: Vendor, queue: Queue, channel: Channel, manager: User
) -> None:
    client.force_login(manager)
    listed = reverse("admin:outsourcing_supportaccess_changelist")
    fields = {"vendor": makers.pk, "queues": [queue.pk], "channels": [channel.pk], "hours": 3, "reason": WHY}
    assert client.post(reverse("admin:outsourcing_supportaccess_add"), fields).status_code == 302
    access = SupportAccess.objects.get()
    assert access.ends_at - access.starts_at == timedelta(hours=3)
    assert (list(access.queues.all()), access.may_write, access.given_by) == ([queue], False, manager)
    assert "q=hilda" in client.get(listed).content.decode()
    assert client.get(reverse("admin:outsourcing_supportaccess_change", args=[access.pk])).status_code == 200
    client.post(listed, {"action": "end_at_once", "_selected_action": [access.pk]})
    access.refresh_from_db()
    assert access.ended_at is not None
    assert not Vendor.objects.get(pk=makers.pk).is_active
