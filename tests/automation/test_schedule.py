from datetime import timedelta

import pytest

from apps.automation.schedule import MAX_TRIES, next_wait

pytestmark = pytest.mark.unit

EXPECTED = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)


@pytest.mark.parametrize(("tries", "seconds"), list(enumerate(EXPECTED, start=1)))
def test_waits_follow_the_specification_with_jitter(tries: int, seconds: int) -> None:
    waits = {next_wait(tries, None) for _ in range(20)}

    assert len(waits) > 1
    assert all(wait is not None and 0.8 * seconds <= wait.total_seconds() <= 1.2 * seconds for wait in waits)


def test_the_tenth_failure_is_the_last() -> None:
    assert MAX_TRIES == 10
    assert next_wait(10, None) is None
    assert next_wait(10, timedelta(hours=1)) is None


def test_what_the_receiver_asks_for_only_adds() -> None:
    assert next_wait(1, timedelta(hours=1)) == timedelta(hours=1)
    shortened = next_wait(3, timedelta(seconds=1))
    assert shortened is not None
    assert shortened >= timedelta(seconds=0.8 * 1800)
