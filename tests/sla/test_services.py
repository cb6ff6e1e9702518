"""Calendars and their days are changed by whoever may configure channels, with a line in the audit trail."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.test import override_settings

from apps.core.actor import SYSTEM, person
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.models import AuditEntry
from apps.demo.seed.world import build_world
from apps.sla.enums import DayKind
from apps.sla.errors import DefaultCalendarStays
from apps.sla.models import Calendar, CalendarDay
from apps.sla.selectors import default_calendar, timetable_of, year_picture
from apps.sla.services.calendars import change_calendar, create_calendar, make_default
from apps.sla.services.days import import_days, remove_day, set_day
from apps.sla.sources.days import ImportedDay
from apps.sla.sources.mainland import mainland_days
from tests.factories.sla import CalendarFactory

pytestmark = pytest.mark.integration

WEEK = ["09:00-18:00"] * 5 + ["", ""]
REFUSED = ("agent", "teammate", "supervisor", "outsourcing_agent", "stranger")


@pytest.fixture
def calendar(db) -> Calendar:
    return CalendarFactory(key="care")


@pytest.fixture
def by(manager):
    return person(manager)


def state() -> list:
    calendars = list(Calendar.objects.order_by("pk").values_list("key", "name", "time_zone", "week", "is_default"))
    return [calendars, list(CalendarDay.objects.order_by("pk").values_list("date", "kind", "hours", "source"))]


def told(action: str) -> dict:
    (entry,) = AuditEntry.objects.filter(action=action)
    return entry.details


def test_an_installation_has_one_default_calendar(db):
    assert default_calendar().week == ["09:00-18:00"] * 5 + ["", ""]
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarFactory(is_default=True)


@pytest.mark.parametrize("broken", [{"week": WEEK[:6]}, {"is_default": True, "is_active": False}])
def test_the_database_refuses_calendars_that_make_no_sense(db, broken):
    Calendar.objects.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarFactory(**broken)


@pytest.mark.parametrize("broken", [{"kind": "holiday", "hours": "09:00-10:00"}, {"kind": "hours"}])
def test_the_database_refuses_days_that_make_no_sense(calendar, broken):
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarDay.objects.create(calendar=calendar, date=date(2026, 5, 1), **broken)


def test_a_calendar_is_made(by):
    calendar = create_calendar(
        by=by, key="night", name={"en": "Night"}, time_zone="Europe/Berlin", week=["22:00－24:00, 0:00-6:00", *[""] * 6]
    )

    calendar.refresh_from_db()
    assert calendar.week[0] == "00:00-06:00, 22:00-24:00"
    assert not calendar.is_default
    assert told("sla.calendar.created")["key"] == "night"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"key": "standard"}, "key"),
        ({"key": "no spaces"}, "key"),
        ({"key": "x" * 51}, "key"),
        ({"name": {}}, "name"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"week": WEEK[:6]}, "week"),
        ({"week": ["18:00-09:00", *WEEK[1:]]}, "week"),
        ({"week": [", ".join(f"{n:02}:00-{n:02}:30" for n in range(24)), *WEEK[1:]]}, "week"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(by, wrong, field):
    before = state()
    values = {"key": "new", "name": {"en": "New"}, "time_zone": "Asia/Shanghai", "week": WEEK, **wrong}

    with pytest.raises(InvalidInput) as refused:
        create_calendar(by=by, **values)

    assert list(refused.value.fields) == [field]
    assert state() == before


def test_a_change_is_told_with_old_and_new(calendar, by):
    change_calendar(calendar=calendar, by=by, time_zone="Asia/Tokyo", name=calendar.name)

    calendar.refresh_from_db()
    assert calendar.time_zone == "Asia/Tokyo"
    assert told("sla.calendar.changed") == {"time_zone": ["Asia/Shanghai", "Asia/Tokyo"]}


def test_what_changes_nothing_is_not_told(calendar, by):
    change_calendar(calendar=calendar, by=by, week=list(calendar.week))

    assert not AuditEntry.objects.filter(action="sla.calendar.changed").exists()


def test_another_default(calendar, by):
    make_default(calendar=calendar, by=by)

    assert default_calendar() == calendar
    assert Calendar.objects.filter(is_default=True).count() == 1
    with pytest.raises(DefaultCalendarStays):
        change_calendar(calendar=calendar, by=by, is_active=False)
    calendar.refresh_from_db()
    assert calendar.is_active


@pytest.mark.parametrize("who", REFUSED)
def test_nobody_else_changes_anything(cast, calendar, who):
    day = CalendarDay.objects.create(calendar=calendar, date=date(2026, 5, 1))
    before, by = state(), person(cast[who])
    attempts = (
        lambda: create_calendar(by=by, key="new", name={"en": "New"}, time_zone="UTC", week=WEEK),
        lambda: change_calendar(calendar=calendar, by=by, time_zone="UTC"),
        lambda: make_default(calendar=calendar, by=by),
        lambda: set_day(calendar=calendar, date=date(2026, 5, 2), by=by),
        lambda: remove_day(day=day, by=by),
        lambda: import_days(calendar=calendar, year=2026, source="cn", days=mainland_days(2026), by=by),
    )

    for attempt in attempts:
        with pytest.raises(PermissionRefused):
            attempt()

    assert state() == before
    assert not AuditEntry.objects.filter(action__startswith="sla.").exists()
    assert not Calendar.objects.visible_to(by).exists()
    assert not CalendarDay.objects.visible_to(by).exists()


def test_a_day_is_set_and_set_again_and_removed(calendar, by):
    set_day(calendar=calendar, date=date(2026, 12, 31), by=by, name={"en": "Old year"})
    day = set_day(calendar=calendar, date=date(2026, 12, 31), by=by, kind="hours", hours="9:00-12:00")

    assert calendar.days.get().hours == "09:00-12:00"
    remove_day(day=day, by=by)
    assert not calendar.days.exists()
    with pytest.raises(NotVisible):
        remove_day(day=day, by=by)
    assert AuditEntry.objects.filter(action="sla.calendar.day_set").count() == 2
    assert told("sla.calendar.day_removed")["before"]["date"] == "2026-12-31"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "party"}, "kind"),
        ({"kind": "hours"}, "hours"),
        ({"kind": "hours", "hours": "late"}, "hours"),
        ({"kind": "holiday", "hours": "09:00-10:00"}, "hours"),
    ],
)
def test_a_day_that_makes_no_sense_is_refused(calendar, by, wrong, field):
    with pytest.raises(InvalidInput) as refused:
        set_day(calendar=calendar, date=date(2026, 5, 1), by=by, **wrong)

    assert list(refused.value.fields) == [field]
    assert not calendar.days.exists()


def test_an_import_leaves_what_was_entered_by_hand(calendar, by):
    set_day(calendar=calendar, date=date(2026, 10, 1), by=by, kind="hours", hours="10:00-16:00")

    imported = import_days(calendar=calendar, year=2026, source="cn", days=mainland_days(2026), by=by)

    assert (imported.taken, imported.kept) == (38, 1)
    assert calendar.days.get(date=date(2026, 10, 1)).hours == "10:00-16:00"
    assert told("sla.calendar.day_imported") == {"year": 2026, "source": "cn", "taken": 38, "kept": 1}


def test_an_import_replaces_its_own_year_only(calendar, by):
    others = [ImportedDay(date(2025, 5, 1)), ImportedDay(date(2026, 1, 2))]
    import_days(calendar=calendar, year=2025, source="cn", days=others, by=by)
    import_days(calendar=calendar, year=2026, source="ics", days=others, by=by)
    import_days(calendar=calendar, year=2026, source="cn", days=[ImportedDay(date(2026, 5, 1))], by=by)

    import_days(calendar=calendar, year=2026, source="cn", days=[ImportedDay(date(2026, 5, 4))], by=by)

    found = calendar.days.order_by("date").values_list("date", "source")
    assert list(found) == [(date(2025, 5, 1), "cn"), (date(2026, 1, 2), "ics"), (date(2026, 5, 4), "cn")]


def test_a_calendar_counts_with_its_days(calendar, by):
    """Spring Festival of 2026, with a lunch break: from Saturday 14 February, which is worked, to Tuesday the 24th."""
    import_days(calendar=calendar, year=2026, source="cn", days=mainland_days(2026), by=by)
    zone = ZoneInfo("Asia/Shanghai")
    start = datetime(2026, 2, 14, 17, 0, tzinfo=zone)

    due = timetable_of(calendar).add_working_time(start, timedelta(hours=4.5))

    assert due == datetime(2026, 2, 24, 14, 0, tzinfo=zone)


def test_a_make_up_day_may_have_hours_of_its_own(calendar, by):
    set_day(calendar=calendar, date=date(2026, 2, 14), by=by, kind=DayKind.WORKDAY, hours="10:00-15:00")

    assert timetable_of(calendar).hours_on(date(2026, 2, 14)) == ((600, 900),)


def test_the_picture_of_a_year_shows_every_day_once(calendar, by):
    import_days(calendar=calendar, year=2026, source="cn", days=mainland_days(2026), by=by)

    cells = [cell for month in year_picture(calendar, 2026) for row in month.rows for cell in row if cell]

    assert [cell.date for cell in cells] == [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    states = [cell.state for cell in cells]
    # 261 weekdays and 104 days of weekend, of which the notice closes 19 and 14, and opens 6.
    assert {state: states.count(state) for state in set(states)} == {
        "open": 242,
        "closed": 84,
        "holiday": 33,
        "workday": 6,
    }


def test_the_machinery_sees_every_calendar(calendar):
    assert calendar in Calendar.objects.visible_to(SYSTEM)


def test_the_demo_knows_a_year_of_holidays(db):
    with override_settings(DEMO=True, DEMO_API_TOKEN="cct_demo"):
        build_world(password="contact-center")

    kinds = set(default_calendar().days.filter(source="cn").values_list("kind", flat=True))
    assert kinds == {"holiday", "workday"}
