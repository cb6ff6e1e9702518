"""One process a channel, and a replaced one writes nothing."""

import threading
import time
from types import SimpleNamespace

import pytest
from django.db import transaction

from apps.channels.errors import ChannelError, LeaseLost
from apps.channels.models import Channel
from apps.channels.services import fetching, health, leases
from apps.core.models import Lease
from tests.channels.conftest import Platform, in_parallel
from tests.factories.channels import ChannelFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


def wait_for(condition: object, seconds: float = 60.0) -> None:
    assert callable(condition)
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def test_of_many_processes_one_holds_the_lease() -> None:
    all_tried = threading.Barrier(6)

    def take(_number: int) -> bool:
        with leases.hold("x") as lease:
            all_tried.wait(60)  # who lets go before would make room for the next
            return lease is not None

    assert sum(in_parallel(6, take)) == 1


def test_a_long_block_keeps_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    class Hurried(threading.Event):
        """A third of the lease's time is over at once: a lease that ends soon could be lost to a busy machine."""

        def wait(self, timeout: float | None = None) -> bool:
            asked.append(timeout or 0)
            return super().wait(0.01)

    monkeypatch.setattr(leases, "threading", SimpleNamespace(Event=Hurried, Thread=threading.Thread))
    with leases.hold("x") as lease:
        assert lease is not None
        begun = Lease.objects.get().expires
        wait_for(lambda: Lease.objects.get().expires > begun)
        assert not lease.is_lost
        with leases.hold("x") as other:
            assert other is None
    assert set(asked) == {leases.TTL.total_seconds() / 3}
    with leases.hold("x") as third:
        assert third is not None
        assert third.token > lease.token


def test_a_replaced_holder_cannot_write() -> None:
    with leases.hold("x") as lease:
        assert lease is not None
        Lease.objects.update(expires="2020-01-01T00:00:00Z")
        with leases.hold("x") as successor:
            assert successor is not None
            with pytest.raises(LeaseLost), transaction.atomic():
                lease.fence()
            assert lease.is_lost
            with transaction.atomic():
                successor.fence()


def test_the_fallback_asks_each_channel_that_nobody_listens_to(platform: Platform) -> None:
    first, second, off = (ChannelFactory.create(kind="fake", is_active=number < 2) for number in range(3))
    ChannelFactory.create(kind="form")

    with leases.hold(fetching.lease_name(second.pk)):
        fetching.poll_due()

    assert platform.polled == [first.pk]
    assert off.pk not in platform.polled
    first.refresh_from_db()
    assert first.last_success_at is not None


def test_a_mailbox_in_trouble_does_not_keep_the_next_from_being_asked(platform: Platform) -> None:
    first, second = ChannelFactory.create(kind="fake"), ChannelFactory.create(kind="fake")

    def poll(channel: Channel) -> int:
        if channel.pk == first.pk:
            raise ConnectionError("refused")
        return 0

    platform.poll = poll
    fetching.poll_due()

    assert platform.polled == [first.pk, second.pk]
    first.refresh_from_db()
    assert (first.last_error_code, first.last_error) == ("channels.fetch_failed", "ConnectionError: refused")


def test_two_listeners_share_the_work_and_the_second_takes_over(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = ChannelFactory.create(kind="fake")
    stops = [threading.Event(), threading.Event()]
    threads = []
    for stop in stops:
        thread = threading.Thread(target=listen, args=(channel.pk, stop))
        thread.start()
        threads.append(thread)
        wait_for(lambda: len(platform.polled) > 1)
    token = Lease.objects.get(name=fetching.lease_name(channel.pk)).token

    stops[0].set()
    threads[0].join(60)
    wait_for(lambda: Lease.objects.get(name=fetching.lease_name(channel.pk)).token > token)
    before = len(platform.polled)
    wait_for(lambda: len(platform.polled) > before)

    stops[1].set()
    threads[1].join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert Lease.objects.get(name=fetching.lease_name(channel.pk)).expires is None


def listen(channel_id: int, stop: threading.Event) -> None:
    from django.db import connection

    fetching.listen_to(channel_id, stop, pause=0.05)
    connection.close()


def test_a_listener_that_fails_starts_again(platform: Platform) -> None:
    channel = ChannelFactory.create(kind="fake")
    failures = iter([True, True])

    def poll(_channel: Channel) -> int:
        if next(failures, False):
            raise ConnectionError("refused")
        return 0

    platform.poll = poll
    stop = threading.Event()
    thread = threading.Thread(target=listen, args=(channel.pk, stop))
    thread.start()
    wait_for(lambda: len(platform.polled) > 3)
    stop.set()
    thread.join(60)

    channel.refresh_from_db()
    assert channel.last_error_code == "channels.fetch_failed"


def test_trouble_that_may_pass_is_told_only_when_it_goes_on(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = ChannelFactory.create(kind="fake")
    trouble: list[ChannelError] = [passing()]

    def poll(_channel: Channel) -> int:
        if trouble:
            raise trouble[0]
        return 0

    def told() -> str:
        fetching.poll_due()
        channel.refresh_from_db()
        return channel.last_error_code

    platform.poll = poll
    assert told() == ""
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.0)
    assert told() == "channels.error"

    trouble.clear()
    fetching.poll_due()
    Channel.objects.filter(pk=channel.pk).update(last_error_code="")
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 60.0)
    trouble.append(passing())
    assert told() == ""
    trouble[:] = [ChannelError()]
    assert told() == "channels.error"


def passing() -> ChannelError:
    error = ChannelError()
    error.is_passing = True
    return error
