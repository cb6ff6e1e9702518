"""Believing what a provider signed: ID tokens (OpenID Connect Core 1.0, 3.1.3.7) and logout tokens (Back-Channel Logout 1.0).

`joserfc` checks signatures, `authlib` the claims. Which algorithms count is said here, never by the token.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError

from apps.accounts.models import IdentityProvider
from apps.accounts.oidc.discovery import keys_of
from apps.core import clock, throttle

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
TOLERANCE: Final = 60
"""Seconds by which the provider's clock may be off ours."""
MAX_TOKEN: Final = 32_000
MAX_NAME: Final = 255
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_LASTS: Final = timedelta(minutes=5)


class TokenRefused(Exception):
    """The word says why, for the audit trail."""


def read_id_token(provider: IdentityProvider, text: str, *, nonce: str, access_token: str | None) -> Mapping[str, Any]:
    token = _signed(provider, text)
    known = {"nonce": nonce, "client_id": provider.client_id, "access_token": access_token}
    claims = CodeIDToken(token.claims, token.header, options=_names(provider), params=known)
    _validate(claims)
    _name_of(claims, "sub", is_needed=True)
    return dict(claims)


def read_logout_token(provider: IdentityProvider, text: str) -> tuple[str, str]:
    """Subject and session, one of which may be empty. Each token counts once."""
    token = _signed(provider, text)
    claims = CodeIDToken(
        {"sub": "-", "exp": _now() + 1, **token.claims}, token.header, options=_names(provider), params={}
    )
    _validate(claims)
    subject, session = (_name_of(token.claims, name, is_needed=False) for name in ("sub", "sid"))
    events = token.claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict) or "nonce" in token.claims:
        raise TokenRefused("events")
    if _now() - int(token.claims["iat"]) > LOGOUT_LASTS.total_seconds() or not (subject or session):
        raise TokenRefused("logout")
    once = _name_of(token.claims, "jti", is_needed=True)
    if not throttle.is_first(f"logout-token:{provider.pk}:{once}", per=3 * LOGOUT_LASTS):
        raise TokenRefused("replay")
    return subject, session


def _signed(provider: IdentityProvider, text: str) -> jwt.Token:
    """With a key that is not known yet, the provider's keys are asked for once more: they change at any time."""
    if len(text) > MAX_TOKEN:
        raise TokenRefused("size")
    for are_stale in (False, True):
        try:
            return jwt.decode(text, keys_of(provider, are_stale=are_stale), algorithms=list(ALGORITHMS))
        except (JoseError, ValueError, TypeError, KeyError) as error:
            refused = type(error).__name__
    raise TokenRefused(f"signature: {refused}")


def _names(provider: IdentityProvider) -> Any:
    return {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client_id},
    }


def _validate(claims: CodeIDToken) -> None:
    try:
        claims.validate(now=_now(), leeway=TOLERANCE)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise TokenRefused(f"{type(error).__name__}: {getattr(error, 'claim', '')}") from error


def _name_of(claims: Mapping[str, Any], name: str, *, is_needed: bool) -> str:
    found = claims.get(name, "")
    if not isinstance(found, str) or len(found) > MAX_NAME or "\0" in found or (is_needed and not found):
        raise TokenRefused(name)
    return found


def _now() -> int:
    return int(clock.now().timestamp())
