"""Where holidays come from: the notice for mainland China, other regions, files."""

from datetime import date

import pytest

from apps.sla.enums import DayKind
from apps.sla.errors import NotPublished, UnreadableCalendarFile
from apps.sla.sources.icalendar_file import MAX_BYTES, days_in_file
from apps.sla.sources.mainland import mainland_days
from apps.sla.sources.regions import region_days, regions

pytestmark = pytest.mark.unit


def ics(*entries: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\nUID:{n}\n{entry}\nEND:VEVENT\n" for n, entry in enumerate(entries))
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//\n{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def dates(content: bytes, year: int = 2026) -> list[str]:
    return [day.date.isoformat() for day in days_in_file(content, year)]


# --- Mainland China ------------------------------------------------------------------------------------------------


def test_make_up_days_of_2026():
    """State Council, 国办发明电〔2025〕7号."""
    worked = [day for day in mainland_days(2026) if day.kind is DayKind.WORKDAY]

    assert [day.date.isoformat()[5:] for day in worked] == ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]
    assert worked[1].name == {"zh-hans": "春节", "en": "Spring Festival"}


def test_holidays_of_2026():
    closed = [day.date for day in mainland_days(2026) if day.kind is DayKind.HOLIDAY]

    spans = [("01-01", 3), ("02-15", 9), ("04-04", 3), ("05-01", 5), ("06-19", 3), ("09-25", 3), ("10-01", 7)]
    expected = [
        date.fromordinal(date.fromisoformat(f"2026-{first}").toordinal() + n)
        for first, days in spans
        for n in range(days)
    ]
    assert closed == expected


def test_a_year_without_a_notice_is_said_to_be_unknown():
    with pytest.raises(NotPublished) as refused:
        mainland_days(2099)
    assert "2099" in refused.value.detail()


# --- Other regions -------------------------------------------------------------------------------------------------


def test_a_region_speaks_its_languages():
    new_year = region_days("HK", 2026)[0]

    assert new_year.date == date(2026, 1, 1)
    assert set(new_year.name) == {"zh-hans", "en"}


def test_a_region_without_our_languages_keeps_its_own():
    assert all(day.name for day in region_days("BR", 2026))


def test_mainland_china_has_a_source_of_its_own():
    codes = {code for code, _name in regions("zh-hans")}

    assert "CN" not in codes
    assert {"HK", "US", "DE"} <= codes


# --- Files ---------------------------------------------------------------------------------------------------------


def test_an_entry_of_several_days():
    assert dates(ics("DTSTART;VALUE=DATE:20260501\nDTEND;VALUE=DATE:20260504\nSUMMARY:劳动节")) == [
        "2026-05-01",
        "2026-05-02",
        "2026-05-03",
    ]


@pytest.mark.parametrize(
    ("more", "kind", "name"),
    [
        ("SUMMARY:春节（休）", DayKind.HOLIDAY, "春节"),
        ("SUMMARY:春节（班）", DayKind.WORKDAY, "春节"),
        ("SUMMARY:国庆节补班", DayKind.WORKDAY, "国庆节补班"),
        ("SUMMARY:Make-up workday", DayKind.WORKDAY, "Make-up workday"),
        ("SUMMARY:国庆节\nX-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY", DayKind.WORKDAY, "国庆节"),
        ("SUMMARY:班级日", DayKind.HOLIDAY, "班级日"),
        ("CLASS:PUBLIC", DayKind.HOLIDAY, ""),
    ],
)
def test_kinds_of_entries(more, kind, name):
    (day,) = days_in_file(ics(f"DTSTART;VALUE=DATE:20260214\n{more}"), 2026)

    assert (day.kind, day.name) == (kind, {"zh-hans": name})


@pytest.mark.parametrize("order", [1, -1])
def test_a_working_day_wins_over_a_holiday(order):
    entries = ["DTSTART;VALUE=DATE:20260214\nSUMMARY:情人节", "DTSTART;VALUE=DATE:20260214\nSUMMARY:春节（班）"]

    (day,) = days_in_file(ics(*entries[::order]), 2026)

    assert day.kind is DayKind.WORKDAY


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("FREQ=YEARLY", ["2026-11-26"]),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", ["2026-11-26"]),
        ("FREQ=YEARLY;COUNT=3", []),
        ("FREQ=YEARLY;COUNT=7", ["2026-11-26"]),
        ("FREQ=YEARLY;UNTIL=20251231", []),
        ("FREQ=YEARLY;INTERVAL=2", ["2026-11-26"]),
        ("FREQ=YEARLY;INTERVAL=4", []),
        ("FREQ=YEARLY;INTERVAL=0", []),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=-1TH", ["2026-11-26"]),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=5TH", []),
        ("FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=26", ["2026-11-26"]),
        ("FREQ=YEARLY;BYMONTH=13", []),
        ("FREQ=YEARLY;BYMONTH=13;BYDAY=1TH", []),
        ("FREQ=YEARLY;BYMONTH=11,12", []),
        ("FREQ=YEARLY;INTERVAL=1,2", []),
        ("FREQ=YEARLY;BYDAY=TH", []),
        ("FREQ=YEARLY;BYDAY=4TH", []),
        ("FREQ=YEARLY;BYYEARDAY=330", []),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", []),
        ("FREQ=WEEKLY", []),
        ("FREQ=SECONDLY", []),
    ],
)
def test_entries_that_return(rule, found):
    """Thanksgiving of 2020 was on 26 November, as that of 2026 is."""
    assert dates(ics(f"DTSTART;VALUE=DATE:20201126\nRRULE:{rule}\nSUMMARY:Thanksgiving")) == found


def test_what_is_no_special_day_is_left_aside():
    content = ics(
        "DTSTART:20260302T090000Z\nDTEND:20260302T100000Z\nSUMMARY:Meeting",
        "SUMMARY:No date at all",
        "DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20270101\nSUMMARY:Year of the horse",
        "DTSTART;VALUE=DATE:20250501\nSUMMARY:Another year",
        "DTSTART;VALUE=DATE:20260601\nDTEND;VALUE=DATE:20260601\nSUMMARY:Ends as it begins",
    )

    assert dates(content) == ["2026-06-01"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a calendar",
        b"\xff\xfe\x00binary",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\n" * 3000,
        b"x" * (MAX_BYTES + 1),
        b"<?xml version='1.0'?><a/>",
    ],
)
def test_other_files_are_refused(content):
    with pytest.raises(UnreadableCalendarFile):
        days_in_file(content, 2026)


def test_damaged_values_do_not_break_the_rest():
    content = ics(
        "DTSTART;VALUE=DATE:20261399\nSUMMARY:No such day",
        "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;BYDAY=99XX\nSUMMARY:No such rule",
        "DTSTART;VALUE=DATE:20260501\nSUMMARY:劳动节",
    )

    assert "2026-05-01" in dates(content)
