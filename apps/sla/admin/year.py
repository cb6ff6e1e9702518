"""The picture of a calendar's year, and the import of its holidays."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.dates import MONTHS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.admin_site import StaffSite
from apps.core import clock
from apps.core.admin.base import actor_of
from apps.core.errors import AppError
from apps.core.permissions import may
from apps.sla.forms import ImportForm
from apps.sla.models import Calendar
from apps.sla.selectors import YEARS, year_picture
from apps.sla.services.days import Imported, import_days
from apps.sla.sources import icalendar_file, mainland, regions
from apps.sla.sources.days import ImportedDay


@require_GET
def year_view(request: HttpRequest, pk: int, year: int) -> HttpResponse:
    if year not in YEARS:
        raise Http404
    return _page(request, _calendar(request, pk), year, ImportForm(initial={"year": year}))


@require_POST
def import_view(request: HttpRequest, pk: int) -> HttpResponse:
    calendar, form = _calendar(request, pk), ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, calendar, _asked_year(form), form, status=422)
    year = form.cleaned_data["year"]
    try:
        imported = _import(request, calendar, form)
    except AppError as refusal:
        messages.error(request, refusal.detail())
    else:
        messages.success(request, _told(imported))
    return redirect("admin:calendar-year", calendar.pk, year)


def add_to(site: object) -> None:
    if isinstance(site, StaffSite):
        site.add_page("calendars/<int:pk>/<int:year>/", year_view, name="calendar-year")
        site.add_page("calendars/<int:pk>/import/", import_view, name="calendar-import")


def _calendar(request: HttpRequest, pk: int) -> Calendar:
    actor = actor_of(request)
    if not may(actor, "channels.configure"):
        raise PermissionDenied
    return get_object_or_404(Calendar.objects.visible_to(actor), pk=pk)


def _page(request: HttpRequest, calendar: Calendar, year: int, form: ImportForm, status: int = 200) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": f"{calendar} · {year}",
        "calendar": calendar,
        "year": year,
        "earlier": year - 1 if year - 1 in YEARS else None,
        "later": year + 1 if year + 1 in YEARS else None,
        "months": [(MONTHS[picture.month], picture) for picture in year_picture(calendar, year)],
        "weekdays": [WEEKDAYS_ABBR[number] for number in range(7)],
        "form": form,
    }
    return TemplateResponse(request, "admin/sla/year.html", context, status=status)


def _import(request: HttpRequest, calendar: Calendar, form: ImportForm) -> Imported:
    year, source = form.cleaned_data["year"], form.cleaned_data["source"]
    return import_days(
        calendar=calendar, year=year, source=source, days=_days(form, year, source), by=actor_of(request)
    )


def _days(form: ImportForm, year: int, source: str) -> list[ImportedDay]:
    if source == icalendar_file.SOURCE:
        return icalendar_file.days_in_file(form.cleaned_data["file"].read(), year)
    if source == mainland.SOURCE:
        return mainland.mainland_days(year)
    return regions.region_days(source, year)


def _asked_year(form: ImportForm) -> int:
    return form.cleaned_data.get("year") or clock.now().year


def _told(imported: Imported) -> str:
    return _("Imported: %(taken)d. Left as they were: %(kept)d.") % {"taken": imported.taken, "kept": imported.kept}
