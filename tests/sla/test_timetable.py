"""Working time as arithmetic. The expected values are worked by hand."""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.sla.errors import NeverCloses, NeverOpens, TooFar
from apps.sla.timetable import Timetable, UnreadableHours, read_hours, write_hours

pytestmark = pytest.mark.unit

SHANGHAI, BERLIN, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
OFFICE = ("09:00-18:00",) * 5 + ("", "")
SPLIT = ("09:00-12:00, 13:30-18:00",) * 5 + ("", "")
NIGHT = ("00:00-06:00, 22:00-24:00",) * 7
ALWAYS = ("00:00-24:00",) * 7
NEVER = ("",) * 7

# The State Council's notice for 2026 (国办发明电〔2025〕7号), as `chinese-calendar` 1.11 carries it; the days that the
# examples below touch. Correct them here if the notice is changed.
SPRING_FESTIVAL_2026 = [date(2026, 2, day) for day in range(15, 24)]
NATIONAL_DAY_2026 = [date(2026, 10, day) for day in range(1, 8)]
MADE_UP_2026 = [date(2026, 2, 14), date(2026, 2, 28), date(2026, 9, 20), date(2026, 10, 10)]


def table(week=OFFICE, zone=SHANGHAI, closed=(), worked=(), **days) -> Timetable:
    hours = tuple(read_hours(text) for text in week)
    special = dict.fromkeys(closed, ()) | dict.fromkeys(worked, hours[0])
    special |= {date.fromisoformat(day[1:].replace("_", "-")): read_hours(text) for day, text in days.items()}
    return Timetable(zone, hours, special)


CHINA = table(closed=[*SPRING_FESTIVAL_2026, *NATIONAL_DAY_2026], worked=MADE_UP_2026)


def local(text: str, zone=SHANGHAI, fold=0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


# --- Worked examples -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("timetable", "start", "duration", "end"),
    [
        # Within a day, over the evening, over a weekend.
        (table(), "2026-03-02 10:00", 4, "2026-03-02 14:00"),
        (table(), "2026-03-02 10:00", 8, "2026-03-02 18:00"),
        (table(), "2026-03-02 17:00", 2, "2026-03-03 10:00"),
        (table(), "2026-03-06 17:30", 1, "2026-03-09 09:30"),
        # Begun before opening, after closing, on a Sunday.
        (table(), "2026-03-02 07:12", 1, "2026-03-02 10:00"),
        (table(), "2026-03-02 21:00", 1, "2026-03-03 10:00"),
        (table(), "2026-03-08 12:00", 9, "2026-03-09 18:00"),
        # The break at noon does not count.
        (table(SPLIT), "2026-03-02 11:00", 2, "2026-03-02 14:30"),
        (table(SPLIT), "2026-03-02 12:30", 1, "2026-03-02 14:30"),
        (table(SPLIT), "2026-03-02 09:00", 7.5, "2026-03-02 18:00"),
        # Over midnight.
        (table(NIGHT), "2026-03-02 23:00", 2, "2026-03-03 01:00"),
        (table(NIGHT), "2026-03-02 23:00", 8, "2026-03-03 23:00"),
        (table(ALWAYS), "2026-03-02 23:00", 48, "2026-03-04 23:00"),
        # Spring Festival: Saturday the 14th is worked, then nine days of holiday, then Tuesday the 24th.
        (CHINA, "2026-02-13 17:00", 2, "2026-02-14 10:00"),
        (CHINA, "2026-02-14 17:00", 2, "2026-02-24 10:00"),
        (CHINA, "2026-02-18 12:00", 9, "2026-02-24 18:00"),
        (CHINA, "2026-02-27 17:00", 2, "2026-02-28 10:00"),
        (CHINA, "2026-02-28 17:00", 2, "2026-03-02 10:00"),
        # National Day: Sunday 20 September and Saturday 10 October are worked.
        (CHINA, "2026-09-19 12:00", 1, "2026-09-20 10:00"),
        (CHINA, "2026-09-30 17:00", 2, "2026-10-08 10:00"),
        (CHINA, "2026-10-09 17:00", 2, "2026-10-10 10:00"),
        (CHINA, "2026-10-10 17:00", 2, "2026-10-12 10:00"),
        # Other hours on one date: 31 December until noon.
        (table(d2026_12_31="09:00-12:00"), "2026-12-31 11:00", 2, "2027-01-01 10:00"),
    ],
)
def test_working_time_is_added(timetable, start, duration, end):
    start, end = local(start), local(end)

    assert timetable.add_working_time(start, hours(duration)) == end
    assert timetable.working_time_between(start, end) == hours(duration)


