from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.core.admin.base import ModelForm, StaffAdmin, actor_of
from apps.sla.forms import CalendarDayForm
from apps.sla.models import CalendarDay
from apps.sla.services import days


@admin.register(CalendarDay)
class CalendarDayAdmin(StaffAdmin[CalendarDay]):
    """Holidays, make-up working days and other hours of single dates."""

    view_code = change_code = "channels.configure"
    may_delete = True
    form = CalendarDayForm
    list_display = ("date", "calendar", "kind", "name", "hours", "source")
    list_filter = ("calendar", "kind", "source")
    list_select_related = ("calendar",)
    date_hierarchy = "date"
    ordering = ("-date", "calendar")

    def get_readonly_fields(self, request: HttpRequest, obj: CalendarDay | None = None) -> tuple[str, ...]:
        return ("calendar", "date") if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: CalendarDay, form: ModelForm[CalendarDay], change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in ("kind", "name", "hours")}
        row = days.set_day(calendar=obj.calendar, date=obj.date, by=actor_of(request), **values)
        obj.pk = row.pk
        obj._state.adding = False
        obj.refresh_from_db()

    def delete_model(self, request: HttpRequest, obj: CalendarDay) -> None:
        days.remove_day(day=obj, by=actor_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[CalendarDay]) -> None:
        for day in queryset.select_related("calendar"):
            days.remove_day(day=day, by=actor_of(request))
