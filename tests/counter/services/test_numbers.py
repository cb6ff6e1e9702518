"""Drawing numbers: one sequence a service and day, any number of kiosks, broken connections."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from apps.core.errors import InvalidInput
from apps.core.models import Event
from apps.counter.errors import BranchClosed, ServiceNotOffered
from apps.counter.models import Visit
from apps.counter.services.leaving import end_days
from tests.counter.conftest import Hall
from tests.factories.counter import ServiceTypeFactory, draw
from tests.factories.sla import CalendarFactory

pytestmark = pytest.mark.integration


def test_numbers_count_for_each_service(hall: Hall) -> None:
    numbers = [draw(hall.branch, service).number for service in (hall.repair, hall.repair, hall.returns, hall.repair)]

    assert numbers == ["A001", "A002", "B001", "A003"]


def test_a_drawing_tells_of_itself_without_anybody_in_it(hall: Hall) -> None:
    draw(hall.branch, hall.repair, reason="elderly")

    event = Event.objects.get(kind="counter.number_issued")
    assert (event.ticket_id, event.customer_id) == (None, None)
    assert event.payload["number"] == "A001"
    assert event.payload["is_priority"] is True


def test_the_day_begins_at_the_branchs_own_midnight(hall: Hall) -> None:
    hall.branch.time_zone = "America/New_York"
    hall.branch.save()
    with time_machine.travel(datetime(2026, 3, 4, 4, 30, tzinfo=UTC), tick=False) as clock:
        evening = draw(hall.branch, hall.repair)
        clock.shift(timedelta(hours=1))
        night = draw(hall.branch, hall.repair)

    assert (evening.number, str(evening.day)) == ("A001", "2026-03-03")
    assert (night.number, str(night.day)) == ("A001", "2026-03-04")


def test_who_still_waits_at_midnight_has_left(hall: Hall) -> None:
    with time_machine.travel(datetime(2026, 3, 4, 15, 30, tzinfo=UTC), tick=False) as clock:  # 23:30 in Shanghai
        old = draw(hall.branch, hall.repair)
        assert end_days() == 0
        clock.shift(timedelta(hours=1))
        new = draw(hall.branch, hall.repair)
        assert end_days() == 1

    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.state, new.state) == ("left", "waiting")
    assert Event.objects.get(kind="counter.number_left").payload["reason"] == "day_over"


def test_a_repeated_drawing_gives_the_same_number(hall: Hall) -> None:
    first = draw(hall.branch, hall.repair, client_id="kiosk-1:7")
    again = draw(hall.branch, hall.repair, client_id="kiosk-1:7")

    assert again.pk == first.pk
    assert Visit.objects.count() == 1
    assert Event.objects.filter(kind="counter.number_issued").count() == 1


def test_a_kiosk_that_was_cut_off_says_when_the_number_was_drawn(hall: Hall) -> None:
    with time_machine.travel(datetime(2026, 3, 3, 17, 0, tzinfo=UTC), tick=False):
        now = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)  # 01:00 in Shanghai
        synced = draw(hall.branch, hall.repair, drawn_at=now - timedelta(minutes=20))
        of_yesterday = draw(hall.branch, hall.repair, drawn_at=now - timedelta(hours=2))
        of_tomorrow = draw(hall.branch, hall.repair, drawn_at=now + timedelta(hours=1))

    assert synced.issued_at == now - timedelta(minutes=20)
    assert of_yesterday.issued_at == of_tomorrow.issued_at == now


@pytest.mark.parametrize(
    ("values", "error"),
    [({"reason": "rich"}, InvalidInput), ({"client_id": "x" * 65}, InvalidInput)],
    ids=["unknown reason", "long client id"],
)
def test_what_is_wrong_draws_nothing(hall: Hall, values: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        draw(hall.branch, hall.repair, **values)

    assert not Visit.objects.exists()


def test_only_what_the_branch_offers_while_it_is_open(hall: Hall) -> None:
    with pytest.raises(ServiceNotOffered):
        draw(hall.branch, ServiceTypeFactory(prefix="Z"))
    hall.branch.calendar = CalendarFactory(week=["09:00-17:00"] * 5 + ["", ""])
    with (
        time_machine.travel(datetime(2026, 3, 7, 4, 0, tzinfo=UTC), tick=False),
        pytest.raises(BranchClosed),
    ):  # Saturday
        draw(hall.branch, hall.repair)

    assert not Visit.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_kiosks_at_once_never_give_the_same_number(hall: Hall) -> None:
    """Each also repeats its drawings, as after an answer that did not arrive."""
    gate, found = threading.Barrier(4), []

    def kiosk(name: str) -> None:
        try:
            gate.wait()
            found.extend(draw(hall.branch, hall.repair, client_id=f"{name}:{n}").number for n in range(6))
        finally:
            connection.close()

    threads = [threading.Thread(target=kiosk, args=(name,)) for name in ("east", "east", "west", "west")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 24
    assert len(set(found)) == 12 == Visit.objects.count()