@pytest.mark.parametrize(
    ("week", "zone", "start", "end", "worked"),
    [
        # Berlin: 29 March 2026 has 23 hours, 25 October has 25.
        (ALWAYS, BERLIN, "2026-03-29 00:00", "2026-03-30 00:00", 23),
        (ALWAYS, BERLIN, "2026-10-25 00:00", "2026-10-26 00:00", 25),
        (NIGHT, BERLIN, "2026-03-28 22:00", "2026-03-29 06:00", 7),
        (NIGHT, BERLIN, "2026-10-24 22:00", "2026-10-25 06:00", 9),
        # New York: 8 March and 1 November.
        (NIGHT, NEW_YORK, "2026-03-07 22:00", "2026-03-08 06:00", 7),
        (NIGHT, NEW_YORK, "2026-10-31 22:00", "2026-11-01 06:00", 9),
        # An office notices nothing, whatever the clock did over the weekend.
        (OFFICE, BERLIN, "2026-03-27 17:00", "2026-03-30 10:00", 2),
        (OFFICE, BERLIN, "2026-10-23 17:00", "2026-10-26 10:00", 2),
        # Hours that the clock skips have no length; those that it shows twice begin with the first.
        (("02:00-03:00",) * 7, BERLIN, "2026-03-29 00:00", "2026-03-30 00:00", 0),
        (("02:15-03:30",) * 7, BERLIN, "2026-03-29 00:00", "2026-03-30 00:00", 0.5),
        (("02:00-03:00",) * 7, BERLIN, "2026-10-25 00:00", "2026-10-26 00:00", 2),
        (("02:30-05:00",) * 7, BERLIN, "2026-10-25 00:00", "2026-10-26 00:00", 3.5),
    ],
)
def test_a_clock_put_forward_or_back(week, zone, start, end, worked):
    timetable = table(week, zone)
    start, end = local(start, zone), local(end, zone)

    assert timetable.working_time_between(start, end) == hours(worked)
    if worked:
        assert timetable.working_time_between(start, timetable.add_working_time(start, hours(worked))) == hours(worked)


def test_both_hours_that_the_clock_shows_twice_are_open():
    timetable = table(("02:00-03:00",) * 7, BERLIN)

    assert timetable.is_open(local("2026-10-25 02:30", BERLIN, fold=0))
    assert timetable.is_open(local("2026-10-25 02:30", BERLIN, fold=1))
    assert not timetable.is_open(local("2026-10-25 03:00", BERLIN))


def test_a_clock_put_back_over_midnight():
    """St. John's put its clocks back at 00:01, so that the last hour of a day came after its midnight."""
    zone = ZoneInfo("America/St_Johns")
    timetable = table(("00:00-24:00",) * 5 + ("", "00:00-24:00"), zone)  # closed on Saturdays
    first_minute_of_sunday = datetime(2010, 11, 7, 2, 30, tzinfo=UTC)  # 00:00 in summer time, 02:30 in UTC

    assert timetable.next_opening(local("2010-11-06 12:00", zone)) == first_minute_of_sunday
    assert timetable.is_open(first_minute_of_sunday + hours(0.5))  # the clock shows 23:30 of Saturday again
    assert timetable.working_time_between(first_minute_of_sunday, local("2010-11-08 00:00", zone)) == hours(25)


def test_a_day_that_was_skipped_is_no_day():
    """Samoa had no 30 December 2011."""
    zone = ZoneInfo("Pacific/Apia")

    assert table(ALWAYS, zone).working_time_between(
        local("2011-12-29 00:00", zone), local("2012-01-01 00:00", zone)
    ) == hours(48)


