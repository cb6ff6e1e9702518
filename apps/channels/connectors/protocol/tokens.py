"""Proof of who a client speaks for: a token (JWT, RFC 7519) that the company's backend signs for its signed-in user.

Which algorithm and which keys count is set on the channel and never read from the token. Why a token is refused is for
those who look after the channel, in the log; its bearer only hears that it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import jwt
import structlog
from django.utils.translation import gettext as _

from apps.channels import registry
from apps.channels.connectors.protocol.errors import TokenRefused
from apps.channels.contract import IdentityClaim
from apps.core import clock
from apps.core.errors import InvalidInput
from apps.core.storable import storable
from apps.customers import identities
from apps.customers.enums import IdentityKind

if TYPE_CHECKING:
    from apps.channels.models import Channel

logger = structlog.get_logger(__name__)

GUEST: Final = "guest:"
"""Begins the handles of those whom no backend vouches for. No token may claim one."""

MAX_TOKEN: Final = 8192
MAX_USER_ID: Final = 200
MAX_AGE: Final = timedelta(hours=1)
TOLERANCE: Final = timedelta(seconds=60)
"""How far the company's clock may be off ours."""

MIN_SECRET: Final = 32
"""Bytes of a secret for HS256 (RFC 7518, 3.2)."""

_FAR_AWAY: Final = 2**37
"""The year 6325: what no calendar holds cannot be turned into a date."""

ALGORITHMS: Final = ("HS256", "RS256", "EdDSA")
_GUEST = re.compile(rf"{GUEST}[A-Za-z0-9_-]+")
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----")


def guest_name(value: str) -> str:
    """What people read in place of a guest's handle; "" for a handle of the company's."""
    if not _GUEST.fullmatch(value):
        return ""
    return _("Visitor %(mark)s") % {"mark": hashlib.sha256(value.encode()).hexdigest()[:4].upper()}


@dataclass(frozen=True, slots=True)
class Proof:
    """What a genuine token says. Phone and e-mail are verified only where the backend says so."""

    user_id: str
    expires_at: datetime
    name: str = ""
    device: str = ""
    claims: tuple[IdentityClaim, ...] = ()


def read_token(token: str, channel: Channel) -> Proof:
    """Raises TokenRefused for everything that is not proved."""
    connector = registry.get(channel.kind)
    try:
        payload = signed_claims(
            token,
            algorithm=str(connector.setting(channel, "algorithm")),
            keys=keys_of(channel),
            issuer=str(connector.setting(channel, "issuer") or channel.key),
            audience=channel.key,
        )
        return _proof(payload, connector.identity_kind)
    except Refused as error:
        logger.warning("app.token_refused", channel_id=channel.pk, reason=str(error))
        raise TokenRefused from error


def keys_of(channel: Channel) -> list[str]:
    """All that count now: while keys are exchanged, the old one beside the new one."""
    connector = registry.get(channel.kind)
    if connector.setting(channel, "algorithm") != "HS256":
        return _PEM.findall(str(connector.setting(channel, "public_keys") or ""))
    names = ["secret", *(["previous_secret"] if connector.setting(channel, "takes_previous_secret") else [])]
    found = [str(connector.setting(channel, name) or "").strip() for name in names]
    return [secret for secret in found if len(secret.encode()) >= MIN_SECRET]


def are_usable(channel: Channel) -> bool:
    """Whether every key can be one of the chosen algorithm."""
    algorithm = jwt.get_algorithm_by_name(str(registry.get(channel.kind).setting(channel, "algorithm")))
    try:
        return not any(algorithm.check_key_length(algorithm.prepare_key(key)) for key in keys_of(channel))
    except (jwt.PyJWTError, ValueError, TypeError):
        return False


class Refused(Exception):
    """Says why, in a word for the log."""


def signed_claims(
    token: str, *, algorithm: str, keys: Sequence[str | bytes], issuer: str, audience: str
) -> Mapping[str, Any]:
    if len(token) > MAX_TOKEN or not _COMPACT.fullmatch(token):
        raise Refused("malformed")
    reason = "no_key_configured"
    for key in keys:
        try:
            return jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                issuer=issuer,
                audience=audience,
                leeway=TOLERANCE,
                options={"require": ["exp", "iss", "aud", "sub"], "enforce_minimum_key_length": True},
            )
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            # A key that does not fit lets the next one try; of a token that fits one, what is wrong with it stays.
            if not isinstance(error, jwt.InvalidSignatureError) or reason == "no_key_configured":
                reason = type(error).__name__
    raise Refused(reason)


def _proof(payload: Mapping[str, Any], kind: str) -> Proof:
    expires_at = datetime.fromtimestamp(min(int(payload["exp"]), _FAR_AWAY), UTC)
    if expires_at - clock.now() > MAX_AGE + TOLERANCE:
        raise Refused("lives_too_long")
    return Proof(
        user_id=_user_id(payload["sub"], kind),
        expires_at=expires_at,
        name=_text(payload.get("name"), 200),
        device=_text(payload.get("device"), 100),
        claims=tuple(_claims(payload)),
    )


def _user_id(subject: str, kind: str) -> str:
    """Exactly as it is signed: two ids that only look alike must not become one user."""
    try:
        is_plain = identities.normalize(kind, subject) == subject
    except InvalidInput:
        is_plain = False
    if not is_plain or len(subject) > MAX_USER_ID or subject.startswith(GUEST):
        raise Refused("bad_subject")
    return subject


def _claims(payload: Mapping[str, Any]) -> list[IdentityClaim]:
    """Handles that the backend names beside its own. One that cannot be a phone number or an address is left out."""
    found = []
    for kind in (IdentityKind.PHONE, IdentityKind.EMAIL):
        value = _text(payload.get(str(kind)), 254)
        try:
            value = identities.normalize(kind, value) if value else ""
        except InvalidInput:
            continue
        if value:
            found.append(IdentityClaim(str(kind), value, verified=payload.get(f"{kind}_verified") is True))
    return found


def _text(value: Any, limit: int) -> str:
    return " ".join(storable(value).split())[:limit] if isinstance(value, str) else ""
