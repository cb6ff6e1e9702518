"""How what happens to a ticket's routing reads in its history."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.routing import events
from apps.routing.enums import Failure
from apps.tickets.selectors.history import Names, register_line


def register() -> None:
    register_line(events.TicketCameInHouse.kind, _came_in_house)


def _came_in_house(event: events.TicketCameInHouse, names: Names) -> tuple[str, str, str, str, str]:
    sentence = ngettext(
        "%(count)d unsuccessful attempt of the vendor (the last: %(failure)s); the house takes it",
        "%(count)d unsuccessful attempts of the vendor (the last: %(failure)s); the house takes it",
        event.attempts,
    ) % {"count": event.attempts, "failure": Failure(event.failure).label}
    return _("Routing"), "", "", sentence, "house"
