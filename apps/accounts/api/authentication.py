"""Who speaks to the API: a token, or a signed-in person who only looks (for the documentation page)."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from apps.accounts import tokens
from apps.accounts.errors import OnlyLooking
from apps.accounts.middleware import actor_of, client_ip
from apps.accounts.models import User
from apps.core import throttle
from apps.core.actor import Actor
from apps.core.api.errors import NotAuthenticated
from apps.core.api.throttles import MINUTE
from apps.core.errors import PermissionRefused

WRONG_TOKENS_PER_MINUTE = 30


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer …`. Unknown, expired, revoked and deactivated are answered alike."""

    def authenticate(self, request: Request) -> tuple[User, Actor] | None:
        header = get_authorization_header(request)
        if not header:
            return None
        scheme, _space, secret = header.partition(b" ")
        if scheme.lower() != b"bearer":
            raise _Challenge
        actor = tokens.actor_for_token(_text(secret), client_ip(request._request))
        if actor is None or actor.user is None:
            throttle.hit(f"api.wrong_token:{client_ip(request._request)}", limit=WRONG_TOKENS_PER_MINUTE, per=MINUTE)
            raise _Challenge
        if actor.reads_only and request.method not in SAFE_METHODS:
            raise OnlyLooking
        return actor.user, actor

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class ReadOnlySession(BaseAuthentication):
    """The cookie of a signed-in person opens reading only, so that a forged request can change nothing."""

    def authenticate(self, request: Request) -> tuple[User, Actor] | None:
        user = getattr(request._request, "user", None)
        if not isinstance(user, User) or not user.is_active or request.method not in SAFE_METHODS:
            return None
        actor = actor_of(request._request)
        if "api.use" not in actor.permissions:
            raise PermissionRefused
        return user, actor


class _Challenge(NotAuthenticated):
    auth_header = 'Bearer realm="api", error="invalid_token"'


def _text(secret: bytes) -> str:
    try:
        return secret.decode("ascii").strip()
    except UnicodeDecodeError:
        return ""


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ReadOnlySession
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
