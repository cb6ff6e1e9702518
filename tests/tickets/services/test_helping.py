"""Colleagues join whoever holds a ticket: they read and answer, and nothing more."""

import pytest

from apps.accounts.models import User
from apps.core.errors import NotVisible, PermissionRefused
from apps.core.models import Event
from apps.tickets.errors import NotAssignable
from apps.tickets.models import Message, Ticket, Watcher
from apps.tickets.selectors.detail import page_of
from apps.tickets.selectors.targets import people_to_call
from apps.tickets.services import assignment, lifecycle, messages
from apps.tickets.services.helping import add_helper, remove_helper
from tests.tickets.conftest import Acting

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants", "rule")]


def test_a_helper_reads_and_answers_until_they_leave(
    ticket: Ticket, acting: Acting, agent: User, stranger: User
) -> None:
    assignment.claim_ticket(ticket=ticket, by=acting(agent))
    assert stranger.pk in [row.id for row in people_to_call(acting(agent), ticket)]

    for _time in range(2):
        add_helper(ticket=ticket, user=stranger, by=acting(agent))

    page = page_of(acting(stranger), ticket)
    assert (page.may.reply, page.may.edit, page.may.claim, page.may.call_helpers) == (True, False, False, False)
    assert page.ticket.helpers == ((stranger.pk, "Steve Stranger"),)
    assert stranger.pk not in [row.id for row in people_to_call(acting(agent), ticket)]
    messages.reply(ticket=ticket, by=acting(stranger), html="<p>Let me look.</p>")
    with pytest.raises(PermissionRefused):
        lifecycle.change_fields(ticket=ticket, by=acting(stranger), priority=40)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.priority) == (agent, 20)
    told = Event.objects.filter(kind="ticket.watched")
    assert [row.payload["is_helper"] for row in told] == [True]

    for _time in range(2):
        remove_helper(ticket=ticket, user=stranger, by=acting(agent))
    assert told.all().count() == 2
    before = Message.objects.count()
    with pytest.raises(NotVisible):
        messages.reply(ticket=ticket, by=acting(stranger), html="<p>Still here?</p>")
    assert Message.objects.count() == before


def test_a_watcher_becomes_a_helper_and_leaves_as_one(
    ticket: Ticket, acting: Acting, agent: User, stranger: User
) -> None:
    assignment.watch(ticket=ticket, user=stranger, by=acting(agent))
    assert not page_of(acting(stranger), ticket).may.reply
    add_helper(ticket=ticket, user=stranger, by=acting(agent))
    assert Watcher.objects.get().is_helper
    assignment.unwatch(ticket=ticket, by=acting(stranger))
    assert not Watcher.objects.exists()
    last = Event.objects.filter(kind="ticket.watched").order_by("pk").last()
    assert last is not None
    assert (last.payload["is_watching"], last.payload["is_helper"]) == (False, True)


@pytest.mark.parametrize(
    ("who", "whom", "refusal"),
    [
        ("stranger", "teammate", NotVisible),
        ("agent", "agent", NotAssignable),
        ("supervisor", "outside_vendor", NotAssignable),
        ("outsourcing_agent", "outside_vendor", NotVisible),
    ],
)
def test_nobody_is_called_who_could_not_help(
    ticket: Ticket, acting: Acting, request: pytest.FixtureRequest, agent: User, who: str, whom: str, refusal
) -> None:
    assignment.claim_ticket(ticket=ticket, by=acting(agent))
    before = Event.objects.count()

    with pytest.raises(refusal):
        add_helper(ticket=ticket, user=request.getfixturevalue(whom), by=acting(request.getfixturevalue(who)))

    assert not Watcher.objects.exists()
    assert Event.objects.count() == before


@pytest.fixture
def outside_vendor(db: None) -> User:
    """Of another vendor, whose contract opens nothing here."""
    from tests.factories.accounts import UserFactory, VendorFactory

    return UserFactory(username="walter", role="vendor_agent", vendor=VendorFactory(key="elsewhere"))


def test_joining_opens_nothing_to_a_vendor(
    ticket: Ticket, acting: Acting, outsourcing_agent: User, other_queue
) -> None:
    Watcher.objects.create(ticket=ticket, user=outsourcing_agent, is_helper=True)
    Ticket.objects.filter(pk=ticket.pk).update(queue=other_queue)

    assert not Ticket.objects.visible_to(acting(outsourcing_agent)).exists()
    with pytest.raises(NotVisible):
        messages.reply(ticket=ticket, by=acting(outsourcing_agent), html="<p>Hello</p>")
    assert not Message.objects.filter(kind="agent").exists()
