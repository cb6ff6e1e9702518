"""Promises that run over nights, weekends, holidays, changed clocks and pauses. The expected values are worked by hand."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.sla.counting import WHOLE, Count, resumed, stopped
from apps.sla.timetable import Timetable, read_hours

pytestmark = pytest.mark.unit

SHANGHAI, BERLIN, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
OFFICE = ("09:00-18:00",) * 5 + ("", "")
SPLIT = ("09:00-12:00, 13:30-18:00",) * 5 + ("", "")
THREE = ("08:00-10:00, 12:00-14:00, 20:00-22:00",) * 7
NIGHT = ("00:00-06:00, 22:00-24:00",) * 7
ALWAYS = ("00:00-24:00",) * 7


def table(week=OFFICE, zone=SHANGHAI, closed=(), worked=()) -> Timetable:
    hours = tuple(read_hours(text) for text in week)
    return Timetable(zone, hours, dict.fromkeys(closed, ()) | dict.fromkeys(worked, hours[0]))


# Spring Festival 2026: 15 to 23 February are closed, Saturday the 14th and Saturday the 28th are worked.
# National Day 2026: 1 to 7 October are closed, Sunday 20 September and Saturday 10 October are worked.
CHINA = table(
    closed=[*(date(2026, 2, day) for day in range(15, 24)), *(date(2026, 10, day) for day in range(1, 8))],
    worked=[date(2026, 2, 14), date(2026, 2, 28), date(2026, 9, 20), date(2026, 10, 10)],
)
WALL = None


def moments(zone, *texts) -> list[datetime]:
    return [datetime.fromisoformat(text).replace(tzinfo=zone) for text in texts]


@pytest.mark.parametrize(
    ("timetable", "zone", "minutes", "boundaries", "due"),
    [
        # Within one day: 10:00 + 4 h.
        (table(), SHANGHAI, 240, ["2026-03-02 10:00"], "2026-03-02 14:00"),
        # To the very end of a day: 10:00 + 8 h is the closing, not the next opening.
        (table(), SHANGHAI, 480, ["2026-03-02 10:00"], "2026-03-02 18:00"),
        # Overnight: 1 h until 18:00, 1 h from 09:00 of the next day.
        (table(), SHANGHAI, 120, ["2026-03-02 17:00"], "2026-03-03 10:00"),
        # Opened at night: counts from 09:00.
        (table(), SHANGHAI, 30, ["2026-03-02 23:40"], "2026-03-03 09:30"),
        # Over a weekend: 30 min on Friday, 30 min on Monday.
        (table(), SHANGHAI, 60, ["2026-03-06 17:30"], "2026-03-09 09:30"),
        # Opened on Sunday, one whole working day of 9 h.
        (table(), SHANGHAI, 540, ["2026-03-08 12:00"], "2026-03-09 18:00"),
        # Three working days: 27 h from Thursday 09:00 are Thursday, Friday, Monday.
        (table(), SHANGHAI, 1620, ["2026-03-05 09:00"], "2026-03-09 18:00"),
        # The break at noon: 1 h until 12:00, 1 h from 13:30.
        (table(SPLIT), SHANGHAI, 120, ["2026-03-02 11:00"], "2026-03-02 14:30"),
        # Begun in the break: counts from 13:30.
        (table(SPLIT), SHANGHAI, 15, ["2026-03-02 12:45"], "2026-03-02 13:45"),
        # Three openings a day: 1 h until 10:00, 2 h at noon, 30 min from 20:00.
        (table(THREE), SHANGHAI, 210, ["2026-03-02 09:00"], "2026-03-02 20:30"),
        # A night shift over midnight: 23:00 + 2 h.
        (table(NIGHT), SHANGHAI, 120, ["2026-03-02 23:00"], "2026-03-03 01:00"),
        # Around the clock: two days are two days.
        (table(ALWAYS), SHANGHAI, 2880, ["2026-03-06 23:00"], "2026-03-08 23:00"),
        # Wall time knows no calendar: Friday 17:30 + 24 h.
        (WALL, SHANGHAI, 1440, ["2026-03-06 17:30"], "2026-03-07 17:30"),
        # Before Spring Festival: 1 h on Friday the 13th, 1 h on the make-up Saturday.
        (CHINA, SHANGHAI, 120, ["2026-02-13 17:00"], "2026-02-14 10:00"),
        # Over Spring Festival: 1 h on Saturday the 14th, then Tuesday the 24th.
        (CHINA, SHANGHAI, 120, ["2026-02-14 17:00"], "2026-02-24 10:00"),
        # Opened on a holiday: counts from the first working day after it.
        (CHINA, SHANGHAI, 60, ["2026-02-18 12:00"], "2026-02-24 10:00"),
        # Over National Day: 1 h on Wednesday the 30th, 1 h on Thursday 8 October.
        (CHINA, SHANGHAI, 120, ["2026-09-30 17:00"], "2026-10-08 10:00"),
        # The make-up Saturday after it is worked, the Sunday is not: 1 h on Saturday, 1 h on Monday the 12th.
        (CHINA, SHANGHAI, 120, ["2026-10-10 17:00"], "2026-10-12 10:00"),
        # Berlin puts clocks forward on 29 March: from 01:00 to 04:00 are 2 h.
        (table(ALWAYS, BERLIN), BERLIN, 120, ["2026-03-29 01:00"], "2026-03-29 04:00"),
        # Berlin puts clocks back on 25 October: from 01:00 to 04:00 are 4 h.
        (table(ALWAYS, BERLIN), BERLIN, 240, ["2026-10-25 01:00"], "2026-10-25 04:00"),
        # An office in Berlin notices neither: 1 h on Friday, 1 h on Monday by the new clock.
        (table(OFFICE, BERLIN), BERLIN, 120, ["2026-03-27 17:00"], "2026-03-30 10:00"),
        (table(OFFICE, BERLIN), BERLIN, 120, ["2026-10-23 17:00"], "2026-10-26 10:00"),
        # New York's night shift of 8 March has 7 h: begun at 22:00, 7 h later it is 06:00.
        (table(NIGHT, NEW_YORK), NEW_YORK, 420, ["2026-03-07 22:00"], "2026-03-08 06:00"),
        # That of 1 November has 9 h.
        (table(NIGHT, NEW_YORK), NEW_YORK, 540, ["2026-10-31 22:00"], "2026-11-01 06:00"),
        # Wall time over a clock put back: 24 h later the clock shows an hour less.
        (WALL, NEW_YORK, 1440, ["2026-10-31 12:00"], "2026-11-01 11:00"),
        # Paused: 2 h counted of 4; on again at 15:00 the other 2 h end at 17:00.
        (table(), SHANGHAI, 240, ["2026-03-02 10:00", "2026-03-02 12:00", "2026-03-02 15:00"], "2026-03-02 17:00"),
        # Paused over a weekend: Friday 16:00 to 17:00 counted, on again Monday 10:00, 1 h left.
        (table(), SHANGHAI, 120, ["2026-03-06 16:00", "2026-03-06 17:00", "2026-03-09 10:00"], "2026-03-09 11:00"),
        # Resumed at night: what is left counts from the next opening.
        (table(), SHANGHAI, 120, ["2026-03-06 16:00", "2026-03-06 17:00", "2026-03-09 21:00"], "2026-03-10 10:00"),
        # A pause outside of working hours costs nothing: as if there had been none.
        (table(), SHANGHAI, 120, ["2026-03-02 17:00", "2026-03-02 18:30", "2026-03-03 08:00"], "2026-03-03 10:00"),
        # Paused twice: 1 h, 30 min, and the last 30 min from 17:45 on: 15 min today, 15 min tomorrow.
        (
            table(),
            SHANGHAI,
            120,
            ["2026-03-02 09:00", "2026-03-02 10:00", "2026-03-02 11:00", "2026-03-02 11:30", "2026-03-02 17:45"],
            "2026-03-03 09:15",
        ),
        # Solved on Friday at 15:00 after 2 h of 4, opened again on Tuesday at 09:00: the other 2 h end at 11:00.
        (table(), SHANGHAI, 240, ["2026-03-06 13:00", "2026-03-06 15:00", "2026-03-10 09:00"], "2026-03-10 11:00"),
        # Paused over the night in which Berlin's clock is put back, around the clock: 1 h counted, 1 h left.
        (
            table(ALWAYS, BERLIN),
            BERLIN,
            120,
            ["2026-10-24 23:00", "2026-10-25 00:00", "2026-10-25 09:00"],
            "2026-10-25 10:00",
        ),
        # Priority raised midway: 30 of 60 min instead of 240 had passed at 10:30; what began at 10:00 is due at 11:00.
        (table(), SHANGHAI, 60, ["2026-03-02 10:00"], "2026-03-02 11:00"),
        # It was due before the pause began: the pause does not put it off.
        (table(), SHANGHAI, 30, ["2026-03-02 10:00", "2026-03-02 12:00"], "2026-03-02 10:30"),
        # Paused short of it: not due at all.
        (table(), SHANGHAI, 240, ["2026-03-02 10:00", "2026-03-02 12:00"], None),
    ],
)
def test_a_promise_is_due(timetable, zone, minutes, boundaries, due):
    count = Count(timedelta(minutes=minutes), timetable, moments(zone, *boundaries))

    assert count.due_at == (due and moments(zone, due)[0])


def test_warnings_come_at_shares_of_the_time():
    # 4 h from Friday 16:00: half of it is at 18:00, 80 % (192 min) 72 min after Monday's opening.
    count = Count(timedelta(hours=4), table(), moments(SHANGHAI, "2026-03-06 16:00"))

    assert [count.reaches(share) for share in (50, 80, WHOLE)] == moments(
        SHANGHAI, "2026-03-06 18:00", "2026-03-09 10:12", "2026-03-09 11:00"
    )


def test_a_calendar_that_never_opens_makes_nothing_due():
    count = Count(timedelta(hours=4), table(("",) * 7), moments(SHANGHAI, "2026-03-06 16:00"))

    assert count.due_at is None


def test_a_clock_that_jumps_back_takes_no_time_away():
    start, earlier = moments(SHANGHAI, "2026-03-02 10:00", "2026-03-02 09:00")

    assert stopped([start], earlier) == [start, start]
    assert resumed([start, start], earlier) == [start, start, start]


@settings(max_examples=60, deadline=None)
@given(
    days=st.floats(0, 330),
    gaps=st.lists(st.integers(0, 5 * 24 * 60), min_size=0, max_size=6),
    minutes=st.integers(1, 6000),
    week=st.sampled_from([OFFICE, SPLIT, THREE, NIGHT, ALWAYS, None]),
    zone=st.sampled_from([SHANGHAI, BERLIN, NEW_YORK]),
)
def test_what_passed_and_what_is_left_add_up(days, gaps, minutes, week, zone):
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days)
    boundaries = [at]
    for gap in gaps:
        at += timedelta(minutes=gap)
        boundaries = stopped(boundaries, at) if len(boundaries) % 2 else resumed(boundaries, at)
    count = Count(timedelta(minutes=minutes), week and table(week, zone), boundaries)
    due = count.due_at

    if due is None:
        assert not count.is_running
        assert count.passed(at) < count.target
    else:
        until = [boundary for boundary in boundaries if boundary <= due]
        before = Count(count.target, count.timetable, until)
        assert before.passed(due) == count.target
        assert before.left(due) == timedelta()
