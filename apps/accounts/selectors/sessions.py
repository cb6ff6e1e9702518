"""Where somebody is signed in, in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.accounts.models import StaffSession, User
from apps.accounts.sessions import row_of

# The first that is found counts: most browsers also claim to be those below them.
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, kw_only=True)
class SessionRow:
    session: StaffSession
    device: str
    is_current: bool


def session_id_of(request: HttpRequest) -> str:
    row = row_of(request.session)
    return row.pk if row is not None else ""


def sessions_of(user: User, *, current: str) -> list[SessionRow]:
    """The current one first, then who was there last."""
    rows = [
        SessionRow(session=row, device=device_of(row), is_current=row.pk == current)
        for row in StaffSession.objects.live().filter(user=user)
    ]
    return sorted(rows, key=lambda row: not row.is_current)


def device_of(session: StaffSession) -> str:
    browser = next((name for mark, name in BROWSERS if mark in session.device), "")
    system = next((name for mark, name in SYSTEMS if mark in session.device), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown device")
