"""Lists: few queries however long, counts that stop, and nothing in a row that the viewer may not see."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.channels.models import Channel
from apps.core.clock import now
from apps.core.errors import BadRequest
from apps.customers.models import Customer
from apps.tickets.enums import Priority, Status
from apps.tickets.models import Category, Mention, Queue, SavedView, Ticket, Watcher
from apps.tickets.selectors import lists
from apps.tickets.selectors.lists import ListFilters, ticket_list, ticket_rows_in, view_counts
from apps.tickets.services.reading import mark_read
from tests.factories.customers import CustomerFactory, TagFactory
from tests.factories.tickets import CategoryFactory, TicketFactory, say
from tests.tickets.conftest import Acting

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


def numbers(acting: Acting, user: User, **filters: object) -> list[int]:
    page = ticket_list(acting(user), ListFilters(**{"view": "all", **filters}))  # type: ignore[arg-type]
    return [row.number for row in page.rows]


def fill(queue: Queue, channel: Channel, count: int) -> list[Ticket]:
    rows = []
    for number in range(count):
        row = TicketFactory(
            queue=queue,
            channel=channel,
            customer=CustomerFactory(email=f"{uuid4().hex}@example.com"),
            opened_at=now() - timedelta(hours=number),
        )
        row.tags.add(TagFactory())
        say(row, "Hello", ago=60 * number)
        rows.append(row)
    return rows


@pytest.mark.parametrize("who", ["agent", "outsourcing_agent"])
def test_a_list_takes_equally_many_queries_for_one_row_and_for_three(
    cast: dict[str, User],
    acting: Acting,
    queue: Queue,
    channel: Channel,
    who: str,
    keep_vocabulary: Callable[[], None],
) -> None:
    taken: list[int] = []
    for _round in range(2):
        fill(queue, channel, len(taken) + 1)
        keep_vocabulary()
        actor = acting(cast[who])
        with CaptureQueriesContext(connection) as queries:
            page = ticket_list(actor, ListFilters(view="all"))
        taken.append(len(queries))
        assert len(page.rows) == (1 if len(taken) == 1 else 3)
    assert taken[0] == taken[1]
    # Grants, the list, the policies of the lens; for masked viewers what it must know of customers and senders.
    assert taken[0] == (3 if who == "agent" else 5)


def test_rows_tell_what_a_list_shows(acting: Acting, agent: User, ticket: Ticket) -> None:
    tag = TagFactory()
    ticket.tags.add(tag)
    (row,) = ticket_list(acting(agent), ListFilters(view="unassigned")).rows
    assert (row.number, row.subject, row.preview) == (ticket.number, "Screen broken", "The screen stays black.")
    assert (row.customer_name, row.status_label, row.priority_label) == ("林小雨", "New", "Normal")
    assert (row.queue_label, row.channel_label) == ("Queue care", "Channel support")
    assert [chip.key for chip in row.tags] == [tag.key]
    assert row.is_unread
    mark_read(ticket=ticket, by=acting(agent))
    (row,) = ticket_list(acting(agent), ListFilters(view="unassigned")).rows
    assert not row.is_unread


def test_pages_follow_each_other_without_gap_or_double(
    acting: Acting, agent: User, queue: Queue, channel: Channel
) -> None:
    rows = fill(queue, channel, 5)
    actor, filters = acting(agent), ListFilters(view="all")
    first = ticket_list(actor, filters, size=2)
    second = ticket_list(actor, filters, cursor=first.next_cursor, size=2)
    third = ticket_list(actor, filters, cursor=second.next_cursor, size=2)
    seen = [row.number for page in (first, second, third) for row in page.rows]
    assert seen == [row.number for row in rows]
    assert third.next_cursor is None
    back = ticket_list(actor, filters, cursor=second.previous_cursor, size=2)
    assert back.rows == first.rows
    with pytest.raises(BadRequest):
        ticket_list(actor, filters, cursor="forged")


def test_views(acting: Acting, agent: User, queue: Queue, other_queue: Queue, ticket: Ticket) -> None:
    mine = TicketFactory(queue=queue, assignee=agent, status=Status.OPEN)
    pending = TicketFactory(queue=queue, status=Status.PENDING)
    done = TicketFactory(queue=queue, status=Status.CLOSED, closed_at=now())
    spam = TicketFactory(queue=queue, is_spam=True)
    TicketFactory(queue=queue, merged_into=ticket)
    watched = TicketFactory(queue=other_queue)
    Watcher.objects.create(ticket=watched, user=agent)
    mentioned = TicketFactory(queue=other_queue)
    Mention.objects.create(ticket=mentioned, message_id=1, user=agent)
    elsewhere = {watched.number, mentioned.number}
    expected = {
        "mine": {mine.number},
        "unassigned": {ticket.number, pending.number} | elsewhere,
        "open": {ticket.number, mine.number, pending.number} | elsewhere,
        "pending": {pending.number},
        "mentions": {mentioned.number},
        "watching": {watched.number},
        "done": {done.number},
        "spam": {spam.number},
        "queue:care": {ticket.number, mine.number, pending.number},
        "queue:nowhere": set(),
        "saved:999": set(),
        "invented": set(),
    }
    found = {view: set(numbers(acting, agent, view=view)) for view in expected}
    assert found == expected


def test_filters(
    acting: Acting, supervisor: User, agent: User, queue: Queue, other_queue: Queue, category: Category, ticket: Ticket
) -> None:
    tag = TagFactory()
    below = TicketFactory(queue=other_queue, category=CategoryFactory(parent=category), priority=Priority.URGENT)
    below.tags.add(tag)
    assigned = TicketFactory(queue=queue, assignee=agent, type="complaint")
    for filters, wanted in (
        ({"category": category.key}, [below]),
        ({"priority": (Priority.URGENT.value,)}, [below]),
        ({"queue": (other_queue.key,)}, [below]),
        ({"tag": (tag.key,)}, [below]),
        ({"type": ("complaint",)}, [assigned]),
        ({"assignee": str(agent.pk)}, [assigned]),
        ({"assignee": "none", "queue": (queue.key,)}, [ticket]),
        ({"channel": ("support",)}, [ticket]),
        ({"customer": ticket.customer.public_id}, [ticket]),  # type: ignore[union-attr]
        ({"customer": "forged"}, []),
        ({"assignee": "x"}, []),
        ({"status": ("new",), "tag": (tag.key, "other")}, []),
    ):
        assert numbers(acting, supervisor, **filters) == [row.number for row in wanted], filters


@pytest.mark.parametrize("sort", lists.SORTS)
def test_every_sort_pages(acting: Acting, agent: User, queue: Queue, channel: Channel, sort: str) -> None:
    fill(queue, channel, 3)
    Ticket.objects.update(next_due_at=now())
    actor, filters = acting(agent), ListFilters(view="all", sort=sort)
    first = ticket_list(actor, filters, size=2)
    rest = ticket_list(actor, filters, cursor=first.next_cursor, size=2)
    assert len({row.number for row in (*first.rows, *rest.rows)}) == 3


@pytest.mark.parametrize(
    "query",
    ["sort=__class__", 'sort="><script>', "priority=1e9", "status=x", "unread=maybe", "page=1e9", "b[__proto__][x]=1"],
)
def test_invented_parameters_are_dropped(query: str) -> None:
    assert ListFilters.from_query(QueryDict(query)) == ListFilters()


def test_filters_and_query_string_are_one() -> None:
    filters = ListFilters(view="queue:care", status=("new", "open"), tag=("vip",), unread=True, sort="priority")
    assert ListFilters.from_query(QueryDict(filters.to_query())) == filters
    assert ListFilters.from_query(filters.as_saved()) == filters
    assert filters.is_narrowed
    assert not ListFilters(view="open").is_narrowed


def test_counts_are_one_query_within_the_scope_and_stop(
    acting: Acting, agent: User, stranger: User, ticket: Ticket, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "COUNT_LIMIT", 2)
    for _number in range(3):
        TicketFactory(queue=queue, assignee=agent)
    name = {"en": "Urgent", "zh-hans": "紧急"}
    saved = SavedView.objects.create(owner=agent, name=name, filters={"priority": [Priority.URGENT.value]})
    actor = acting(agent)
    counts = {row.key: (row.count, row.label_count) for row in view_counts(actor)}
    assert counts["mine"] == (2, "1+")
    assert counts["unassigned"] == (1, "1")
    assert counts["queue:care"] == (2, "1+")
    assert counts[f"saved:{saved.pk}"] == (0, "0")
    assert "queue:sales" not in counts
    with CaptureQueriesContext(connection) as queries:
        view_counts(actor)
    assert sum("count(*)" in query["sql"] for query in queries) == 1
    assert {row.key: row.count for row in view_counts(acting(stranger))}["open"] == 0


def test_which_of_some_tickets_stand_in_a_list(acting: Acting, agent: User, ticket: Ticket, other_queue: Queue) -> None:
    hidden = TicketFactory(queue=other_queue)
    found = ticket_rows_in(acting(agent), ListFilters(view="unassigned"), [ticket.pk, hidden.pk, 0])
    assert [row.number for row in found] == [ticket.number]


def test_an_outsourced_viewer_reads_masks_only(
    acting: Acting, outsourcing_agent: User, customer: Customer, ticket: Ticket
) -> None:
    ticket.subject = "Call 13800138000 or lin@example.com, 林小雨"
    ticket.preview = ticket.subject
    ticket.save(update_fields=["subject", "preview"])
    (row,) = ticket_list(acting(outsourcing_agent), ListFilters(view="all")).rows
    for secret in ("13800138000", "lin@example.com", "林小雨"):
        assert secret not in row.subject + row.preview + row.customer_name
    assert "138****8000" in row.subject


@pytest.mark.parametrize(("who", "seen"), [("agent", "+8613800138000"), ("outsourcing_agent", "138****8000")])
def test_people_without_a_name_stand_in_a_list_by_their_handle(
    cast: dict[str, User],
    acting: Acting,
    queue: Queue,
    channel: Channel,
    keep_vocabulary: Callable[[], None],
    who: str,
    seen: str,
) -> None:
    keep_vocabulary()
    taken: list[int] = []
    for phones in (["13800138000"], ["13800138001", "13800138002"]):
        for phone in phones:
            TicketFactory(queue=queue, channel=channel, customer=CustomerFactory(name="", phone=phone))
        with CaptureQueriesContext(connection) as queries:
            page = ticket_list(acting(cast[who]), ListFilters(view="all"))
        taken.append(len(queries))
    assert seen in [row.customer_name for row in page.rows]
    assert all(row.customer_name for row in page.rows)
    assert taken[0] == taken[1]


def test_a_field_that_was_left_empty_narrows_nothing() -> None:
    """A form sends all of its fields."""
    empty = dict.fromkeys(("status", "priority", "type", "queue", "category", "tag", "channel", "assignee"), "")
    assert ListFilters.from_query(empty) == ListFilters()
    assert ListFilters.from_query({**empty, "channel": ["", "support"]}).channel == ("support",)
