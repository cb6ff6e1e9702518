"""Deliveries on their way, over real HTTP on loopback."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from apps.accounts.models import User
from apps.automation import couriers, posting
from apps.automation.enums import DeliveryState, DisabledReason
from apps.automation.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from apps.automation.posting import Outcome
from apps.automation.services import sending
from apps.automation.services.gathering import gather_events
from apps.automation.services.sending import send_due
from apps.core import clock, wake
from apps.tickets.models import Ticket
from tests.automation.conftest import SECRET, Make, deliver, happen, is_genuine, run
from tests.channels.conftest import in_parallel
from tests.factories.tickets import TicketFactory
from tests.support.platform_server import HANG_UP, Asked, PlatformServer, Scripted

pytestmark = pytest.mark.integration


def due_now() -> None:
    """As if the waits were over."""
    WebhookDelivery.objects.filter(settled_at=None).update(due_at=Now())
    WebhookEndpoint.objects.update(paused_until=None)


def fresh(delivery: WebhookDelivery) -> WebhookDelivery:
    return WebhookDelivery.objects.get(pk=delivery.pk)


def test_a_delivery_is_signed_and_logged(endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer) -> None:
    receiver.on("/hook", Scripted(200, "谢谢\x00\x07".encode()))

    delivery = deliver(ticket)

    (asked,) = receiver.asked
    assert is_genuine(asked)
    assert asked.method == "POST"
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["webhook-id"] == delivery.message_id
    assert delivery.message_id.startswith("msg_")
    assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 1)
    assert delivery.settled_at is not None
    assert delivery.payload == asked.body
    attempt = delivery.log.get()
    assert (attempt.status, attempt.error, attempt.answer) == (200, "", "谢谢")
    endpoint.refresh_from_db()
    assert endpoint.last_success_at is not None
    assert endpoint.failing_since is None


def test_what_was_sent_lies_encrypted(endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer) -> None:
    receiver.on("/hook", Scripted(500, b"planted-answer"))
    happen(ticket, "planted-subject")

    run()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.*, d.*, a.* FROM automation_webhookendpoint e JOIN automation_webhookdelivery d"
            " ON d.endpoint_id = e.id JOIN automation_webhookattempt a ON a.delivery_id = d.id"
        )
        (row,) = cursor.fetchall()
    stored = b" ".join(bytes(value) if isinstance(value, memoryview) else str(value).encode() for value in row)
    for secret in (b"planted", SECRET.encode(), receiver.url.encode()):
        assert secret not in stored


@pytest.mark.parametrize(
    ("reply", "error", "status"),
    [
        (Scripted(500, b"<h1>Oops</h1>"), "status", 500),
        (Scripted(404), "status", 404),
        (Scripted(301, headers={"Location": "/elsewhere"}), "redirect", 301),
        (HANG_UP, "protocol", None),
    ],
    ids=["500", "404", "301", "reset"],
)
def test_a_failed_attempt_is_repeated_under_the_same_id(
    endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer, reply: Scripted, error: str, status: int | None
) -> None:
    receiver.on("/hook", reply, Scripted(204, b""))
    delivery = deliver(ticket)

    assert (delivery.state, delivery.settled_at, delivery.claimed_until) == (DeliveryState.PENDING, None, None)
    attempt = delivery.log.get()
    assert (attempt.error, attempt.status) == (error, status)
    assert timedelta(seconds=3) < delivery.due_at - clock.now() < timedelta(seconds=7)
    endpoint.refresh_from_db()
    assert endpoint.failing_since is not None

    due_now()
    run()

    first, second = receiver.at("/hook")
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert receiver.at("/elsewhere") == []
    assert (fresh(delivery).state, fresh(delivery).attempts) == (DeliveryState.DELIVERED, 2)
    endpoint.refresh_from_db()
    assert endpoint.failing_since is None


def test_ten_failures_are_given_up(endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer) -> None:
    receiver.on("/hook", Scripted(500))
    delivery = deliver(ticket)

    for _ in range(12):
        due_now()
        run()

    assert len(receiver.asked) == 10
    assert (fresh(delivery).state, fresh(delivery).attempts) == (DeliveryState.FAILED, 10)
    endpoint.refresh_from_db()
    assert endpoint.is_enabled


def test_gone_switches_the_endpoint_off(endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer) -> None:
    receiver.on("/hook", Scripted(410))
    delivery = deliver(ticket)

    due_now()
    happen(ticket)
    run()

    endpoint.refresh_from_db()
    assert (endpoint.is_enabled, endpoint.disabled_reason) == (False, DisabledReason.GONE)
    assert len(receiver.asked) == 1
    assert fresh(delivery).state == DeliveryState.PENDING
    assert WebhookDelivery.objects.count() == 1


def test_five_days_of_failures_switch_the_endpoint_off(
    endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer
) -> None:
    receiver.on("/hook", Scripted(500))
    WebhookEndpoint.objects.update(failing_since=clock.now() - timedelta(days=4, hours=23))
    deliver(ticket)
    endpoint.refresh_from_db()
    assert endpoint.is_enabled

    WebhookEndpoint.objects.update(failing_since=clock.now() - timedelta(days=5, minutes=1))
    due_now()
    run()

    endpoint.refresh_from_db()
    assert (endpoint.is_enabled, endpoint.disabled_reason) == (False, DisabledReason.FAILING)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_respected(
    endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer, status: int
) -> None:
    receiver.on("/hook", Scripted(status, headers={"Retry-After": "900"}), Scripted(204, b""))
    delivery = deliver(ticket)

    assert timedelta(minutes=14) < delivery.due_at - clock.now() <= timedelta(minutes=15)
    happen(ticket)  # also what comes now waits
    run()
    assert len(receiver.asked) == 1

    due_now()
    run()
    assert len(receiver.asked) == 3
    assert not WebhookDelivery.objects.unsettled().exists()


@pytest.mark.parametrize("value", ["", "soon", "-5", "9" * 40, "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_an_odd_retry_after_is_no_trouble(
    endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer, value: str
) -> None:
    receiver.on("/hook", Scripted(429, headers={"Retry-After": value}))

    delivery = deliver(ticket)

    assert delivery.state == DeliveryState.PENDING
    assert delivery.due_at - clock.now() <= timedelta(days=1)
    endpoint.refresh_from_db()
    assert endpoint.paused_until is not None
    assert endpoint.paused_until <= clock.now() + timedelta(hours=1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_the_inside_is_not_followed(
    endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer, status: int
) -> None:
    receiver.on("/hook", Scripted(status, headers={"Location": f"{receiver.url}/inside"}))

    deliver(ticket)

    assert receiver.at("/inside") == []
    assert WebhookAttempt.objects.get().error == "redirect"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://[::1]:9/", "http://169.254.169.254/latest/"])
def test_an_address_that_leads_inside_is_refused_when_sending_too(
    endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer, settings: Settings, url: str
) -> None:
    """It was allowed, or led elsewhere, when it was saved."""
    settings.HTTP_ALLOW_PRIVATE = []
    endpoint.url = url
    endpoint.save(update_fields=["url"])

    delivery = deliver(ticket)

    attempt = delivery.log.get()
    assert (attempt.error, attempt.status, attempt.answer) == ("address", None, "")
    assert receiver.asked == []


def test_a_huge_answer_is_cut(endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer) -> None:
    receiver.on("/hook", Scripted(200, b"x" * 20_000_000))

    delivery = deliver(ticket)

    assert delivery.state == DeliveryState.DELIVERED
    assert delivery.log.get().answer == "x" * posting.ANSWER_BYTES


def test_silence_is_a_timeout(
    endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "TIMEOUT", 0.2)
    over = threading.Event()

    def wait(_asked: Asked) -> Scripted:
        over.wait(30)
        return Scripted(200)

    receiver.on("/hook", wait)

    delivery = deliver(ticket)
    over.set()

    assert delivery.log.get().error == "timeout"
    assert delivery.state == DeliveryState.PENDING


def test_two_secrets_sign_while_one_is_rotated(
    endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer
) -> None:
    endpoint.former_secret, endpoint.secret = SECRET, "whsec_" + "bmV3" * 8
    endpoint.former_until = clock.now() + timedelta(hours=1)
    endpoint.save()
    deliver(ticket)
    WebhookEndpoint.objects.update(former_until=clock.now() - timedelta(seconds=1))
    deliver(ticket)

    during, after = receiver.asked
    assert is_genuine(during)
    assert is_genuine(during, endpoint.secret)
    assert is_genuine(after, endpoint.secret)
    assert not is_genuine(after)
    assert len(after.headers["webhook-signature"].split(" ")) == 1


def test_a_killed_workers_delivery_is_sent_again_under_the_same_id(
    endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer
) -> None:
    happen(ticket)
    gather_events()
    lost = sending.claim_next(endpoint)
    assert lost is not None
    run()
    assert receiver.asked == []  # it is still his

    WebhookDelivery.objects.update(claimed_until=Now() - timedelta(seconds=1))
    run()

    (asked,) = receiver.asked
    assert asked.headers["webhook-id"] == lost.message_id
    assert (fresh(lost).state, fresh(lost).attempts) == (DeliveryState.DELIVERED, 2)


def test_a_late_worker_changes_nothing_unless_it_has_proof(
    endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer
) -> None:
    happen(ticket)
    gather_events()
    late = sending.claim_next(endpoint)
    WebhookDelivery.objects.update(claimed_until=Now() - timedelta(seconds=1))
    now = sending.claim_next(endpoint)
    assert late is not None
    assert now is not None

    sending.record_outcome(late, Outcome("timeout"), started=clock.now())
    assert (fresh(now).settled_at, fresh(now).claim) == (None, now.claim)
    assert fresh(now).claimed_until is not None

    sending.record_outcome(late, Outcome(status=200), started=clock.now())
    assert fresh(now).state == DeliveryState.DELIVERED
    assert fresh(now).log.count() == 2


def test_an_event_that_cannot_be_told_harms_only_itself(
    endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sending.payload_of

    def stumble(told: object) -> bytes:
        if told.data["new"] == "bad":  # type: ignore[attr-defined]
            raise KeyError("planted-secret")
        return real(told)  # type: ignore[arg-type]

    monkeypatch.setattr(sending, "payload_of", stumble)
    happen(ticket, "bad")
    happen(ticket, "good")

    run()

    bad, good = WebhookDelivery.objects.order_by("pk")
    assert (bad.state, bad.log.get().error, bad.log.get().answer) == (DeliveryState.PENDING, "content", "")
    assert good.state == DeliveryState.DELIVERED
    endpoint.refresh_from_db()
    assert endpoint.failing_since is None


def test_one_ticket_keeps_its_order(endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer) -> None:
    for number in range(5):
        happen(ticket, f"{number}")

    run()

    assert [asked.json()["data"]["data"]["new"] for asked in receiver.asked] == list("01234")


def test_a_delivery_costs_a_bounded_number_of_queries(endpoint: WebhookEndpoint, ticket: Ticket) -> None:
    def cost() -> int:
        happen(ticket)
        gather_events()
        with CaptureQueriesContext(connection) as queries:
            assert send_due() == 1
        return len(queries)

    cost()
    alone = cost()
    for _ in range(3):
        deliver(ticket)
    assert cost() == alone <= 40


def test_no_personal_data_reaches_the_log(
    endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer, capfd: pytest.CaptureFixture[str]
) -> None:
    receiver.on("/hook", Scripted(500, b"planted-answer"))
    happen(ticket, "planted-subject 13800138000")

    run()

    told = "".join(capfd.readouterr())
    for secret in ("planted", "13800138000", receiver.url, SECRET):
        assert secret not in told


# --- Several at once ------------------------------------------------------------------------------------------------


@pytest.fixture
def threads(settings: Settings) -> Iterator[int]:
    """Calls are carried by threads, as in a worker."""
    settings.WEBHOOK_THREADS = 4
    yield 4
    couriers._pool().shutdown()
    couriers._pool.cache_clear()
    couriers._places.cache_clear()


def test_a_stumble_gives_its_place_back(
    endpoint: WebhookEndpoint, ticket: Ticket, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(ticket)
    gather_events()

    def stumble(_endpoint: WebhookEndpoint) -> None:
        raise RuntimeError

    monkeypatch.setattr(sending, "claim_next", stumble)
    for _ in range(threads + 1):
        with pytest.raises(RuntimeError):
            send_due()

    assert couriers.reserve()
    couriers.release()


def work_until_quiet() -> None:
    while WebhookDelivery.objects.unsettled().exists():
        send_due()


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_deliver_each_once(
    endpoint: WebhookEndpoint, ticket: Ticket, receiver: PlatformServer, threads: int
) -> None:
    tickets = [ticket, *(TicketFactory(queue=ticket.queue, channel=ticket.channel) for _ in range(3))]
    for number in range(16):
        happen(tickets[number % 4], f"{number}")

    def work(_number: int) -> None:
        while gather_events():
            pass
        work_until_quiet()

    in_parallel(3, work)

    told = [int(asked.json()["data"]["data"]["new"]) for asked in receiver.asked]
    assert sorted(told) == list(range(16))
    assert len({asked.headers["webhook-id"] for asked in receiver.asked}) == 16
    assert WebhookDelivery.objects.filter(state=DeliveryState.DELIVERED, attempts=1).count() == 16
    for place in range(4):
        mine = [number for number in told if number % 4 == place]
        assert mine == sorted(mine)


@pytest.mark.django_db(transaction=True)
def test_a_slow_endpoint_holds_up_nobody(
    endpoint_for: Make, manager: User, ticket: Ticket, receiver: PlatformServer, threads: int
) -> None:
    slow, quick = endpoint_for(manager, path="/slow"), endpoint_for(manager, path="/quick")
    over, most, lock = threading.Event(), [0, 0], threading.Lock()

    def wait(_asked: Asked) -> Scripted:
        with lock:
            most[0] += 1
            most[1] = max(most)
        over.wait(30)
        with lock:
            most[0] -= 1
        return Scripted(200)

    receiver.on("/slow", wait)
    receiver.on("/quick", Scripted(200))
    tickets = [TicketFactory(queue=ticket.queue, channel=ticket.channel) for _ in range(6)]
    for one in tickets:
        happen(one)
    gather_events()

    try:
        while WebhookDelivery.objects.unsettled().filter(endpoint=quick).exists():
            send_due()
        waiting = WebhookDelivery.objects.unsettled().filter(endpoint=slow).count()
    finally:
        over.set()
    work_until_quiet()

    assert waiting == 6
    assert 1 <= most[1] <= sending.AT_ONCE
    assert json.loads(receiver.at("/quick")[0].body)["type"] == "ticket.field_changed"


@pytest.mark.django_db(transaction=True)
def test_everything_works_while_the_broker_is_away(
    endpoint: WebhookEndpoint,
    ticket: Ticket,
    receiver: PlatformServer,
    threads: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Away:
        def __getattr__(self, name: str) -> Any:
            raise ConnectionError("no broker")

    monkeypatch.setattr(wake, "cache", Away())
    monkeypatch.setattr(wake, "current_app", Away())
    monkeypatch.setattr(wake, "_pause", {"until": 0.0})
    happen(ticket)
    while gather_events():
        pass

    work_until_quiet()

    assert len(receiver.asked) == 1
