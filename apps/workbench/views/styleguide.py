"""Every component in both themes and both languages, for those who build pages."""

from types import SimpleNamespace

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.workbench.desk import staff_only
from apps.workbench.samples import samples

COMPONENTS = (
    "colors",
    "buttons",
    "fields",
    "marks",
    "menus",
    "rows",
    "timeline",
    "chat",
    "composer",
    "panel",
    "states",
)


@require_safe
@staff_only
def styleguide(request: HttpRequest) -> HttpResponse:
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
    page = SimpleNamespace(ticket=SimpleNamespace(number=1042), may=None)
    shown = {"samples": samples(), "components": COMPONENTS, "page": page}
    return render(request, "workbench/styleguide.html", shown)