# --- Open, opening, closing ----------------------------------------------------------------------------------------


def test_hours_begin_with_their_first_moment_and_end_before_their_last():
    assert table().is_open(local("2026-03-02 09:00"))
    assert table().is_open(local("2026-03-02 17:59:59.999999"))
    assert not table().is_open(local("2026-03-02 18:00"))
    assert not table().is_open(local("2026-03-02 08:59:59.999999"))


def test_holidays_and_make_up_days_are_told_apart():
    assert not CHINA.is_open(local("2026-02-16 10:00"))  # a Monday of Spring Festival
    assert CHINA.is_open(local("2026-02-14 10:00"))  # a Saturday, worked
    assert not CHINA.is_open(local("2026-02-07 10:00"))  # any other Saturday


def test_one_moment_is_the_same_in_every_zone():
    assert table().is_open(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
    assert not table().is_open(datetime(2026, 3, 2, 0, 59, tzinfo=UTC))


@pytest.mark.parametrize(
    ("at", "opening", "closing"),
    [
        ("2026-03-02 10:00", "2026-03-02 10:00", "2026-03-02 12:00"),
        ("2026-03-02 12:00", "2026-03-02 13:30", "2026-03-02 18:00"),
        ("2026-03-06 18:00", "2026-03-09 09:00", "2026-03-09 12:00"),
    ],
)
def test_next_opening_and_closing(at, opening, closing):
    assert table(SPLIT).next_opening(local(at)) == local(opening)
    assert table(SPLIT).next_closing(local(at)) == local(closing)


def test_hours_that_touch_at_midnight_are_one_opening():
    assert table(NIGHT).next_closing(local("2026-03-02 23:00")) == local("2026-03-03 06:00")


def test_the_last_opening_there_is_closes():
    timetable = table(NEVER, d2026_03_02="09:00-10:00")

    assert timetable.next_closing(local("2026-03-01 09:00")) == local("2026-03-02 10:00")


def test_what_never_opens_says_so():
    for ask in ("next_opening", "next_closing"):
        with pytest.raises(NeverOpens):
            getattr(table(NEVER), ask)(local("2026-03-02 09:00"))
    with pytest.raises(NeverOpens):
        table(NEVER).add_working_time(local("2026-03-02 09:00"), hours(1))
    assert table(NEVER).working_time_between(local("2026-03-02 09:00"), local("2027-03-02 09:00")) == timedelta()


def test_what_never_closes_says_so():
    with pytest.raises(NeverCloses):
        table(ALWAYS).next_closing(local("2026-03-02 09:00"))


def test_no_time_lies_before_the_start():
    assert table().working_time_between(local("2026-03-03 09:00"), local("2026-03-02 09:00")) == timedelta()


def test_no_duration_leaves_the_moment_where_it_is():
    assert table().add_working_time(local("2026-03-08 12:00"), timedelta()) == local("2026-03-08 12:00")


# --- Bounds --------------------------------------------------------------------------------------------------------


def test_a_year_of_working_time_is_quick():
    began = time.perf_counter()
    end = table(SPLIT, BERLIN).add_working_time(local("2026-03-02 09:00", BERLIN), timedelta(hours=7.5 * 260))

    assert end == local("2027-02-26 18:00", BERLIN)
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize("duration", [timedelta(days=366 * 31), timedelta.max])
def test_more_than_can_be_reached_is_refused(duration):
    with pytest.raises(TooFar):
        table(ALWAYS).add_working_time(local("2026-03-02 09:00"), duration)


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
def test_ends_of_the_world_are_refused(at):
    with pytest.raises(TooFar):
        table().is_open(at)
    with pytest.raises(TooFar):
        table().working_time_between(datetime(1900, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        table().is_open(datetime(2026, 3, 2, 9, 0))  # noqa: DTZ001 (this is the point)


def test_working_time_does_not_run_backwards():
    with pytest.raises(ValueError, match="forwards"):
        table().add_working_time(local("2026-03-02 09:00"), hours(-1))


# --- Whatever the calendar -----------------------------------------------------------------------------------------


@st.composite
def day_hours(draw):
    cuts = draw(st.lists(st.integers(0, 96), min_size=0, max_size=6, unique=True))
    cuts = sorted(15 * cut for cut in cuts)
    return tuple(zip(cuts[0::2], cuts[1::2], strict=False))


ZONES = [
    ZoneInfo(key)
    for key in ("UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo")
]
DATES = st.dates(date(2010, 1, 1), date(2030, 1, 1))
# In UTC, for Python finds no moment equal to a wall time that its zone skips.
MOMENTS = st.datetimes(datetime(2010, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
SPANS = st.timedeltas(timedelta(0), timedelta(days=30))
TABLES = st.builds(
    Timetable,
    st.sampled_from(ZONES),
    st.tuples(*[day_hours()] * 7).filter(any),
    st.dictionaries(DATES, day_hours(), max_size=5),
)
OFTEN = settings(max_examples=40, deadline=None)


@OFTEN
@given(TABLES, MOMENTS, SPANS)
def test_what_is_added_lies_between(timetable, start, span):
    assert timetable.working_time_between(start, timetable.add_working_time(start, span)) == span


@OFTEN
@given(TABLES, MOMENTS, SPANS, SPANS)
def test_more_time_ends_no_earlier(timetable, start, span, more):
    assert timetable.add_working_time(start, span) <= timetable.add_working_time(start, span + more)


@OFTEN
@given(TABLES, MOMENTS, SPANS, SPANS)
def test_a_later_start_ends_no_earlier(timetable, start, later, span):
    span += timedelta(minutes=1)

    assert timetable.add_working_time(start, span) <= timetable.add_working_time(start + later, span)


@OFTEN
@given(TABLES, MOMENTS, SPANS, SPANS)
def test_parts_add_up_to_the_whole(timetable, start, first, second):
    a, b, c = start, start + first, start + first + second

    whole = timetable.working_time_between(a, c)
    assert whole == timetable.working_time_between(a, b) + timetable.working_time_between(b, c)
    assert timedelta() <= whole <= c - a


@OFTEN
@given(TABLES, MOMENTS)
def test_opening_and_closing_bound_an_opening(timetable, at):
    opening = timetable.next_opening(at)
    assert opening >= at
    assert timetable.is_open(opening)
    assert timetable.working_time_between(at, opening) == timedelta()
    assert timetable.is_open(at) == (opening == at)
    try:
        closing = timetable.next_closing(at)
    except NeverCloses:
        assert timetable.is_open(at + timedelta(days=400))
        return
    assert not timetable.is_open(closing)
    assert timetable.working_time_between(opening, closing) == closing - opening


# --- Hours as people write them ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("09:00-18:00", "09:00-18:00"),
        ("9:00-12:00,13:30-18:00", "09:00-12:00, 13:30-18:00"),
        ("13:30-18:00 9:00-12:00", "09:00-12:00, 13:30-18:00"),
        ("９：００－１２：００，１３：３０～１８：００", "09:00-12:00, 13:30-18:00"),
        ("9:00至12:00、13:30到18:00", "09:00-12:00, 13:30-18:00"),
        ("22:00–24:00", "22:00-24:00"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_hours_are_read(text, written):
    assert write_hours(read_hours(text)) == written
    assert read_hours(written) == read_hours(text)


@pytest.mark.parametrize(
    "text",
    [
        "9-18",
        "18:00-09:00",
        "09:00-09:00",
        "09:00-24:01",
        "09:60-10:00",
        "09:00-12:00, 11:00-13:00",
        "09:00-12:00, 12:00-13:00",
        "09:00-12:0013:00-14:00",
        "09:00-12:00 and more",
        "nine to five",
        "٠٩:٠٠-١٨:٠٠",
    ],
)
def test_what_is_not_hours_is_refused(text):
    with pytest.raises(UnreadableHours):
        read_hours(text)
