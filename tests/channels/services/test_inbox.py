"""Every input we acknowledged exists once, in order of its sender, with all its effects, whatever workers do."""

import time
from collections.abc import Callable
from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.db import OperationalError
from django.db.models.functions import Now

from apps.channels import intake
from apps.channels.contract import Ignored, Inbound, InboundFile, Receipt, VerifiedInput
from apps.channels.enums import DeliveryState, InboundState
from apps.channels.errors import ChannelInactive, StorageFull
from apps.channels.keys import key_of
from apps.channels.models import BlockedSender, Channel, InboundEvent
from apps.channels.services import inbox
from apps.core.errors import Unavailable
from apps.core.models import StoredFile
from apps.core.storage import open_file
from tests.channels.conftest import Platform, in_parallel
from tests.factories.channels import ChannelFactory, DeliveryFactory, InboundEventFactory

pytestmark = pytest.mark.integration

Effects = Callable[[], list[str]]


def accept(channel: Channel, text: str, sender: str = "lin") -> InboundEvent | None:
    return inbox.accept(channel=channel, external_id=text, order_by=sender, payload=text.encode())


def run_until_quiet() -> int:
    total = 0
    while done := inbox.process_due():
        total += done
    return total


def due_now() -> None:
    InboundEvent.objects.update(due_at=Now())


def abandon(event: InboundEvent) -> None:
    """As if the worker that holds it had died long ago."""
    InboundEvent.objects.filter(pk=event.pk).update(claimed_until=Now() - timedelta(seconds=1))


# --- Accepting


@pytest.mark.django_db(transaction=True)
def test_twenty_deliveries_at_once_leave_one_row(channel: Channel) -> None:
    results = in_parallel(20, lambda number: accept(channel, "the same"))

    assert sum(result is not None for result in results) == 1
    assert InboundEvent.objects.count() == 1


def test_a_call_that_fails_half_way_is_repeated_and_goes_on_where_it_ended(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "PORTION", 3)
    items = [VerifiedInput(f"item-{number}", "lin", b"hello") for number in range(7)]
    room = Mock(side_effect=[None, StorageFull])
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "require_room", room)
        with pytest.raises(StorageFull):
            inbox.accept_all(channel=channel, items=items)
    kept = list(InboundEvent.objects.order_by("pk").values_list("pk", flat=True))
    assert len(kept) == 3

    inbox.accept_all(channel=channel, items=[*items, items[0]])

    rows = InboundEvent.objects.order_by("pk")
    assert [bytes(row.external_key) for row in rows] == [inbox.external_key(item.external_id) for item in items]
    assert [row.pk for row in rows][:3] == kept
    Channel.objects.update(is_active=False)
    channel.refresh_from_db()
    with pytest.raises(ChannelInactive):
        inbox.accept_all(channel=channel, items=[VerifiedInput("item-7", "lin", b"hello")])
    assert InboundEvent.objects.count() == 7


def test_accepting_the_same_again_leaves_the_first_as_it_is(channel: Channel) -> None:
    first = inbox.accept(channel=channel, external_id="1", order_by="lin", payload=b"first")

    assert inbox.accept(channel=channel, external_id="1", order_by="lin", payload=b"second") is None
    assert [bytes(event.payload) for event in InboundEvent.objects.all()] == [b"first"]
    assert inbox.accepted_before(channel=channel, external_id="1") == first


def test_two_channels_may_use_the_same_id(channel: Channel) -> None:
    other = ChannelFactory.create(kind="fake")

    assert accept(channel, "1") is not None
    assert accept(other, "1") is not None


def test_accepting_on_a_closed_channel_is_refused(channel: Channel) -> None:
    channel.is_active = False

    with pytest.raises(ChannelInactive):
        accept(channel, "1")
    assert not InboundEvent.objects.exists()


def test_nothing_is_acknowledged_without_room_to_keep_it(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "MIN_FREE_BYTES", 2**80)

    with pytest.raises(StorageFull):
        accept(channel, "1")
    assert not InboundEvent.objects.exists()


def test_what_is_stored_can_be_read_back(channel: Channel) -> None:
    inbox.accept(channel=channel, external_id="1", order_by="lin", payload=b"\x00\xff raw", envelope={"ip": "客户"})

    event = InboundEvent.objects.get()
    assert (bytes(event.payload), event.envelope, event.state) == (b"\x00\xff raw", {"ip": "客户"}, "received")


# --- Order and effects


def test_an_item_has_its_effects_once(channel: Channel, taken_in: Effects) -> None:
    event = accept(channel, "hello")
    assert event is not None

    assert run_until_quiet() == 1
    assert run_until_quiet() == 0

    event.refresh_from_db()
    assert taken_in() == ["hello"]
    assert (event.state, event.message_id, event.ticket_id) == (InboundState.DONE, 1, 7)
    assert event.done_at is not None
    channel.refresh_from_db()
    assert channel.last_received_at is not None


