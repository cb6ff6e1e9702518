"""The customers' phones: one sees each conversation as the customer does, and writes as the customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.simulator import client
from apps.simulator.forms import LineForm
from apps.simulator.platforms import PLATFORMS
from apps.simulator.shapes import File

STATES = {
    "sending": gettext_lazy("on its way"),
    "taken": gettext_lazy("received by the company"),
    "accepted": gettext_lazy("sent"),
    "delivered": gettext_lazy("delivered"),
    "undelivered": gettext_lazy("not delivered"),
}


@dataclass(frozen=True)
class Phone:
    """What is chosen on the page: a channel, and one of its customers."""

    accounts: list[dict[str, Any]]
    channel: str = ""
    person: str = ""
    people: tuple[dict[str, str], ...] = ()
    takes_files: bool = False
    posts: tuple[str, ...] = ()
    lines: tuple[dict[str, Any], ...] = ()
    trouble: str = ""

    @property
    def query(self) -> str:
        return urlencode({"channel": self.channel, "as": self.person})


@require_http_methods(["GET", "HEAD", "POST"])
def phones(request: HttpRequest) -> HttpResponse:
    """`?channel=` chooses the channel, `?as=` whose phone it is: one of the cast or any other."""
    phone = _phone(request)
    form = LineForm(request.POST or None, request.FILES or None, takes_files=phone.takes_files, posts=phone.posts)
    if request.method == "POST" and form.is_valid() and _written(phone, form):
        return redirect(f"{reverse('simulator:phones')}?{phone.query}")
    return render(request, "simulator/phones.html", {"phone": phone, "form": form}, status=422 if form.errors else 200)


@require_safe
def lines(request: HttpRequest) -> HttpResponse:
    """The conversation alone, for the page to look again."""
    return render(request, "simulator/phones.html#lines", {"phone": _phone(request)})


def _phone(request: HttpRequest) -> Phone:
    try:
        accounts = [{**account, "name": _name(account)} for account in client.accounts()]
        if not accounts:
            return Phone([], trouble=_("No channel of this installation is played by the simulator."))
        wanted = request.GET.get("channel")
        account = next((one for one in accounts if one["key"] == wanted), accounts[0])
        person = request.GET.get("as") or (account["people"][0]["id"] if account["people"] else "")
        found = tuple(_line(line) for line in client.lines(account["key"], person))
    except client.SimulatorAway:
        return Phone(
            [], trouble=_("The simulator does not answer yet. It starts with the demo; try again in a moment.")
        )
    people, posts = tuple(account["people"]), tuple(account["posts"])
    return Phone(accounts, account["key"], person, people, account["takes_files"], posts, found)


def _name(account: dict[str, Any]) -> str:
    chinese, english = PLATFORMS[account["kind"]].names
    return chinese if (get_language() or "").startswith("zh") else english


def _line(line: dict[str, Any]) -> dict[str, Any]:
    return {**line, "at": datetime.fromisoformat(line["at"]), "state": _state(line["state"])}


def _state(state: str) -> str:
    if state in STATES:
        return str(STATES[state])
    return _("not received yet, tried again") if state.endswith("again") else _("not received")


def _written(phone: Phone, form: LineForm) -> bool:
    upload = form.cleaned_data.get("file")
    file = File(upload.name, upload.content_type or "application/octet-stream", upload.read()) if upload else None
    try:
        client.write(phone.channel, phone.person, form.cleaned_data["text"], file, form.cleaned_data.get("post", ""))
    except client.SimulatorAway:
        form.add_error(None, _("The simulator did not take the message. Your text is still here; send it again."))
        return False
    return True
