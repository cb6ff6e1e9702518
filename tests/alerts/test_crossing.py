"""The arithmetic of alerts, figure by figure."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.alerts.crossing import Course, Limits, Move, next_move

pytestmark = pytest.mark.unit
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ABOVE = Limits(is_above=True, limit=10, margin=2, hold=MINUTE, quiet=timedelta(minutes=15))
BELOW = Limits(is_above=False, limit=80, margin=5, hold=MINUTE, quiet=timedelta(0))
RISING, LONG_ENOUGH = Course(since=NOON - MINUTE / 2), Course(since=NOON - MINUTE)
OPEN = Course(since=NOON - 9 * MINUTE, is_told=True)
TURNED = Course(since=NOON - 9 * MINUTE, is_told=True, back_since=NOON - MINUTE / 2)
BACK = Course(since=NOON - 9 * MINUTE, is_told=True, back_since=NOON - MINUTE)


@pytest.mark.parametrize(
    ("limits", "course", "figure", "move"),
    [
        (ABOVE, Course(), 10, None),
        (ABOVE, Course(), 11, Move.RISE),
        (ABOVE, Course(), None, None),
        (ABOVE, RISING, 11, None),
        (ABOVE, RISING, 10, Move.FALL),
        (ABOVE, LONG_ENOUGH, 11, Move.FIRE),
        (ABOVE, Course(since=NOON - MINUTE, last_told=NOON - 15 * MINUTE), 11, Move.FIRE),
        (ABOVE, Course(since=NOON - MINUTE, last_told=NOON - 14 * MINUTE), 11, None),
        (ABOVE, OPEN, 9, None),
        (ABOVE, OPEN, 8, Move.TURN_BACK),
        (ABOVE, OPEN, None, Move.TURN_BACK),
        (ABOVE, TURNED, 8, None),
        (ABOVE, TURNED, 9, Move.CROSS_AGAIN),
        (ABOVE, BACK, 8, Move.CLEAR),
        (BELOW, Course(), 79, Move.RISE),
        (BELOW, Course(), 80, None),
        (BELOW, Course(), None, None),
        (BELOW, OPEN, 84, None),
        (BELOW, BACK, 85, Move.CLEAR),
    ],
)
def test_what_a_figure_changes(limits: Limits, course: Course, figure: int | None, move: Move | None) -> None:
    assert next_move(limits, course, figure, NOON) is move