@pytest.mark.django_db(transaction=True)
def test_workers_keep_the_order_of_each_sender(channel: Channel, taken_in: Effects) -> None:
    for number in range(10):
        for sender in "abcd":
            accept(channel, f"{sender}{number}", sender)

    def work(_number: int) -> None:
        until = time.monotonic() + 60
        while InboundEvent.objects.waiting().exists() and time.monotonic() < until:
            inbox.process_due(limit=5)

    in_parallel(4, work)

    effects = taken_in()
    assert len(effects) == 40
    for sender in "abcd":
        mine = [text for text in effects if text.startswith(sender)]
        assert mine == [f"{sender}{number}" for number in range(10)]


def test_an_earlier_item_that_waits_holds_back_the_later_ones_of_its_sender(
    channel: Channel, taken_in: Effects
) -> None:
    first = accept(channel, "first", "lin")
    assert first is not None
    accept(channel, "second", "lin")
    accept(channel, "other", "wang")
    InboundEvent.objects.filter(pk=first.pk).update(due_at=Now() + timedelta(hours=1))

    run_until_quiet()
    assert taken_in() == ["other"]

    due_now()
    run_until_quiet()
    assert taken_in() == ["other", "first", "second"]


def test_a_parked_item_holds_back_nobody(channel: Channel, taken_in: Effects) -> None:
    accept(channel, "broken", "lin")
    accept(channel, "after", "lin")

    run_until_quiet()

    assert taken_in() == ["after"]
    parked = InboundEvent.objects.parked().get()
    assert parked.error_code == "channels.unreadable"
    assert "it is broken" in parked.error
    channel.refresh_from_db()
    assert channel.last_error_code == "channels.unreadable"


def test_one_poisoned_item_in_a_hundred_stops_none_of_the_others(channel: Channel, taken_in: Effects) -> None:
    for number in range(100):
        accept(channel, "broken" if number == 50 else f"item {number}", "lin")

    run_until_quiet()

    assert len(taken_in()) == 99
    assert InboundEvent.objects.parked().count() == 1


