import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from apps.core import clock, events
from apps.core.actor import SYSTEM
from apps.core.events import EventBase, build_event, event, parse_event, publish
from apps.core.models import Event, ParkedEvent, SubscriberPosition

pytestmark = pytest.mark.integration


@event("sample.happened")
@dataclass(frozen=True, kw_only=True)
class SampleHappened(EventBase):
    ticket_id: int | None = None
    text: str = ""
    ids: list[int] | None = None


@event("sample.other")
@dataclass(frozen=True, kw_only=True)
class OtherHappened(EventBase):
    customer_id: int


@pytest.fixture
def subscribe(monkeypatch: pytest.MonkeyPatch) -> Callable[[events.Handler], None]:
    """Registers one subscriber for this test alone."""
    monkeypatch.setattr(events, "_subscribers", {})

    def register(handle: events.Handler) -> None:
        events.subscriber("sample.subscriber", kinds={SampleHappened})(handle)

    return register


def say(ticket_id: int | None, text: str) -> Event:
    with transaction.atomic():
        return publish(SampleHappened(ticket_id=ticket_id, text=text), by=SYSTEM)


def deliver() -> None:
    events.number_events()
    while events.run_subscribers():
        pass


@pytest.mark.django_db
def test_an_event_comes_back_typed_and_its_text_is_encrypted() -> None:
    fact = SampleHappened(ticket_id=7, text="王小明 called", ids=[1, 2])
    row = publish(fact, by=SYSTEM)

    loaded = Event.objects.get(pk=row.pk)
    assert parse_event(loaded) == parse_event(row) == fact
    assert (loaded.ordinal, loaded.actor_label, loaded.face) == (row.ordinal, "system", "system")
    assert (loaded.ticket_id, loaded.customer_id, loaded.position) == (7, None, None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_event::text FROM core_event WHERE id = %s", [row.pk])
        dump = cursor.fetchone()[0]
    assert "王小明" not in dump
    assert b"called".hex() not in dump


@pytest.mark.django_db
def test_ids_may_be_given_beside_the_event() -> None:
    row = publish(OtherHappened(customer_id=3), by=SYSTEM, ticket_id=9)
    assert (row.ticket_id, row.customer_id) == (9, 3)


@pytest.mark.django_db
def test_publishing_is_one_insert() -> None:
    publish(SampleHappened(ticket_id=1), by=SYSTEM)
    with CaptureQueriesContext(connection) as queries:
        publish(SampleHappened(ticket_id=1), by=SYSTEM)
    inserts = [query["sql"] for query in queries if "nextval(pg_get_serial_sequence" not in query["sql"]]
    assert len(inserts) == 1
    assert inserts[0].startswith('INSERT INTO "core_event"')
    assert len(queries) <= 2


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_of_a_transaction_is_refused() -> None:
    with pytest.raises(TransactionManagementError):
        publish(SampleHappened(ticket_id=1), by=SYSTEM)


@pytest.mark.django_db
def test_members_that_came_or_went_since_do_not_matter() -> None:
    row = build_event(SampleHappened(ticket_id=1, text="x"), by=SYSTEM)
    row.payload = {"ticket_id": 1, "gone": True}
    assert parse_event(row) == SampleHappened(ticket_id=1)


@pytest.mark.unit
def test_two_events_of_one_name_are_refused() -> None:
    with pytest.raises(ImproperlyConfigured):

        @event("sample.happened")
        @dataclass(frozen=True)
        class Another(EventBase):
            pass


@pytest.mark.django_db(transaction=True)
def test_positions_follow_the_order_of_writing_without_gaps() -> None:
    rows = [say(number % 3, str(number)) for number in range(10)]
    assert events.number_events() == 10
    assert events.number_events() == 0
    more = say(1, "later")
    assert events.number_events() == 1

    positions = dict(Event.objects.values_list("pk", "position"))
    first = positions[rows[0].pk]
    assert first is not None
    assert [positions[row.pk] for row in (*rows, more)] == list(range(first, first + 11))
    assert events.last_position() == first + 10


def in_thread(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_a_reader_by_position_never_skips_a_late_commit() -> None:
    written, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            publish(SampleHappened(ticket_id=1, text="written first"), by=SYSTEM)
            written.set()
            assert may_commit.wait(60)

    thread = in_thread(slow)
    assert written.wait(60)
    try:
        say(2, "committed first")
        events.number_events()
        seen = events.last_position()
        assert [parse_event(row).text for row in Event.objects.filter(position__lte=seen)] == ["committed first"]  # type: ignore[attr-defined]
    finally:
        may_commit.set()
        thread.join()

    events.number_events()
    assert [parse_event(row).text for row in Event.objects.filter(position__gt=seen)] == ["written first"]  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
def test_only_one_publisher_numbers_at_a_time() -> None:
    say(1, "x")
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('core.number_events'))")
            locked.set()
            assert done.wait(60)

    thread = in_thread(hold)
    assert locked.wait(60)
    try:
        assert events.number_events() == 0
    finally:
        done.set()
        thread.join()
    assert events.number_events() == 1


@pytest.mark.django_db(transaction=True)
def test_a_subscriber_gets_its_kinds_once_and_in_order(subscribe: Callable[[events.Handler], None]) -> None:
    got: list[str] = []
    subscribe(lambda row, fact: got.append(fact.text))
    for number in range(5):
        say(1, str(number))
    with transaction.atomic():
        publish(OtherHappened(customer_id=1), by=SYSTEM)
    deliver()
    say(1, "5")
    deliver()

    assert got == ["0", "1", "2", "3", "4", "5"]
    assert SubscriberPosition.objects.get().position == events.last_position()


@pytest.mark.django_db(transaction=True)
def test_effects_and_progress_are_committed_together(
    subscribe: Callable[[events.Handler], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(lambda row, fact: SubscriberPosition.objects.create(name=f"effect {row.pk}"))
    say(1, "x")
    monkeypatch.setattr(SubscriberPosition, "save", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        deliver()
    monkeypatch.undo()
    assert not SubscriberPosition.objects.filter(name__startswith="effect").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locks_tickets", [True, False])
def test_what_locks_tickets_lets_go_of_each_before_the_next(
    monkeypatch: pytest.MonkeyPatch, locks_tickets: bool
) -> None:
    """Else its locks add up, and two of them wait for each other."""
    monkeypatch.setattr(events, "_subscribers", {})
    committed: list[tuple[str, int]] = []

    def handle(row: Event, fact: Any) -> None:
        effects = SubscriberPosition.objects.filter(name__startswith="effect")
        in_thread(lambda: committed.append((fact.text, effects.count()))).join()
        SubscriberPosition.objects.create(name=f"effect {row.pk}")

    events.subscriber("sample.locks", kinds={"sample.happened"}, locks_tickets=locks_tickets)(handle)
    for ticket, text in ((1, "1a"), (1, "1b"), (2, "2a"), (1, "1c")):
        say(ticket, text)
    deliver()

    assert committed == [("1a", 0), ("1b", 0), ("2a", 2 * locks_tickets), ("1c", 3 * locks_tickets)]
    assert SubscriberPosition.objects.get(pk="sample.locks").position == events.last_position()


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_serve_one_subscriber_at_once(subscribe: Callable[[events.Handler], None]) -> None:
    started, done, got = threading.Event(), threading.Event(), []

    def slow(row: Event, fact: Any) -> None:
        got.append(fact.text)
        started.set()
        assert done.wait(60)

    subscribe(slow)
    say(1, "x")
    events.number_events()
    thread = in_thread(lambda: events.run_subscribers() and None)
    assert started.wait(60)
    try:
        assert events.run_subscribers() == 0
    finally:
        done.set()
        thread.join()
    assert got == ["x"]


class Fails:
    """A handler that fails for some texts, and remembers what it took."""

    def __init__(self, *bad: str) -> None:
        self.bad = set(bad)
        self.got: list[str] = []

    def __call__(self, row: Event, fact: Any) -> None:
        if fact.text in self.bad:
            raise ValueError(fact.text)
        self.got.append(fact.text)


@pytest.fixture
def travel() -> Iterator[Callable[[float], None]]:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        yield lambda seconds: traveller.shift(timedelta(seconds=seconds))


@pytest.mark.django_db(transaction=True)
def test_a_failing_event_holds_up_its_own_ticket_only_and_is_tried_again(
    subscribe: Callable[[events.Handler], None], travel: Callable[[float], None]
) -> None:
    handler = Fails("1a")
    subscribe(handler)
    for ticket, text in ((1, "1a"), (2, "2a"), (1, "1b"), (2, "2b"), (None, "-")):
        say(ticket, text)
    deliver()
    assert handler.got == ["2a", "2b", "-"]

    say(1, "1c")
    deliver()
    assert handler.got == ["2a", "2b", "-"]
    assert [str(row.state) for row in ParkedEvent.objects.order_by("position")] == ["retrying", "waiting", "waiting"]
    assert "ValueError" in ParkedEvent.objects.get(state="retrying").error

    handler.bad.clear()
    travel(events.BACK_OFF[0] + 1)
    deliver()
    assert handler.got == ["2a", "2b", "-", "1a", "1b", "1c"]
    assert not ParkedEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_hopeless_event_is_parked_in_sight_and_the_ticket_goes_on(
    subscribe: Callable[[events.Handler], None], travel: Callable[[float], None]
) -> None:
    handler = Fails("poison")
    subscribe(handler)
    say(1, "poison")
    say(1, "next")
    deliver()
    for _attempt in range(events.MAX_ATTEMPTS):
        travel(max(events.BACK_OFF) + 1)
        deliver()
    assert handler.got == ["next"]
    parked = ParkedEvent.objects.get()
    assert (parked.state, parked.attempts) == ("parked", events.MAX_ATTEMPTS)
    assert "poison" not in parked.error

    say(1, "later")
    deliver()
    assert handler.got == ["next", "later"]

    assert not events.retry_parked(parked)
    handler.bad.clear()
    assert events.retry_parked(parked)
    assert handler.got == ["next", "later", "poison"]
    assert not ParkedEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_failed_handler_leaves_no_half_effect(
    subscribe: Callable[[events.Handler], None],
) -> None:
    def half(row: Event, fact: Any) -> None:
        SubscriberPosition.objects.create(name="half")
        raise ValueError

    subscribe(half)
    say(1, "x")
    deliver()
    assert not SubscriberPosition.objects.filter(name="half").exists()


@pytest.mark.django_db(transaction=True)
def test_looking_in_vain_is_cheap_however_many_subscribers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_subscribers", {})
    for number in range(5):
        events.subscriber(f"sample.{number}", kinds={"sample.happened"})(lambda row, fact: None)
    say(1, "x")
    deliver()
    with CaptureQueriesContext(connection) as queries:
        assert events.run_subscribers() == 0
    assert len(queries) == 3


@pytest.mark.django_db(transaction=True)
def test_a_new_subscriber_may_start_from_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_subscribers", {})
    say(1, "before")
    events.number_events()
    got: list[str] = []
    events.subscriber("sample.late", kinds={"sample.happened"}, from_start=False)(
        lambda row, fact: got.append(fact.text)
    )
    deliver()
    say(1, "after")
    deliver()
    assert got == ["after"]
