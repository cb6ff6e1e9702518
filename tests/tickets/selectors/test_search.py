"""Search in Chinese and English over encrypted text, within the viewer's scope and as the viewer sees it."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.errors import BadRequest
from apps.core.partitions import ensure_partition_for
from apps.customers.models import Customer
from apps.tickets.models import Message, Queue, SearchRow, Ticket, Watcher
from apps.tickets.selectors import search as searching
from apps.tickets.selectors.partitions import months_backwards
from apps.tickets.selectors.search import search, snippet
from tests.factories.channels import InboundEventFactory
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import TicketFactory, say
from tests.tickets.conftest import Acting

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


def found(acting: Acting, user: User, text: str) -> set[int]:
    return {hit.ticket.number for hit in search(acting(user), text).hits}


@pytest.fixture
def chinese(queue: Queue, channel: Channel, customer: Customer) -> Ticket:
    row = TicketFactory(queue=queue, channel=channel, customer=customer, subject="空调不制冷")
    say(row, "客厅的空调今天早上开始漏水，请尽快安排师傅上门维修。", channel=channel)
    return row


@pytest.fixture
def english(queue: Queue, channel: Channel) -> Ticket:
    row = TicketFactory(queue=queue, channel=channel, subject="Invoice missing")
    say(row, "I ordered a dishwasher in March and never received the invoice.", channel=channel)
    return row


@pytest.mark.parametrize("text", ["空调", "漏水", "师傅上门", "维修", "制冷", "水", "空调 维修", "客厅的空调今天"])
def test_chinese_words_are_found_whole_and_in_pairs(
    acting: Acting, agent: User, chinese: Ticket, english: Ticket, text: str
) -> None:
    assert found(acting, agent, text) == {chinese.number}


@pytest.mark.parametrize("text", ["dishwasher", "DISHWASHER", "dishw", "invoice march", "ｄｉｓｈwasher", "Invoice"])
def test_english_words_are_found_by_their_beginning(
    acting: Acting, agent: User, chinese: Ticket, english: Ticket, text: str
) -> None:
    assert found(acting, agent, text) == {english.number}


@pytest.mark.parametrize(
    "text", ["washer", "冰箱", "空冰", "invoice dishwashers", "漏 冰", "", "  ", "!!!", "%", "\x00"]
)
def test_what_is_not_there_is_not_found(
    acting: Acting, agent: User, chinese: Ticket, english: Ticket, text: str
) -> None:
    page = search(acting(agent), text)
    assert (page.hits, page.more) == ((), None)


def test_a_number_finds_its_ticket_alone_in_scope(acting: Acting, agent: User, stranger: User, english: Ticket) -> None:
    for text in (str(english.number), f"#{english.number}", f" #{english.number} "):
        exact = search(acting(agent), text).exact
        assert exact is not None
        assert exact.number == english.number
        assert search(acting(stranger), text).exact is None


@pytest.mark.parametrize("text", ["lin@example.com", "LIN@EXAMPLE.COM", "13800138000", "+86 138 0013 8000"])
def test_a_customer_is_found_by_a_whole_handle(
    acting: Acting, agent: User, customer: Customer, ticket: Ticket, text: str
) -> None:
    assert [row.id for row in search(acting(agent), text).customers] == [customer.pk]


def test_the_reference_of_a_form_finds_its_ticket_alone_in_scope(
    acting: Acting, agent: User, stranger: User, english: Ticket, channel: Channel
) -> None:
    event = InboundEventFactory(channel=channel, ticket_id=english.pk)
    exact = search(acting(agent), event.public_id).exact
    assert exact is not None
    assert exact.number == english.number
    assert search(acting(stranger), event.public_id).exact is None


def test_a_customer_comes_with_their_tickets(
    acting: Acting, agent: User, supervisor: User, customer: Customer, ticket: Ticket, queue: Queue, other_queue: Queue
) -> None:
    older = CustomerFactory(merged_into=customer)
    of_older = TicketFactory(queue=queue, customer=older, subject="Earlier")
    elsewhere = TicketFactory(queue=other_queue, customer=customer, subject="Sales")
    TicketFactory(queue=queue, customer=customer, is_spam=True)
    TicketFactory(queue=queue, customer=customer, merged_into=ticket)
    page = search(acting(agent), "lin@example.com")
    assert {row.number for row in page.theirs} == {ticket.number, of_older.number}
    assert page.label_total == "2"
    assert {row.number for row in search(acting(supervisor), "lin@example.com").theirs} == {
        ticket.number, of_older.number, elsewhere.number,
    }  # fmt: skip


def test_a_ticket_of_a_found_customer_stands_once(
    acting: Acting, agent: User, customer: Customer, queue: Queue, channel: Channel
) -> None:
    row = TicketFactory(queue=queue, channel=channel, customer=customer, subject=f"About {customer.name}")
    page = search(acting(agent), customer.name)
    assert [hit.ticket.number for hit in page.hits] == [row.number]
    assert (page.theirs, page.label_total) == ((), "1")


def test_the_scope_holds_for_everybody(
    acting: Acting, cast: dict[str, User], chinese: Ticket, form: Channel, queue: Queue, other_queue: Queue
) -> None:
    by_form = TicketFactory(queue=queue, channel=form, subject="空调遥控器")
    elsewhere = TicketFactory(queue=other_queue, subject="空调报价")
    held = TicketFactory(queue=other_queue, subject="空调投诉", assignee=cast["outsourcing_agent"])
    watched = TicketFactory(queue=other_queue, subject="空调退货")
    Watcher.objects.create(ticket=watched, user=cast["agent"])
    sales = {elsewhere.number, held.number, watched.number}
    assert found(acting, cast["agent"], "空调") == {chinese.number, by_form.number, watched.number}
    assert found(acting, cast["outsourcing_agent"], "空调") == {chinese.number, held.number}
    assert found(acting, cast["stranger"], "空调") == sales
    assert found(acting, cast["supervisor"], "空调") == {chinese.number, by_form.number} | sales


def test_a_hit_counts_only_in_what_the_viewer_sees(
    acting: Acting, agent: User, outsourcing_agent: User, chinese: Ticket
) -> None:
    say(chinese, "我的电话是 13911112222，姓名林小雨。")
    for secret in ("13911112222", "1391111", "林小雨"):
        assert found(acting, agent, secret) == {chinese.number}
        assert found(acting, outsourcing_agent, secret) == set()
    assert found(acting, outsourcing_agent, "电话") == {chinese.number}
    page = search(acting(outsourcing_agent), "电话")
    shown = "".join(part.text for hit in page.hits for part in hit.snippet)
    assert "13911112222" not in shown
    assert "139****2222" in shown


def test_notes_are_found_and_spam_is_not(acting: Acting, agent: User, english: Ticket) -> None:
    say(english, "Escalated to logistics", kind="note")
    assert found(acting, agent, "logistics") == {english.number}
    Ticket.objects.filter(pk=english.pk).update(is_spam=True)
    assert found(acting, agent, "logistics") == set()


def test_the_snippet_marks_the_hit(acting: Acting, agent: User, chinese: Ticket) -> None:
    (hit,) = search(acting(agent), "漏水").hits
    assert [part.text for part in hit.snippet if part.is_hit] == ["漏水"]
    assert (hit.ticket.number, hit.sequence) == (chinese.number, 1)
    parts = snippet("x" * 200 + " <b>needle</b> " + "y" * 300, ["needle"])
    assert parts[0].text == "…"
    assert [part.text for part in parts if part.is_hit] == ["needle"]
    assert sum(len(part.text) for part in parts) < 170


@pytest.fixture
def history(queue: Queue, channel: Channel) -> list[Ticket]:
    """One ticket a month, back over months with and without a partition of their own."""
    rows = []
    for number in range(5):
        opened = now() - timedelta(days=31 * number)
        for model in (Message, SearchRow):
            if number != 2:
                ensure_partition_for(model, opened)
        rows.append(TicketFactory(queue=queue, channel=channel, subject=f"Warranty {number}", opened_at=opened))
    return rows


def test_newest_first_over_all_months(acting: Acting, agent: User, history: list[Ticket]) -> None:
    page = search(acting(agent), "warranty")
    assert [hit.ticket.number for hit in page.hits] == [row.number for row in history]
    assert page.label_total == "5"


def test_more_goes_on_where_the_page_ended(
    acting: Acting, agent: User, history: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "PAGE", 2)
    seen: list[int] = []
    cursor = None
    for _round in range(4):
        page = search(acting(agent), "warranty", cursor)
        seen += [hit.ticket.number for hit in page.hits]
        cursor = page.more
        if cursor is None:
            break
        assert page.label_total == "2+"
    assert seen == [row.number for row in history]


def all_pages(actor: Actor, text: str) -> list[int]:
    """Numbers of what a search finds, from its first page to its last."""
    seen: list[int] = []
    cursor = None
    for _round in range(20):
        page = search(actor, text, cursor)
        seen += [hit.ticket.number for hit in page.hits]
        cursor = page.more
        if cursor is None:
            return seen
    raise AssertionError("the search never ends")


@pytest.mark.parametrize(("newest", "batch", "sorted_batch"), [(1, 1, 1), (1, 3, 2), (2, 1, 1), (3, 100, 1), (0, 1, 3)])
def test_frequent_and_rare_words_are_found_alike_wherever_they_stand(
    acting: Acting,
    agent: User,
    history: list[Ticket],
    monkeypatch: pytest.MonkeyPatch,
    newest: int,
    batch: int,
    sorted_batch: int,
) -> None:
    """Whether a month is read in its order or by the index of terms must not be seen."""
    for name, value in (("NEWEST", newest), ("BATCH", batch), ("SORTED_BATCH", sorted_batch), ("PAGE", 2)):
        monkeypatch.setattr(searching, name, value)
    assert all_pages(acting(agent), "warranty") == [row.number for row in history]


@pytest.mark.parametrize(("name", "value"), [("ROW_BUDGET", 1), ("TIME_BUDGET", -1.0)])
def test_a_budget_ends_the_request_and_not_the_search(
    acting: Acting, agent: User, history: list[Ticket], monkeypatch: pytest.MonkeyPatch, name: str, value: float
) -> None:
    monkeypatch.setattr(searching, name, value)
    monkeypatch.setattr(searching, "BATCH", 1)
    assert all_pages(acting(agent), "warranty") == [row.number for row in history]


def test_a_cursor_belongs_to_its_query(
    acting: Acting, agent: User, history: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "PAGE", 1)
    cursor = search(acting(agent), "warranty").more
    for text, value in (("invoice", cursor), ("warranty", "forged"), ("warranty", f"{cursor}x")):
        with pytest.raises(BadRequest):
            search(acting(agent), text, value)


def test_months_cover_all_time_without_overlap() -> None:
    ranges = list(months_backwards(SearchRow))
    assert ranges[0][1].year == 9999
    assert ranges[-1][0].year == 1970
    assert all(newer[0] == older[1] for newer, older in pairwise(ranges))


def test_nothing_is_asked_without_the_right_to_see_tickets(acting: Acting, agent: User, english: Ticket) -> None:
    role = agent.role
    assert role is not None
    role.permissions = ["customers.view"]
    role.save()
    actor = acting(agent)
    with CaptureQueriesContext(connection) as queries:
        assert search(actor, "invoice").is_empty
    assert not [query for query in queries if "searchrow" in query["sql"]]


def test_the_index_holds_no_word(english: Ticket, chinese: Ticket) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(to_jsonb(r)::text, '') FROM tickets_searchrow r")
        dump = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(to_jsonb(m)::text, '') FROM tickets_message m")
        dump += cursor.fetchone()[0]
    assert "dishwasher" not in dump
    assert "空调" not in dump
    assert b"dishwasher".hex() not in dump
