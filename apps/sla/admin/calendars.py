from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.admin.base import ModelForm, StaffAdmin, actor_of, for_each
from apps.sla.forms import WEEK_FIELDS, CalendarForm
from apps.sla.models import Calendar
from apps.sla.services import calendars


@admin.register(Calendar)
class CalendarAdmin(StaffAdmin[Calendar]):
    """A week's hours in a time zone. The days on which others hold are on the picture of the year."""

    view_code = change_code = "channels.configure"
    form = CalendarForm
    list_display = ("key", "name", "time_zone", "picture", "is_default", "is_active")
    list_filter = ("is_active",)
    search_fields = ("key", "name__zh-hans", "name__en")
    actions = ("choose_default",)

    @admin.display(description=_("year"))
    def picture(self, calendar: Calendar) -> SafeString:
        address = reverse("admin:calendar-year", args=[calendar.pk, clock.now().year])
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>',
            address,
            gettext("Picture of the year"),
        )

    def get_fieldsets(self, request: HttpRequest, obj: Calendar | None = None) -> Any:
        more = ("is_active", "picture") if obj is not None else ()
        return (
            (None, {"fields": ("key", "name", "time_zone", *more)}),
            (_("Weekly hours"), {"fields": WEEK_FIELDS}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Calendar | None = None) -> tuple[str, ...]:
        return ("key", "picture") if obj is not None else ("picture",)

    def save_model(self, request: HttpRequest, obj: Calendar, form: ModelForm[Calendar], change: bool) -> None:
        by, values = actor_of(request), form.cleaned_data
        said = {"name": values["name"], "time_zone": values["time_zone"], "week": [values[day] for day in WEEK_FIELDS]}
        if change:
            calendars.change_calendar(calendar=obj, by=by, is_active=values["is_active"], **said)
        else:
            obj.pk = calendars.create_calendar(by=by, key=values["key"], **said).pk
            obj._state.adding = False
        obj.refresh_from_db()

    @for_each(_("Make it the default"), "channels.configure")
    def choose_default(self, request: HttpRequest, calendar: Calendar) -> None:
        calendars.make_default(calendar=calendar, by=actor_of(request))
