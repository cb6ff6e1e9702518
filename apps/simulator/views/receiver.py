"""What arrived at the system that is told about everything."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.simulator import client

VERDICTS = {
    "genuine": ("success", gettext_lazy("signature right")),
    "repeated": ("success", gettext_lazy("signature right, known already")),
    "stale": ("warning", gettext_lazy("too old, refused")),
    "forged": ("danger", gettext_lazy("signature wrong, refused")),
}


@require_safe
def receiver(request: HttpRequest) -> HttpResponse:
    return render(request, "simulator/receiver.html", _arrivals())


@require_safe
def arrivals(request: HttpRequest) -> HttpResponse:
    """The list alone, for the page to look again."""
    return render(request, "simulator/receiver.html#arrivals", _arrivals())


def _arrivals() -> dict[str, Any]:
    try:
        return {"arrivals": [_arrival(one) for one in client.received()]}
    except client.SimulatorAway:
        return {"trouble": _("The simulator does not answer yet. It starts with the demo; try again in a moment.")}


def _arrival(one: dict[str, Any]) -> dict[str, Any]:
    tone, label = VERDICTS[one["verdict"]]
    return {**one, "at": datetime.fromisoformat(one["at"]), "tone": tone, "label": label}
