"""Moves, fields, merging, wrap-up, and what the second of two editors is told."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.models import User
from apps.channels.models import BlockedSender, Channel, Delivery
from apps.core.actor import SYSTEM, Actor, token
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused, StaleVersion
from apps.core.models import Event
from apps.tickets.enums import Priority, Status
from apps.tickets.errors import MergeRefused, TicketClosed, TransitionRefused, WrapUpIncomplete
from apps.tickets.models import Category, IntakeRule, Message, Queue, SearchRow, Ticket, TicketLink, WrapUp
from apps.tickets.selectors.history import ticket_history
from apps.tickets.services import assignment, lifecycle, linking, messages, spam
from apps.tickets.services.lifecycle import WrapUpInput
from apps.tickets.transitions import ALLOWED
from tests.factories.customers import CustomerFactory, TagFactory
from tests.factories.tickets import CategoryFactory, QueueFactory, TicketFactory, mail, receive, say
from tests.tickets.conftest import Acting

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


@pytest.fixture
def alice(acting: Acting, agent: User) -> Actor:
    return acting(agent)


def kinds(ticket: Ticket) -> list[str]:
    return list(Event.objects.filter(ticket_id=ticket.pk).order_by("ordinal").values_list("kind", flat=True))


# The state machine


@pytest.mark.parametrize("old", Status)
@pytest.mark.parametrize("new", Status)
def test_only_moves_of_the_table_are_possible(ticket: Ticket, alice: Actor, old: Status, new: Status) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(status=old)
    if old == new:
        assert lifecycle.change_status(ticket=ticket, status=new, by=alice).status == old
        assert kinds(ticket) == []
    elif new in ALLOWED[old]:
        assert lifecycle.change_status(ticket=ticket, status=new, by=alice).status == new
        assert kinds(ticket) == ["ticket.status_changed"]
    else:
        with pytest.raises(TransitionRefused):
            lifecycle.change_status(ticket=ticket, status=new, by=alice)
        ticket.refresh_from_db()
        assert (ticket.status, kinds(ticket)) == (old, [])


def test_an_unknown_status_is_an_input_error(ticket: Ticket, alice: Actor) -> None:
    with pytest.raises(InvalidInput):
        lifecycle.change_status(ticket=ticket, status="deleted", by=alice)


def test_resolving_and_reopening_keep_times_and_the_assignment(ticket: Ticket, alice: Actor) -> None:
    assignment.claim_ticket(ticket=ticket, by=alice)
    lifecycle.resolve_ticket(ticket=ticket, by=alice)
    ticket.refresh_from_db()
    assert ticket.resolved_at is not None
    assert ticket.waiting_since is None
    assert [row.state for row in ticket.assignments.all()] == ["finished"]
    lifecycle.reopen_ticket(ticket=ticket, by=alice)
    ticket.refresh_from_db()
    assert (ticket.resolved_at, ticket.reopen_count, ticket.assignee_id) == (None, 1, alice.user_id)
    assert [row.state for row in ticket.assignments.all()] == ["finished", "accepted"]


def test_closing_ends_the_interactions(ticket: Ticket, alice: Actor) -> None:
    lifecycle.resolve_ticket(ticket=ticket, by=alice)
    lifecycle.close_ticket(ticket=ticket, by=alice)
    assert ticket.interactions.get().state == "closed"
    with pytest.raises(TicketClosed):
        lifecycle.change_fields(ticket=ticket, by=alice, priority=Priority.HIGH)


# Wrap-up


def test_what_channel_and_category_and_all_above_ask_for_is_required(
    ticket: Ticket, alice: Actor, rule: IntakeRule, category: Category
) -> None:
    category.required_on_resolve = ["summary"]
    category.save()
    below = CategoryFactory(parent=category, required_on_resolve=["outcome"])
    rule.required_on_resolve = ["tags"]
    rule.save()
    with pytest.raises(WrapUpIncomplete) as refusal:
        lifecycle.resolve_ticket(ticket=ticket, by=alice, wrap_up=WrapUpInput(category=below))
    assert set(refusal.value.fields) == {"summary", "outcome", "tags"}
    ticket.refresh_from_db()
    assert (ticket.status, ticket.category_id, kinds(ticket)) == (Status.NEW, None, [])
    tag = TagFactory()
    complete = WrapUpInput(category=below, tags=[tag], summary="Cable was loose.", is_solved=True)
    lifecycle.resolve_ticket(ticket=ticket, by=alice, wrap_up=complete)
    row = WrapUp.objects.get()
    assert (row.summary, row.is_solved, row.category_id) == ("Cable was loose.", True, below.pk)
    assert list(ticket.tags.all()) == [tag]


@pytest.mark.parametrize("shortcut", ["status", "reply"])
def test_no_way_around_the_wrap_up(ticket: Ticket, alice: Actor, rule: IntakeRule, shortcut: str) -> None:
    rule.required_on_resolve = ["summary"]
    rule.save()
    ways: dict[str, Callable[[], object]] = {
        "status": lambda: lifecycle.change_status(ticket=ticket, status=Status.RESOLVED, by=alice),
        "reply": lambda: messages.reply(ticket=ticket, by=alice, html="<p>Done</p>", then_status=Status.RESOLVED),
    }
    with pytest.raises(WrapUpIncomplete):
        ways[shortcut]()
    ticket.refresh_from_db()
    assert (ticket.status, ticket.message_count) == (Status.NEW, 1)
    assert not Delivery.objects.exists()


# Fields and versions


def test_fields_change_with_one_line_of_history_each_and_one_version(
    ticket: Ticket, alice: Actor, category: Category
) -> None:
    tag = TagFactory()
    before = ticket.version
    lifecycle.change_fields(
        ticket=ticket, by=alice, priority=Priority.HIGH, category=category, subject="Black\r\nscreen", tags=[tag]
    )
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.category, ticket.subject) == (Priority.HIGH, category, "Black screen")
    assert ticket.version == before + 1
    rows = ticket_history(alice, ticket)
    assert [(row.what, row.old, row.new) for row in rows] == [
        ("Priority", "Normal", "High"),
        ("Subject", "Screen broken", "Black screen"),
        ("Category", "", "Category repair"),
        ("Tags", "", tag.key),
    ]
    assert {row.actor_label for row in rows} == {"Alice Agent"}
    assert {row.face for row in rows} == {"desk"}


def test_nothing_new_is_no_change(ticket: Ticket, alice: Actor) -> None:
    before = ticket.version
    lifecycle.change_fields(ticket=ticket, by=alice, priority=ticket.priority, subject=ticket.subject)
    ticket.refresh_from_db()
    assert (ticket.version, kinds(ticket)) == (before, [])


def test_the_second_of_two_editors_is_told_what_changed(
    ticket: Ticket, alice: Actor, acting: Acting, teammate: User
) -> None:
    shown = ticket.version
    lifecycle.change_fields(ticket=ticket, by=alice, version=shown, priority=Priority.URGENT)
    with pytest.raises(StaleVersion) as refusal:
        lifecycle.change_fields(ticket=ticket, by=acting(teammate), version=shown, priority=Priority.LOW)
    (change,) = refusal.value.changes
    assert (change["field"], change["by"], change["old"], change["new"]) == (
        "Priority",
        "Alice Agent",
        "Normal",
        "Urgent",
    )
    ticket.refresh_from_db()
    assert ticket.priority == Priority.URGENT


def test_a_message_in_between_stands_in_nobodys_way(
    ticket: Ticket, channel: Channel, rule: IntakeRule, alice: Actor
) -> None:
    shown = ticket.version
    say(ticket, "One more thing.")
    lifecycle.change_fields(ticket=ticket, by=alice, version=shown, priority=Priority.HIGH)
    ticket.refresh_from_db()
    assert ticket.priority == Priority.HIGH


def test_search_rows_move_with_the_ticket(ticket: Ticket, alice: Actor, other_queue: Queue, category: Category) -> None:
    lifecycle.change_fields(ticket=ticket, by=alice, queue=other_queue, category=category)
    rows = set(SearchRow.objects.filter(ticket_id=ticket.pk).values_list("queue_id", "category_id"))
    assert rows == {(other_queue.pk, category.pk)}


@pytest.mark.parametrize("field", ["subject", "team", "queue", "category"])
def test_people_of_vendors_move_nothing_out_of_their_contract(
    ticket: Ticket, acting: Acting, outsourcing_agent: User, other_queue: Queue, vendor_team: Any, field: str
) -> None:
    from tests.factories.tickets import grant

    granted = CategoryFactory()
    grant(vendor_team, granted)
    Ticket.objects.filter(pk=ticket.pk).update(category=granted)
    values = {"subject": "x", "team": vendor_team, "queue": other_queue, "category": CategoryFactory()}
    with pytest.raises((PermissionRefused, NotVisible)):
        lifecycle.change_fields(ticket=ticket, by=acting(outsourcing_agent), **{field: values[field]})
    assert kinds(ticket) == []


# Merging and links


def test_merging_is_a_pointer_with_a_way_back(ticket: Ticket, alice: Actor) -> None:
    target = TicketFactory(queue=ticket.queue, customer=ticket.customer)
    lifecycle.merge_tickets(ticket=ticket, into=target, by=alice)
    ticket.refresh_from_db()
    assert ticket.merged_into == target
    assert Message.objects.filter(ticket=ticket).count() == 1
    assert ticket not in Ticket.objects.visible_to(alice).listed()
    lifecycle.unmerge(ticket=ticket, by=alice)
    ticket.refresh_from_db()
    assert ticket.merged_into is None
    assert [row.notice for row in Message.objects.filter(ticket=target).order_by("sequence")] == ["merged", "unmerged"]


def test_what_cannot_be_merged(ticket: Ticket, alice: Actor, other_queue: Queue) -> None:
    somebody_elses = TicketFactory(queue=ticket.queue, customer=CustomerFactory())
    hidden = TicketFactory(queue=other_queue)
    merged = TicketFactory(queue=ticket.queue, merged_into=ticket)
    for target, error in (
        (ticket, MergeRefused),
        (somebody_elses, MergeRefused),
        (merged, MergeRefused),
        (hidden, NotVisible),
    ):
        with pytest.raises(error):
            lifecycle.merge_tickets(ticket=ticket, into=target, by=alice)
    with pytest.raises(MergeRefused) as refused:
        lifecycle.merge_tickets(ticket=ticket, into=somebody_elses, by=alice)
    assert "different customers" in refused.value.detail()
    ticket.refresh_from_db()
    assert ticket.merged_into is None


def test_links_need_both_ends(ticket: Ticket, alice: Actor, other_queue: Queue) -> None:
    with pytest.raises(NotVisible):
        linking.link_tickets(ticket=ticket, other=TicketFactory(queue=other_queue), by=alice)
    other = TicketFactory(queue=ticket.queue)
    linking.link_tickets(ticket=ticket, other=other, by=alice)
    linking.link_tickets(ticket=ticket, other=other, by=alice)
    assert TicketLink.objects.count() == 1
    linking.unlink_tickets(ticket=other, other=ticket, by=alice)
    assert not TicketLink.objects.exists()


# Opening


def test_opening_takes_what_is_not_said_from_the_channel(channel: Channel, rule: IntakeRule, alice: Actor) -> None:
    ticket = lifecycle.open_ticket(subject="Hello", by=alice, channel=channel, note_html="<p>He called.</p>")
    assert (ticket.queue, ticket.brand, ticket.status) == (rule.queue, channel.brand, Status.NEW)
    assert kinds(ticket) == ["ticket.opened", "message.noted"]
    assert ticket.number >= 1001


def test_nothing_out_of_reach_is_bound_to_a_new_ticket(
    queue: Queue, acting: Acting, outsourcing_agent: User, agent: User, other_queue: Queue
) -> None:
    role = outsourcing_agent.role
    assert role is not None
    role.permissions = [*role.permissions, "tickets.create"]
    role.save()
    hidden = TicketFactory(queue=other_queue, customer=CustomerFactory())
    tries: list[tuple[User, dict[str, Any]]] = [
        (outsourcing_agent, {"queue": other_queue}),
        (outsourcing_agent, {"queue": queue, "customer": CustomerFactory()}),
        (agent, {"queue": queue, "customer": hidden.customer}),
        (agent, {"queue": queue, "parent": hidden}),
    ]
    for user, values in tries:
        with pytest.raises(NotVisible):
            lifecycle.open_ticket(subject="x", by=acting(user), **values)
    assert Ticket.objects.count() == 1


# Spam


def test_who_is_no_spammer_is_not_blocked(ticket: Ticket, alice: Actor) -> None:
    block = spam.block_sender(ticket=ticket, by=alice)
    ticket.refresh_from_db()
    spam.unmark_spam(ticket=ticket, by=alice)
    ticket.refresh_from_db()
    assert not ticket.is_spam
    assert spam.block_of(ticket) is None
    block.refresh_from_db()
    assert block.lifted_at is not None


def test_spam_leaves_the_lists_and_comes_back(ticket: Ticket, alice: Actor) -> None:
    spam.mark_spam(ticket=ticket, by=alice)
    assert not Ticket.objects.visible_to(alice).listed().exists()
    spam.unmark_spam(ticket=ticket, by=alice)
    assert Ticket.objects.visible_to(alice).listed().get() == ticket


def test_blocking_keeps_and_ignores_what_comes_until_it_is_lifted(
    ticket: Ticket, channel: Channel, rule: IntakeRule, alice: Actor
) -> None:
    spam.block_sender(ticket=ticket, by=alice)
    spam.block_sender(ticket=ticket, by=alice)
    block = BlockedSender.objects.get()
    assert receive(channel, mail("again")).reason == "tickets.sender_blocked"
    assert spam.block_of(ticket) == block
    spam.unblock_sender(block=block, by=alice, ticket=ticket)
    assert receive(channel, mail("again")).ticket_id is not None
    ticket.refresh_from_db()
    assert not ticket.is_spam
    block.refresh_from_db()
    assert block.lifted_at is not None


# The permission matrix: who may do what with a ticket of the first queue


def other_than(ticket: Ticket) -> Ticket:
    return Ticket.objects.exclude(pk=ticket.pk).get()


Act = Callable[[Ticket, Actor], Any]
ACTS: dict[str, Act] = {
    "reply": lambda ticket, by: messages.reply(ticket=ticket, by=by, html="<p>x</p>"),
    "note": lambda ticket, by: messages.add_note(ticket=ticket, by=by, html="<p>x</p>"),
    "claim": lambda ticket, by: assignment.claim_ticket(ticket=ticket, by=by),
    "assign": lambda ticket, by: assignment.assign_ticket(ticket=ticket, to=User.objects.get(username="tom"), by=by),
    "status": lambda ticket, by: lifecycle.change_status(ticket=ticket, status=Status.RESOLVED, by=by),
    "priority": lambda ticket, by: lifecycle.change_fields(ticket=ticket, by=by, priority=Priority.LOW),
    "subject": lambda ticket, by: lifecycle.change_fields(ticket=ticket, by=by, subject="x"),
    "merge": lambda ticket, by: lifecycle.merge_tickets(ticket=ticket, into=other_than(ticket), by=by),
    "spam": lambda ticket, by: spam.mark_spam(ticket=ticket, by=by),
    "block": lambda ticket, by: spam.block_sender(ticket=ticket, by=by),
    "watch": lambda ticket, by: assignment.watch(ticket=ticket, by=by),
}
IN_HOUSE = frozenset(ACTS)
OUTSOURCED = frozenset({"reply", "note", "claim", "status", "priority"})
WATCHER = frozenset({"note", "watch"})
MAY: dict[str, frozenset[str]] = {
    "agent": IN_HOUSE,
    "teammate": IN_HOUSE,
    "supervisor": IN_HOUSE,
    "manager": IN_HOUSE,
    "outsourcing_agent": OUTSOURCED,
    "stranger": frozenset(),
    "watching stranger": WATCHER,
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", MAY)
def test_permission_matrix(cast: dict[str, User], acting: Acting, ticket: Ticket, who: str, act: str) -> None:
    TicketFactory(queue=ticket.queue, channel=ticket.channel, customer=ticket.customer)
    user = cast[who.removeprefix("watching ")]
    if who.startswith("watching"):
        ticket.watchers.create(user=user)
    if act in MAY[who]:
        ACTS[act](ticket, acting(user))
        return
    before = (Event.objects.count(), Message.objects.count(), ticket.version)
    with pytest.raises((NotVisible, PermissionRefused)):
        ACTS[act](ticket, acting(user))
    ticket.refresh_from_db()
    assert (Event.objects.count(), Message.objects.count(), ticket.version) == before
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("act", ACTS)
def test_a_token_does_only_what_its_scopes_say(ticket: Ticket, agent: User, teammate: User, act: str) -> None:
    TicketFactory(queue=ticket.queue)
    reader = token(User.objects.get(pk=agent.pk), token_id=1, scopes=frozenset({"tickets.view"}))
    with pytest.raises(PermissionRefused):
        ACTS[act](ticket, reader)
    assert not Event.objects.exists()


def test_cut_access_is_cut_at_once(ticket: Ticket, acting: Acting, agent: User, team: Any) -> None:
    agent.groups.remove(team.group)
    with pytest.raises(NotVisible):
        messages.reply(ticket=ticket, by=acting(agent), html="<p>x</p>")


def test_the_system_may_everything(ticket: Ticket) -> None:
    QueueFactory()
    lifecycle.change_fields(ticket=ticket, by=SYSTEM, priority=Priority.HIGH)
    assert ticket_history(SYSTEM, ticket)[0].actor_label == "System"