def test_a_flood_on_one_channel_lets_another_take_turns(
    channel: Channel, taken_in: Effects, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ChannelFactory.create(kind="fake")
    for number in range(30):
        accept(channel, f"flood {number}", f"sender {number}")
    accept(other, "quiet")

    inbox.process_due(limit=3)

    assert "quiet" in taken_in()


def test_input_that_means_nothing_is_kept_without_effects(
    channel: Channel, platform: Platform, taken_in: Effects
) -> None:
    platform.parse = lambda event: Ignored("echo")
    accept(channel, "hello")

    run_until_quiet()

    event = InboundEvent.objects.get()
    assert (event.state, event.error_code) == (InboundState.IGNORED, "echo")
    assert taken_in() == []


def test_files_are_stored_before_intake_sees_them(
    channel: Channel, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = InboundFile(name="../../报价.txt", content_type="text/html", content=b"five apples")
    platform.parse = lambda event: Inbound("email", "lin@example.com", key_of("1"), attachments=(file,))
    seen: list[Inbound] = []

    def handle(inbound: Inbound, event: InboundEvent) -> intake.IntakeResult:
        seen.append(inbound)
        return intake.IntakeResult(1, 1)

    monkeypatch.setattr(intake, "_handler", handle)
    accept(channel, "hello")
    run_until_quiet()

    stored = StoredFile.objects.get(pk=seen[0].attachments[0].stored_id)
    assert (stored.name, open_file(stored)) == ("报价.txt", b"five apples")


# --- Failing and trying again


def failing_intake(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def handle(inbound: Inbound, event: InboundEvent) -> intake.IntakeResult:
        BlockedSender.objects.create(kind="effect", scope="x", value="half done")
        raise error

    monkeypatch.setattr(intake, "_handler", handle)


def test_a_failure_leaves_no_effects_and_waits(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    failing_intake(monkeypatch, Unavailable())
    accept(channel, "hello")

    inbox.process_due()

    event = InboundEvent.objects.get()
    assert not BlockedSender.objects.exists()
    assert (event.state, event.attempts, event.error_code) == (InboundState.RECEIVED, 1, "core.unavailable")
    assert event.due_at > event.received
    assert event.claimed_until is None


@pytest.mark.parametrize(
    ("error", "attempts", "code"),
    [
        (Unavailable(), 12, "core.unavailable"),
        (ValueError("a bug"), 5, "channels.unexpected"),
        (OperationalError("deadlock"), 120, "channels.database_trouble"),
    ],
)
def test_what_never_works_is_parked_after_so_many_attempts(
    channel: Channel, monkeypatch: pytest.MonkeyPatch, error: Exception, attempts: int, code: str
) -> None:
    failing_intake(monkeypatch, error)
    event = accept(channel, "hello")
    assert event is not None
    InboundEvent.objects.update(attempts=attempts - 2)

    inbox.process_due()
    event.refresh_from_db()
    assert event.state == InboundState.RECEIVED

    due_now()
    inbox.process_due()
    event.refresh_from_db()
    assert (event.state, event.attempts, event.error_code) == (InboundState.PARKED, attempts, code)


def test_a_receipt_before_its_message_waits_for_it(channel: Channel, platform: Platform) -> None:
    platform.parse = lambda event: Receipt(DeliveryState.READ, client_key="later")
    accept(channel, "receipt")
    inbox.process_due()
    assert InboundEvent.objects.get().state == InboundState.RECEIVED

    delivery = DeliveryFactory.create(channel=channel, client_key="later", state="sent", settled_at=Now())
    due_now()
    inbox.process_due()

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.READ
    assert InboundEvent.objects.get().state == InboundState.DONE


def test_a_receipt_for_nothing_of_ours_is_let_go(channel: Channel, platform: Platform) -> None:
    platform.parse = lambda event: Receipt(DeliveryState.READ, client_key="never")
    accept(channel, "receipt")
    InboundEvent.objects.update(attempts=11)

    inbox.process_due()

    assert InboundEvent.objects.get().state == InboundState.IGNORED


# --- Dying workers


def test_a_worker_that_was_replaced_cannot_commit(channel: Channel, taken_in: Effects) -> None:
    accept(channel, "hello")
    pk = InboundEvent.objects.get().pk
    [stale] = inbox.claim([pk])
    abandon(stale)
    inbox.rescue_abandoned()
    [fresh] = inbox.claim([pk])

    inbox.process(stale)
    assert taken_in() == []
    assert InboundEvent.objects.get().state == InboundState.RECEIVED

    inbox.process(fresh)
    inbox.process(stale)
    assert taken_in() == ["hello"]


def test_a_replaced_worker_cannot_park_either(channel: Channel, taken_in: Effects) -> None:
    accept(channel, "broken")
    pk = InboundEvent.objects.get().pk
    [stale] = inbox.claim([pk])
    abandon(stale)
    inbox.rescue_abandoned()

    inbox.process(stale)

    event = InboundEvent.objects.get()
    assert (event.state, event.attempts, event.lost_claims) == (InboundState.RECEIVED, 0, 1)


def test_a_claimed_item_is_not_claimed_twice(channel: Channel) -> None:
    event = accept(channel, "hello")
    assert event is not None

    assert [row.pk for row in inbox.claim([event.pk])] == [event.pk]
    assert inbox.claim([event.pk]) == []
    assert inbox.process_due() == 0


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_one_gets_the_claim(channel: Channel) -> None:
    event = accept(channel, "hello")
    assert event is not None

    claims = in_parallel(8, lambda number: inbox.claim([event.pk]))

    assert sum(len(claim) for claim in claims) == 1


def test_what_kills_its_workers_is_parked_and_the_others_go_on(channel: Channel, taken_in: Effects) -> None:
    poison = accept(channel, "poison", "lin")
    assert poison is not None
    accept(channel, "after", "lin")
    for _death in range(inbox.MAX_LOST_CLAIMS + 1):
        [claimed] = inbox.claim([poison.pk])
        abandon(claimed)
        inbox.rescue_abandoned()

    run_until_quiet()

    poison.refresh_from_db()
    assert (poison.state, poison.error_code) == (InboundState.PARKED, "channels.poison")
    assert taken_in() == ["after"]


def test_poison_takes_no_neighbour_along(channel: Channel, taken_in: Effects) -> None:
    """Items are claimed several at a time; what a worker died with once is claimed alone from then on."""
    poison, neighbour = accept(channel, "poison", "lin"), accept(channel, "neighbour", "wang")
    assert poison is not None
    assert neighbour is not None
    both = inbox.claim([poison.pk, neighbour.pk])
    assert len(both) == 2
    for claimed in both:
        abandon(claimed)
    inbox.rescue_abandoned()

    for _death in range(inbox.MAX_LOST_CLAIMS):
        [claimed] = inbox.claim([poison.pk, neighbour.pk])
        assert claimed.pk == poison.pk
        abandon(claimed)
        inbox.rescue_abandoned()
    run_until_quiet()

    poison.refresh_from_db()
    assert poison.state == InboundState.PARKED
    assert taken_in() == ["neighbour"]


def test_a_slow_item_gives_its_neighbours_back(
    channel: Channel, taken_in: Effects, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(channel, "one", "lin")
    accept(channel, "two", "wang")

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "CHUNK_SECONDS", 0.0)
        assert inbox.process_due() == 0
    assert not InboundEvent.objects.filter(claimed_until__isnull=False).exists()

    run_until_quiet()
    assert taken_in() == ["one", "two"]


def test_a_connector_that_is_gone_parks_its_items(channel: Channel) -> None:
    orphan = ChannelFactory.create(kind="removed")
    InboundEventFactory.create(channel=orphan)

    inbox.process_due()

    assert InboundEvent.objects.get().error_code == "channels.unknown_connector"


def test_no_readable_text_lies_in_the_tables(channel: Channel) -> None:
    from django.db import connection

    inbox.accept(
        channel=channel,
        external_id="secret-id",
        order_by="lin@example.com",
        payload=b"my card 6222",
        envelope={"a": "b"},
    )

    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(i)::text FROM contact_channels_inboundevent i")
        dump = cursor.fetchone()[0]
    for secret in (b"secret-id", b"lin@example.com", b"my card 6222"):
        assert secret.decode() not in dump
        assert secret.hex() not in dump
