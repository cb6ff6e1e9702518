import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction

from apps.core import clock, throttle
from apps.core.errors import TooMany
from apps.core.leases import LeaseLost, leased, take_lease
from apps.core.models import Lease, ThrottleMark

pytestmark = pytest.mark.integration

MINUTE = timedelta(minutes=1)


@pytest.mark.django_db
def test_a_limit_is_a_burst_and_then_a_rate() -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _attempt in range(3):
            throttle.hit("k", limit=3, per=MINUTE)
        with pytest.raises(TooMany) as refused:
            throttle.hit("k", limit=3, per=MINUTE)
        assert refused.value.retry_after == 20
        throttle.hit("other", limit=3, per=MINUTE)

        traveller.shift(timedelta(seconds=20))
        throttle.hit("k", limit=3, per=MINUTE)
        with pytest.raises(TooMany):
            throttle.hit("k", limit=3, per=MINUTE)

        traveller.shift(timedelta(hours=1))
        for _attempt in range(3):
            throttle.hit("k", limit=3, per=MINUTE)
        with pytest.raises(TooMany):
            throttle.hit("k", limit=3, per=MINUTE)
        throttle.forget("k")
        throttle.hit("k", limit=3, per=MINUTE)


@pytest.mark.django_db
def test_once_in_a_while() -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        assert throttle.is_first("k", per=MINUTE)
        assert not throttle.is_first("k", per=MINUTE)
        traveller.shift(timedelta(seconds=61))
        assert throttle.is_first("k", per=MINUTE)


@pytest.mark.django_db
def test_marks_name_nobody_and_are_purged() -> None:
    throttle.hit("login:alice@example.com", limit=1, per=timedelta(microseconds=10))
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_throttlemark::text FROM core_throttlemark")
        assert "alice" not in cursor.fetchone()[0]
    assert throttle.purge() == 1
    assert not ThrottleMark.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_hits_at_the_same_moment_are_all_counted() -> None:
    outcomes: list[bool] = []

    def knock() -> None:
        try:
            throttle.hit("door", limit=5, per=timedelta(hours=1))
            outcomes.append(True)
        except TooMany:
            outcomes.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=knock) for _number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(True) == 5


@pytest.mark.django_db
def test_one_holder_at_a_time_and_a_rising_token() -> None:
    first = take_lease("mailbox 1", ttl=MINUTE)
    assert first is not None
    assert take_lease("mailbox 1", ttl=MINUTE) is None
    assert take_lease("mailbox 2", ttl=MINUTE) is not None
    first.release()
    second = take_lease("mailbox 1", ttl=MINUTE)
    assert second is not None
    assert second.token > first.token


@pytest.mark.django_db
def test_a_replaced_holder_cannot_write() -> None:
    slow = take_lease("mailbox", ttl=MINUTE)
    assert slow is not None
    with transaction.atomic():
        slow.fence()
    Lease.objects.update(expires="2001-01-01T00:00Z")
    assert take_lease("mailbox", ttl=MINUTE) is not None

    assert not slow.is_lost
    with pytest.raises(LeaseLost), transaction.atomic():
        slow.fence()
    assert slow.is_lost
    assert not slow.renew()


@pytest.mark.django_db
def test_a_lease_is_kept_by_renewing() -> None:
    with leased("x", ttl=MINUTE) as lease:
        assert lease is not None
        Lease.objects.update(expires="2001-01-01T00:00Z")
        assert lease.renew()
        with leased("x", ttl=MINUTE) as other:
            assert other is None
    assert Lease.objects.get().expires is None
    assert take_lease("x", ttl=MINUTE) is not None


@pytest.mark.django_db
def test_an_old_lease_is_not_released_over_its_successor() -> None:
    old = take_lease("x", ttl=MINUTE)
    assert old is not None
    Lease.objects.update(expires="2001-01-01T00:00Z")
    new = take_lease("x", ttl=MINUTE)
    assert new is not None
    old.release()
    assert take_lease("x", ttl=MINUTE) is None
    assert new.renew()


@pytest.mark.django_db(transaction=True)
def test_a_takeover_waits_for_the_transaction_that_is_fenced() -> None:
    old = take_lease("x", ttl=MINUTE)
    assert old is not None
    Lease.objects.update(expires="2001-01-01T00:00Z")
    taken: list[object] = []

    def take() -> None:
        taken.append(take_lease("x", ttl=MINUTE))
        connection.close()

    with transaction.atomic():
        old.fence()
        thread = threading.Thread(target=take)
        thread.start()
        thread.join()
        assert taken == [None]
    assert take_lease("x", ttl=MINUTE) is not None
