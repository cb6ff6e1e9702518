"""Calendars in the administration: the form, the picture of the year, the import."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.core.models import AuditEntry
from apps.sla.models import Calendar, CalendarDay
from apps.sla.selectors import default_calendar
from tests.factories.sla import CalendarFactory

pytestmark = pytest.mark.integration

FORM = {
    "name_zh_hans": "夜班",
    "name_en": "Night shift",
    "time_zone": "Europe/Berlin",
    "monday": "22:00-24:00",
    "saturday": "",
    "is_active": "on",
}


@pytest.fixture
def calendar(db) -> Calendar:
    return CalendarFactory(key="care")


def year_of(calendar: Calendar, year: int = 2026) -> str:
    return reverse("admin:calendar-year", args=[calendar.pk, year])


def send(office: Client, calendar: Calendar, **values):
    return office.post(reverse("admin:calendar-import", args=[calendar.pk]), {"year": "2026", **values}, follow=True)


def test_a_calendar_is_made_and_changed(office):
    office.post(reverse("admin:sla_calendar_add"), {**FORM, "key": "night"})
    calendar = Calendar.objects.get(key="night")
    assert calendar.week == ["22:00-24:00", "", "", "", "", "", ""]
    assert calendar.name == {"zh-hans": "夜班", "en": "Night shift"}

    office.post(reverse("admin:sla_calendar_change", args=[calendar.pk]), {**FORM, "saturday": "9:00－12:00"})
    calendar.refresh_from_db()
    assert calendar.week[5] == "09:00-12:00"
    actions = AuditEntry.objects.filter(subject_type="sla.calendar").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["sla.calendar.created", "sla.calendar.changed"]


@pytest.mark.parametrize("wrong", [{"monday": "late"}, {"time_zone": "Nowhere"}, {"key": "care"}])
def test_a_wrong_form_comes_back(office, calendar, wrong):
    response = office.post(reverse("admin:sla_calendar_add"), {**FORM, "key": "night", **wrong})

    assert response.status_code == 200
    assert response.context["adminform"].errors.keys() == wrong.keys()
    assert not Calendar.objects.filter(key="night").exists()


def test_the_default_is_chosen_and_cannot_be_switched_off(office, calendar):
    office.post(
        reverse("admin:sla_calendar_changelist"), {"action": "choose_default", "_selected_action": [calendar.pk]}
    )
    assert default_calendar() == calendar

    values = {**FORM, "is_active": ""}
    response = office.post(reverse("admin:sla_calendar_change", args=[calendar.pk]), values)
    assert response.context["adminform"].errors.keys() == {"is_active"}


def test_a_special_day_is_entered_changed_and_deleted(office, calendar):
    values = {"calendar": calendar.pk, "date": "2026-12-31", "kind": "hours", "hours": "9:00-12:00", "name_en": "Eve"}
    office.post(reverse("admin:sla_calendarday_add"), values)
    day = calendar.days.get()
    assert (day.hours, str(day.name)) == ("09:00-12:00", "Eve")

    office.post(reverse("admin:sla_calendarday_change", args=[day.pk]), {"kind": "holiday", "hours": ""})
    assert calendar.days.get().kind == "holiday"

    office.post(reverse("admin:sla_calendarday_delete", args=[day.pk]), {"post": "yes"})
    assert not calendar.days.exists()


def test_a_date_is_entered_once(office, calendar):
    CalendarDay.objects.create(calendar=calendar, date=date(2026, 5, 1), name={"en": "There"})

    response = office.post(
        reverse("admin:sla_calendarday_add"), {"calendar": calendar.pk, "date": "2026-05-01", "kind": "holiday"}
    )

    assert response.status_code == 200
    assert str(calendar.days.get().name) == "There"


def test_the_picture_tells_days_by_a_sign(office, calendar):
    send(office, calendar, source="cn")

    page = office.get(year_of(calendar)).content.decode()

    assert page.count('data-state="holiday"') == 33 + 1  # and the legend
    assert page.count('data-state="workday"') == 6 + 1
    assert 'title="2026-02-14 · Spring Festival · 09:00-12:00, 13:30-18:00"' in page
    assert f"?calendar={calendar.pk}&amp;date=2026-03-02" in page


def test_a_day_of_the_picture_leads_to_its_form(office, calendar):
    response = office.get(reverse("admin:sla_calendarday_add"), {"calendar": calendar.pk, "date": "2026-03-02"})

    assert 'value="2026-03-02"' in response.content.decode()
    assert response.context["adminform"].form["calendar"].value() == str(calendar.pk)


@pytest.mark.parametrize(("year", "status"), [(1970, 200), (2099, 200), (1969, 404), (2100, 404), (999999, 404)])
def test_years_that_have_a_picture(office, calendar, year, status):
    assert office.get(year_of(calendar, year)).status_code == status


def test_a_file_is_imported(office, calendar):
    content = (
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260309\r\nSUMMARY:Our day\r\n"
        b"END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    send(office, calendar, source="ics", file=SimpleUploadedFile("days.ics", content))

    assert [(day.date, day.source) for day in calendar.days.all()] == [(date(2026, 3, 9), "ics")]


@pytest.mark.parametrize(
    "values",
    [
        {"source": "ics"},
        {"source": "ics", "file": SimpleUploadedFile("days.ics", b"x" * 1_000_001)},
        {"source": "Atlantis"},
        {"source": "cn", "year": "MMXXVI"},
        {"source": "cn", "year": "10000"},
    ],
)
def test_a_wrong_import_comes_back(office, calendar, values):
    response = send(office, calendar, **values)

    assert response.status_code == 422
    assert response.context["form"].errors
    assert not calendar.days.exists()


@pytest.mark.parametrize("values", [{"source": "cn", "year": "2099"}, {"source": "ics"}])
def test_a_refused_import_says_why(office, calendar, values):
    if values["source"] == "ics":
        values = {**values, "file": SimpleUploadedFile("days.ics", b"no calendar")}
    response = send(office, calendar, **values)

    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    assert not calendar.days.exists()


@pytest.mark.parametrize("who", ["agent", "supervisor", "outsourcing_agent", "stranger"])
def test_nobody_else_sees_or_imports(cast, calendar, who):
    client = Client()
    client.force_login(cast[who])

    assert client.get(year_of(calendar), follow=True).status_code == 403
    assert send(client, calendar, source="cn").status_code == 403
    assert not calendar.days.exists()


def test_a_calendar_that_is_not_there(office, db):
    assert office.get(reverse("admin:calendar-year", args=[10**9, 2026])).status_code == 404
    assert office.get(reverse("admin:calendar-import", args=[1])).status_code == 405
