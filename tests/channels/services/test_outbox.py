"""Every output is handed over once, or shown as unknown."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models.functions import Now
from pytest_django import Settings

from apps.channels import registry
from apps.channels.contract import Outbound, Recipients, SendResult
from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.errors import CannotSend, DeliveryNotCancellable, DeliveryNotRetryable
from apps.channels.models import Channel, Delivery, DeliveryAttempt
from apps.channels.parts import one_by_one
from apps.channels.services import outbox
from apps.core.actor import SYSTEM
from apps.core.models import Event, ScanState, StoredFile, ThrottleMark
from apps.core.storage import store_file
from tests.channels.conftest import Platform, in_parallel
from tests.factories.channels import ChannelFactory

pytestmark = pytest.mark.integration

LIN = Recipients(to=("lin@example.com",))


def queue(channel: Channel, key: str, conversation: str = "ticket 1", delay: timedelta = timedelta(0)) -> Delivery:
    with transaction.atomic():
        return outbox.queue_delivery(
            channel=channel,
            message_id=1,
            ticket_id=7,
            outbound=Outbound(client_key=key, recipients=LIN, text="您好"),
            order_by=conversation,
            by=SYSTEM,
            delay=delay,
        )


def run_until_quiet() -> None:
    while outbox.send_due():
        pass


def due_now() -> None:
    Delivery.objects.update(due_at=Now())


def told_states() -> list[str]:
    return [event.payload["state"] for event in Event.objects.filter(kind="delivery.changed").order_by("ordinal")]


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.select_related("channel").get(pk=delivery.pk)


# --- The good day


def test_what_the_platform_sees_as_several_messages_is_sent_piece_by_piece(
    channel: Channel, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        registry.get("fake"), "parts", lambda outbound, channel: one_by_one(outbound, max_bytes=6), raising=False
    )
    first = queue(channel, "a")
    with transaction.atomic():
        outbox.queue_delivery(
            channel=channel,
            message_id=2,
            ticket_id=7,
            outbound=Outbound(client_key="b", recipients=LIN, text="您好吗", attachments=(5,)),
            order_by="ticket 1",
            by=SYSTEM,
        )
    refused = iter([SendResult.sent(), SendResult.failed(FailureKind.REJECTED), SendResult.sent(), SendResult.sent()])
    platform.send = lambda outbound: platform.sent.append(outbound.client_key) or next(refused)  # type: ignore[func-returns-value]

    run_until_quiet()

    assert platform.sent == ["a", "b", "b.1", "b.2"]
    assert fresh(first).state == DeliveryState.SENT
    states = Delivery.objects.filter(message_id=2).order_by("pk").values_list("client_key", "state")
    assert list(states) == [("b", "failed"), ("b.1", "sent"), ("b.2", "sent")]


def test_a_queued_message_is_handed_over_and_told(channel: Channel, platform: Platform) -> None:
    delivery = queue(channel, "a")

    run_until_quiet()

    sent = fresh(delivery)
    assert platform.sent == ["a"]
    assert (sent.state, sent.provider_id, sent.attempts) == (DeliveryState.SENT, "provider-a", 1)
    assert sent.sent_at is not None
    assert told_states() == ["sent"]
    event = Event.objects.get(kind="delivery.changed")
    assert (event.ticket_id, event.payload["message_id"]) == (7, 1)
    channel.refresh_from_db()
    assert channel.last_sent_at is not None


def test_the_connector_gets_what_was_queued(channel: Channel, platform: Platform) -> None:
    seen: list[Outbound] = []
    platform.send = lambda outbound: seen.append(outbound) or SendResult.sent()  # type: ignore[func-returns-value]
    whole = Outbound(
        client_key="a",
        recipients=Recipients(to=("a@example.com",), cc=("b@example.com",), bcc=("c@example.com",)),
        subject="回复",
        text="您好",
        html="<p>您好</p>",
        attachments=(1, 2),
        inline={"logo": 3},
        references=("x", "y"),
        thread={"id": 1},
        automatic=True,
    )
    with transaction.atomic():
        outbox.queue_delivery(channel=channel, message_id=None, ticket_id=None, outbound=whole, order_by="1", by=SYSTEM)

    run_until_quiet()

    assert seen == [whole]


def test_a_message_of_a_rolled_back_transaction_is_never_sent(channel: Channel, platform: Platform) -> None:
    with transaction.atomic():
        queue(channel, "a")
        transaction.set_rollback(True)

    run_until_quiet()
    assert platform.sent == []


def test_a_channel_that_does_not_send_refuses(channel: Channel) -> None:
    form = ChannelFactory.create(kind="form")

    with pytest.raises(CannotSend):
        queue(form, "a")


def test_messages_of_one_conversation_keep_their_order(channel: Channel, platform: Platform) -> None:
    for number in range(5):
        queue(channel, f"{number}")

    run_until_quiet()

    assert platform.sent == ["0", "1", "2", "3", "4"]


def test_a_message_that_waits_holds_back_its_conversation_only(channel: Channel, platform: Platform) -> None:
    tries: list[str] = []

    def send(outbound: Outbound) -> SendResult:
        tries.append(outbound.client_key)
        return SendResult.retry_later("busy") if outbound.client_key == "first" else platform.accept(outbound)

    platform.send = send
    queue(channel, "first", "ticket 1")
    queue(channel, "second", "ticket 1")
    queue(channel, "other", "ticket 2")

    run_until_quiet()

    assert sorted(tries) == ["first", "other"]
    assert platform.sent == ["other"]


def test_a_channels_rate_makes_messages_wait_and_none_fail(channel: Channel, platform: Platform) -> None:
    channel.sends_per_minute = 2
    channel.save()
    waiting = [queue(channel, key, conversation=key) for key in "abcd"]
    run_until_quiet()
    outbox.send_due()
    assert len(platform.sent) == 2
    states = list(Delivery.objects.filter(pk__in=[row.pk for row in waiting]).values_list("state", "attempts"))
    assert sorted(states) == [("queued", 0), ("queued", 0), ("sent", 1), ("sent", 1)]
    ThrottleMark.objects.all().delete()  # as when the minute has passed
    due_now()
    run_until_quiet()
    assert sorted(platform.sent) == list("abcd")


def test_a_channels_rate_holds_back_no_other_channel(channel: Channel, platform: Platform) -> None:
    channel.sends_per_minute = 1
    channel.save()
    other = ChannelFactory(key="other", kind=channel.kind)
    for key in "ab":
        queue(channel, key, conversation=key)
        queue(other, f"other-{key}", conversation=key)
    run_until_quiet()
    assert {"other-a", "other-b"} < set(platform.sent)
    assert len(platform.sent) == 3


@pytest.mark.django_db(transaction=True)
def test_many_workers_hand_each_message_over_once(channel: Channel, platform: Platform) -> None:
    for number in range(24):
        queue(channel, f"{number}", f"ticket {number % 6}")

    def work(_number: int) -> None:
        while Delivery.objects.unsettled().exists():
            outbox.send_due(limit=4)

    in_parallel(4, work)

    assert sorted(platform.sent, key=int) == [str(number) for number in range(24)]
    for conversation in range(6):
        mine = [int(key) for key in platform.sent if int(key) % 6 == conversation]
        assert mine == sorted(mine)


# --- The seven failures


@pytest.mark.parametrize(
    ("failure", "state", "is_settled"),
    [
        (FailureKind.RETRY_LATER, DeliveryState.QUEUED, False),
        (FailureKind.REAUTHENTICATE, DeliveryState.QUEUED, False),
        (FailureKind.OUTSIDE_WINDOW, DeliveryState.FAILED, True),
        (FailureKind.RECIPIENT_GONE, DeliveryState.FAILED, True),
        (FailureKind.REJECTED, DeliveryState.FAILED, True),
        (FailureKind.MISCONFIGURED, DeliveryState.FAILED, True),
    ],
)
def test_each_failure_has_its_state(
    channel: Channel, platform: Platform, failure: FailureKind, state: DeliveryState, is_settled: bool
) -> None:
    platform.send = lambda outbound: SendResult.failed(failure, "the platform says no")
    delivery = queue(channel, "a")

    outbox.send_due()

    row = fresh(delivery)
    assert (row.state, row.failure, row.error) == (state, failure, "the platform says no")
    assert (row.settled_at is not None) == is_settled
    assert told_states() == [state]
    assert [attempt.outcome for attempt in DeliveryAttempt.objects.all()] == [failure]


def test_failures_of_one_message_do_not_darken_the_channel(channel: Channel, platform: Platform) -> None:
    platform.send = lambda outbound: SendResult.failed(FailureKind.RECIPIENT_GONE)
    queue(channel, "a")
    outbox.send_due()
    channel.refresh_from_db()
    assert channel.last_error_at is None

    platform.send = lambda outbound: SendResult.failed(FailureKind.REAUTHENTICATE, "token expired")
    queue(channel, "b")
    outbox.send_due()
    channel.refresh_from_db()
    assert (channel.last_error_code, channel.last_error) == ("channels.reauthenticate", "token expired")


def test_the_platform_decides_how_long_to_wait(channel: Channel, platform: Platform) -> None:
    platform.send = lambda outbound: SendResult.retry_later("429", after=timedelta(hours=2))
    delivery = queue(channel, "a")

    outbox.send_due()

    row = fresh(delivery)
    assert timedelta(minutes=119) < row.due_at - row.created < timedelta(minutes=122)


def test_waiting_grows_and_ends(channel: Channel, platform: Platform) -> None:
    platform.send = lambda outbound: SendResult.retry_later("busy")
    delivery = queue(channel, "a")
    waits = []
    while fresh(delivery).settled_at is None:
        due_now()
        before = fresh(delivery).due_at
        outbox.send_due()
        waits.append(fresh(delivery).due_at - before)

    row = fresh(delivery)
    assert (row.state, row.failure) == (DeliveryState.FAILED, FailureKind.RETRY_LATER)
    assert row.attempts == len(waits) == 12
    assert sum(waits, timedelta()) > timedelta(days=2)


# --- Unknown outcomes


def explode(outbound: Outbound) -> SendResult:
    raise TimeoutError


def test_an_unknown_outcome_is_never_sent_twice(channel: Channel, platform: Platform) -> None:
    def accepts_and_hangs(outbound: Outbound) -> SendResult:
        platform.accept(outbound)
        raise TimeoutError

    platform.send = accepts_and_hangs
    delivery = queue(channel, "a")
    outbox.send_due()
    assert fresh(delivery).state == DeliveryState.UNKNOWN

    for _check in range(10):
        due_now()
        outbox.send_due()

    row = fresh(delivery)
    assert platform.sent == ["a"]
    assert (row.state, row.checks, row.attempts) == (DeliveryState.UNKNOWN, 7, 1)
    assert row.settled_at is not None


def test_a_check_that_finds_the_message_settles_it(channel: Channel, platform: Platform) -> None:
    platform.send = explode
    platform.reconcile = lambda delivery: SendResult.sent("found")
    delivery = queue(channel, "a")
    outbox.send_due()
    due_now()
    outbox.send_due()

    row = fresh(delivery)
    assert (row.state, row.provider_id, row.failure, row.attempts) == (DeliveryState.SENT, "found", "", 1)
    assert told_states() == ["unknown", "sent"]


def test_a_check_that_proves_it_was_not_sent_sends_it(channel: Channel, platform: Platform) -> None:
    platform.send = explode
    platform.reconcile = lambda delivery: SendResult.retry_later("not there")
    delivery = queue(channel, "a")
    outbox.send_due()
    due_now()
    outbox.send_due()
    platform.send = None
    due_now()
    outbox.send_due()

    assert platform.sent == ["a"]
    assert fresh(delivery).state == DeliveryState.SENT


def test_a_check_that_fails_is_made_again(channel: Channel, platform: Platform) -> None:
    def away(delivery: Delivery) -> SendResult:
        raise ConnectionError

    platform.send = explode
    platform.reconcile = away
    delivery = queue(channel, "a")
    outbox.send_due()
    due_now()
    outbox.send_due()

    row = fresh(delivery)
    assert (row.state, row.checks, row.settled_at) == (DeliveryState.UNKNOWN, 1, None)


def test_an_outcome_that_stays_unknown_holds_the_next_one_back_for_two_checks(
    channel: Channel, platform: Platform
) -> None:
    platform.send = lambda outbound: explode(outbound) if outbound.client_key == "a" else platform.accept(outbound)
    delivery = queue(channel, "a")
    queue(channel, "b")
    outbox.send_due()
    for _check in range(2):
        assert platform.sent == []
        due_now()
        outbox.send_due()
    outbox.send_due()
    assert platform.sent == ["b"]

    platform.reconcile = lambda delivery: SendResult.sent("found")
    due_now()
    outbox.send_due()
    assert (fresh(delivery).state, platform.sent) == (DeliveryState.SENT, ["b"])


def test_where_nothing_can_be_found_out_the_message_stays_unknown_and_the_next_one_goes(
    db: None, platform: Platform
) -> None:
    dumb = ChannelFactory.create(kind="dumb")
    platform.send = lambda outbound: explode(outbound) if outbound.client_key == "a" else platform.accept(outbound)
    delivery = queue(dumb, "a")
    queue(dumb, "b")

    run_until_quiet()

    assert fresh(delivery).state == DeliveryState.UNKNOWN
    assert platform.sent == ["b"]


def test_a_worker_that_dies_while_sending_leaves_the_outcome_unknown(channel: Channel, platform: Platform) -> None:
    delivery = queue(channel, "a")
    claimed = outbox.claim(delivery.pk)
    assert claimed is not None
    assert claimed.state == DeliveryState.SENDING
    Delivery.objects.update(claimed_until=Now() - timedelta(seconds=1))
    checked: list[int] = []
    platform.reconcile = lambda row: checked.append(row.pk) or SendResult.sent("found")  # type: ignore[func-returns-value]

    outbox.send_due()

    assert checked == [delivery.pk]
    assert platform.sent == []
    assert fresh(delivery).state == DeliveryState.SENT
    assert sorted(DeliveryAttempt.objects.values_list("outcome", flat=True)) == ["sent", "worker_lost"]


def test_a_replaced_worker_changes_nothing(channel: Channel, platform: Platform) -> None:
    delivery = queue(channel, "a")
    stale = outbox.claim(delivery.pk)
    assert stale is not None
    Delivery.objects.update(claimed_until=Now() - timedelta(seconds=1))
    outbox.rescue_abandoned()

    outbox.record_result(delivery=stale, result=SendResult.failed(FailureKind.REJECTED))

    assert fresh(delivery).state == DeliveryState.UNKNOWN


def test_a_replaced_worker_that_did_send_keeps_others_from_sending(channel: Channel, platform: Platform) -> None:
    delivery = queue(channel, "a")
    stale = outbox.claim(delivery.pk)
    assert stale is not None
    Delivery.objects.update(claimed_until=Now() - timedelta(seconds=1))
    outbox.rescue_abandoned()

    outbox.record_result(delivery=stale, result=SendResult.sent("late"))
    due_now()
    run_until_quiet()

    assert platform.sent == []
    assert (fresh(delivery).state, fresh(delivery).provider_id) == (DeliveryState.SENT, "late")


# --- Receipts


def test_receipts_only_move_forward(channel: Channel, platform: Platform) -> None:
    delivery = queue(channel, "a")
    run_until_quiet()
    seen = []
    for state in (
        DeliveryState.READ,
        DeliveryState.SENT,
        DeliveryState.DELIVERED,
        DeliveryState.FAILED,
        DeliveryState.READ,
    ):
        assert outbox.record_receipt(channel=channel, state=state, provider_id="provider-a")
        seen.append(fresh(delivery).state)

    assert seen == ["read"] * 5
    assert told_states() == ["sent", "read"]


def test_a_bounce_makes_a_sent_message_failed(channel: Channel, platform: Platform) -> None:
    delivery = queue(channel, "a")
    run_until_quiet()

    outbox.record_receipt(channel=channel, state=DeliveryState.FAILED, client_key="a", detail="550 no such user")

    row = fresh(delivery)
    assert (row.state, row.failure, row.error) == ("failed", FailureKind.RECIPIENT_GONE, "550 no such user")


def test_a_receipt_of_another_channel_is_none_of_ours(channel: Channel, platform: Platform) -> None:
    delivery = queue(channel, "a")
    run_until_quiet()
    other = ChannelFactory.create(kind="fake")

    assert not outbox.record_receipt(channel=other, state=DeliveryState.READ, client_key="a")
    assert not outbox.record_receipt(channel=channel, state=DeliveryState.READ, client_key="b")
    assert not outbox.record_receipt(channel=channel, state=DeliveryState.READ)
    assert fresh(delivery).state == DeliveryState.SENT


def test_a_receipt_that_overtakes_the_answer_wins(channel: Channel, platform: Platform) -> None:
    def send(outbound: Outbound) -> SendResult:
        outbox.record_receipt(channel=channel, state=DeliveryState.DELIVERED, client_key="a")
        return SendResult.retry_later("connection lost")

    platform.send = send
    delivery = queue(channel, "a")
    outbox.send_due()

    assert fresh(delivery).state == DeliveryState.DELIVERED


# --- By hand


def test_a_message_can_be_taken_back_while_it_waits(channel: Channel, platform: Platform) -> None:
    delivery = queue(channel, "a", delay=timedelta(seconds=10))
    run_until_quiet()
    assert platform.sent == []

    outbox.cancel_delivery(delivery=delivery, by=SYSTEM)
    due_now()
    run_until_quiet()

    assert platform.sent == []
    assert fresh(delivery).state == DeliveryState.CANCELLED
    assert outbox.cancel_delivery(delivery=delivery, by=SYSTEM).state == DeliveryState.CANCELLED


@pytest.mark.parametrize("state", ["sending", "sent", "unknown", "failed"])
def test_what_may_be_on_its_way_cannot_be_taken_back(channel: Channel, state: str) -> None:
    delivery = queue(channel, "a")
    Delivery.objects.update(state=state)

    with pytest.raises(DeliveryNotCancellable):
        outbox.cancel_delivery(delivery=delivery, by=SYSTEM)
    assert fresh(delivery).state == state


@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_a_settled_failure_can_be_sent_again(channel: Channel, platform: Platform, state: str) -> None:
    delivery = queue(channel, "a")
    Delivery.objects.update(state=state, settled_at=Now(), attempts=12, checks=7)

    outbox.retry_delivery(delivery=delivery, by=SYSTEM)
    run_until_quiet()

    assert platform.sent == ["a"]
    assert fresh(delivery).state == DeliveryState.SENT


@pytest.mark.parametrize("state", ["queued", "sending", "sent", "delivered", "read", "cancelled"])
def test_what_is_under_way_or_done_is_not_sent_again(channel: Channel, state: str) -> None:
    delivery = queue(channel, "a")
    Delivery.objects.update(state=state)

    with pytest.raises(DeliveryNotRetryable):
        outbox.retry_delivery(delivery=delivery, by=SYSTEM)


def test_what_is_still_being_checked_is_not_sent_again(channel: Channel, platform: Platform) -> None:
    platform.send = explode
    delivery = queue(channel, "a")
    outbox.send_due()

    with pytest.raises(DeliveryNotRetryable):
        outbox.retry_delivery(delivery=delivery, by=SYSTEM)


def test_a_channel_that_is_switched_off_sends_nothing(channel: Channel, platform: Platform) -> None:
    queue(channel, "a")
    Channel.objects.update(is_active=False)

    run_until_quiet()
    assert platform.sent == []


def test_a_channel_in_trouble_is_tried_with_one_message_a_pass(channel: Channel, platform: Platform) -> None:
    tries: list[str] = []
    platform.send = lambda outbound: tries.append(outbound.client_key) or SendResult.retry_later("down")  # type: ignore[func-returns-value]
    Channel.objects.filter(pk=channel.pk).update(last_error_at=Now())
    for number in range(5):
        queue(channel, f"{number}", f"ticket {number}")

    outbox.send_due()

    assert len(tries) == 1


# --- Files that are looked at for viruses


def queue_with_file(channel: Channel, content: bytes) -> tuple[Delivery, StoredFile]:
    stored = store_file(content, name="x.txt", by=SYSTEM)
    with transaction.atomic():
        outbound = Outbound(client_key="one", recipients=LIN, text="您好", attachments=(stored.pk,))
        row = outbox.queue_delivery(
            channel=channel, message_id=1, ticket_id=7, outbound=outbound, order_by="ticket 1", by=SYSTEM
        )
    return row, stored


@pytest.mark.parametrize(
    ("found", "outcome"), [(ScanState.CLEAN, DeliveryState.SENT), (ScanState.INFECTED, DeliveryState.FAILED)]
)
def test_a_file_goes_out_once_it_was_looked_at_and_only_clean(
    channel: Channel, platform: Platform, settings: Settings, found: ScanState, outcome: DeliveryState
) -> None:
    settings.VIRUS_SCANNER = "tcp://127.0.0.1:1"
    delivery, stored = queue_with_file(channel, b"a file")

    run_until_quiet()

    waiting = fresh(delivery)
    assert (waiting.state, waiting.attempts, platform.sent) == (DeliveryState.QUEUED, 0, [])
    StoredFile.objects.filter(pk=stored.pk).update(scan_state=found)
    due_now()
    run_until_quiet()
    assert fresh(delivery).state == outcome
    assert len(platform.sent) == (1 if outcome == DeliveryState.SENT else 0)
    if outcome == DeliveryState.FAILED:
        assert (fresh(delivery).failure, fresh(delivery).error) == (FailureKind.REJECTED, "core.file_infected")
