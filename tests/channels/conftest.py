"""A connector whose platform is a list in memory, an intake that leaves a trace in the database, and the cast."""

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest

from apps.accounts.models import Role, User, Vendor
from apps.channels import intake, registry
from apps.channels.contract import (
    Arrival,
    Capabilities,
    ChannelLease,
    CheckResult,
    Connector,
    Inbound,
    Outbound,
    Parsed,
    SendResult,
    VerifiedInput,
)
from apps.channels.errors import InputRefused, Unreadable
from apps.channels.intake import IntakeResult
from apps.channels.keys import key_of
from apps.channels.models import BlockedSender, Channel, Delivery, InboundEvent
from apps.core.actor import Actor, Face, person
from tests.factories.channels import ChannelFactory


@dataclass
class Platform:
    """What the fake platform does and what reached it."""

    sent: list[str] = field(default_factory=list)
    parse: Callable[[InboundEvent], Parsed] | None = None
    send: Callable[[Outbound], SendResult] | None = None
    reconcile: Callable[[Delivery], SendResult | None] | None = None
    poll: Callable[[Channel], int] | None = None
    polled: list[int] = field(default_factory=list)

    def accept(self, outbound: Outbound) -> SendResult:
        self.sent.append(outbound.client_key)
        return SendResult.sent(f"provider-{outbound.client_key}")


@pytest.fixture(autouse=True)
def _rules_are_no_matter_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a channel leads to is the tickets' affair, and told with them (tests/tickets/test_missing_rules.py)."""
    monkeypatch.setattr(intake, "_missing_rules", None)


@pytest.fixture
def platform() -> Iterator[Platform]:
    state = Platform()

    class FakeConnector(Connector):
        kind = "fake"
        label = "Fake"
        arrival = Arrival.PULL
        capabilities = Capabilities(reconciles=True)
        poll_seconds = 0.05

        def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
            if request.headers.get("X-Secret") != "right":
                raise InputRefused
            body = request.body
            return (VerifiedInput(external_id=body.decode(), order_by="sender", payload=body),)

        def parse(self, event: InboundEvent) -> Parsed:
            return state.parse(event) if state.parse else inbound_of(event)

        def send(self, outbound: Outbound, channel: Channel) -> SendResult:
            return state.send(outbound) if state.send else state.accept(outbound)

        def reconcile(self, delivery: Delivery, channel: Channel) -> SendResult | None:
            return state.reconcile(delivery) if state.reconcile else None

        def poll(self, channel: Channel, lease: ChannelLease) -> int:
            state.polled.append(channel.pk)
            return state.poll(channel) if state.poll else 0

        def check(self, channel: Channel) -> CheckResult:
            raise ConnectionError("password hunter2 refused")

    class DumbConnector(FakeConnector):
        kind = "dumb"
        arrival = Arrival.PUSH
        capabilities = Capabilities(reconciles=False)

    registry.register(FakeConnector)
    registry.register(DumbConnector)
    yield state
    registry.unregister("fake")
    registry.unregister("dumb")


def inbound_of(event: InboundEvent) -> Inbound:
    text = bytes(event.payload).decode()
    if text.startswith("broken"):
        raise Unreadable(reason="it is broken")
    return Inbound(sender_kind="email", sender_value="lin@example.com", thread_key=key_of(text), text=text)


@pytest.fixture
def taken_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Replaces intake by one whose effect is a row, and returns how to read the effects in the order of happening."""
    lock = threading.Lock()
    counter = iter(range(1, 100_000))

    def handle(inbound: Inbound, event: InboundEvent) -> IntakeResult:
        with lock:
            number = next(counter)
        BlockedSender.objects.create(kind="effect", scope=uuid.uuid4().hex, value=inbound.text)
        return IntakeResult(message_id=number, ticket_id=7)

    monkeypatch.setattr(intake, "_handler", handle)
    return lambda: [row.value for row in BlockedSender.objects.filter(kind="effect").order_by("created", "pk")]


@pytest.fixture
def channel(db: None, platform: Platform) -> Channel:
    return ChannelFactory.create(kind="fake", key="fake")


def member(role: str, *, vendor: Vendor | None = None) -> User:
    return User.objects.create_user(
        username=role, password="x", display_name=role, role=Role.objects.get(key=role), vendor=vendor, language="en"
    )


def actor_for(user: User) -> Actor:
    return person(user, Face.DESK, "127.0.0.1")


@pytest.fixture
def manager(db: None) -> User:
    return member("manager")


@pytest.fixture
def supervisor(db: None) -> User:
    return member("supervisor")


@pytest.fixture
def agent(db: None) -> User:
    return member("agent")


@pytest.fixture
def vendor_agent(db: None) -> User:
    return member("vendor_agent", vendor=Vendor.objects.create(key="north", name={"en": "North", "zh-hans": "北方"}))


@pytest.fixture
def caretaker(supervisor: User) -> Actor:
    return actor_for(supervisor)


@pytest.fixture
def bystander(agent: User) -> Actor:
    return actor_for(agent)


def in_parallel(count: int, run: Callable[[int], Any]) -> list[Any]:
    """Runs `run(0) … run(count - 1)` at once, each with a connection of its own; errors are raised here."""
    results: list[Any] = [None] * count
    errors: list[BaseException] = []
    barrier = threading.Barrier(count)

    def work(number: int) -> None:
        try:
            barrier.wait(timeout=30)
            results[number] = run(number)
        except BaseException as error:  # noqa: BLE001 (raised again in the test's own thread)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    if errors:
        raise errors[0]
    return results
