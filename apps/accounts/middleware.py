"""Gives every request its actor, language and time zone."""

from __future__ import annotations

import ipaddress
import zoneinfo

from django.contrib.auth import logout
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.deprecation import MiddlewareMixin

from apps.accounts.looking import session_actor
from apps.accounts.models import User
from apps.accounts.rules import comes_from_allowed_place
from apps.accounts.services.sessions import keep_session
from apps.core import audit
from apps.core.actor import Actor, ActorKind, Face, person

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Where a person stands when they use an address; all others are faces towards customers.
FACES = (("/admin/", Face.ADMIN), ("/api/", Face.API), ("/desk/", Face.DESK), ("/accounts/", Face.DESK))


def client_ip(request: HttpRequest) -> str:
    """The peer's address, or nothing where there is none. A proxy's headers are the ASGI server's business."""
    try:
        return str(ipaddress.ip_address(str(request.META.get("REMOTE_ADDR", "")).partition("%")[0]))
    except ValueError:
        return ""


def face_of(request: HttpRequest) -> Face:
    return next((face for prefix, face in FACES if request.path.startswith(prefix)), Face.PORTAL)


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a request; without a signed-in member of staff one that may nothing."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        user = getattr(request, "user", None)
        session, face, ip = getattr(request, "session", None), face_of(request), client_ip(request)
        actor = (
            session_actor(session=session, user=user, face=face, ip=ip)
            if isinstance(user, User) or (user is not None and user.is_authenticated)
            else Actor(kind=ActorKind.PERSON, face=face, ip=ip)
        )
    return actor


class AdmissionMiddleware(MiddlewareMixin):
    """Keeps the session of who is at work, and ends that of who comes from where their company may not be."""

    def process_request(self, request: HttpRequest) -> None:
        user, ip = request.user, client_ip(request)
        if not isinstance(user, User):
            return
        if not comes_from_allowed_place(user, ip):
            audit.record("session.refused_place", by=person(user, face_of(request), ip), subject=user, result="refused")
            logout(request)
        elif _is_at_work(request):
            keep_session(store=request.session, user=user, ip=ip, device=request.headers.get("user-agent", ""))


def _is_at_work(request: HttpRequest) -> bool:
    """Pages also ask by themselves what is new; that keeps nobody signed in whose chair is empty."""
    is_by_itself = request.headers.get("sec-fetch-mode", "navigate") != "navigate"
    return request.method not in SAFE_METHODS or not is_by_itself


class ActorMiddleware(MiddlewareMixin):
    """Sets `request.actor`, and speaks the user's language in the user's time zone. After AuthenticationMiddleware."""

    def process_request(self, request: HttpRequest) -> None:
        actor = actor_of(request)
        request.actor = actor  # type: ignore[attr-defined]
        if actor.user is None:
            timezone.deactivate()
            return
        reader = actor.behind or actor.user
        translation.activate(reader.language)
        request.LANGUAGE_CODE = translation.get_language() or ""
        timezone.activate(_zone(reader.time_zone))


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
