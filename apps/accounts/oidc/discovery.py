"""What a provider says of itself (OpenID Connect Discovery 1.0), and its public keys, kept in the process for minutes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, import_key

from apps.accounts.errors import ProviderTrouble
from apps.accounts.models import IdentityProvider
from apps.core.errors import AppError
from apps.core.http import GuardedClient, guarded_client

T = TypeVar("T")
KEPT_SECONDS: Final = 600.0
ASKED_AGAIN_SECONDS: Final = 15.0
"""An unknown key is a reason to ask for keys anew, but not for everybody who makes one up."""
MAX_BYTES: Final = 512 * 1024
ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_lock = threading.Lock()
_kept: dict[str, tuple[float, Any]] = {}


@dataclass(frozen=True, kw_only=True)
class Metadata:
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    takes_basic: bool = True


def metadata_of(provider: IdentityProvider) -> Metadata:
    """Raises ProviderTrouble: the provider cannot be reached, or is not the one that it should be."""
    return _remembered(f"metadata:{provider.issuer}", KEPT_SECONDS, lambda: _metadata(provider))


def keys_of(provider: IdentityProvider, *, are_stale: bool = False) -> KeySet:
    """Its keys for signatures. `are_stale`: what was signed names none of those that we know."""
    uri = metadata_of(provider).jwks_uri
    return _remembered(f"keys:{uri}", ASKED_AGAIN_SECONDS if are_stale else KEPT_SECONDS, lambda: _keys(provider, uri))


def forget() -> None:
    """For tests, whose providers come and go."""
    with _lock:
        _kept.clear()


def client() -> GuardedClient:
    return guarded_client(timeout=5.0, max_bytes=MAX_BYTES, allow_private=settings.SSO_ALLOW_PRIVATE)


def is_safe(address: str) -> bool:
    """HTTPS; plain HTTP only on the machine itself, where tests and developers have their providers."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def document_at(provider: IdentityProvider, address: str, **headers: str) -> dict[str, Any]:
    try:
        with client() as http:
            response = http.get(address, headers={"Accept": "application/json", **headers})
            document = response.raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL, AppError, ValueError) as error:
        raise ProviderTrouble(name=str(provider)) from error
    if not isinstance(document, dict):
        raise ProviderTrouble(name=str(provider))
    return document


def _remembered(name: str, seconds: float, read: Callable[[], T]) -> T:
    with _lock:
        kept = _kept.get(name)
    if kept is None or time.monotonic() - kept[0] > seconds:
        kept = (time.monotonic(), read())
        with _lock:
            _kept[name] = kept
    found: T = kept[1]
    return found


def _metadata(provider: IdentityProvider) -> Metadata:
    document = document_at(provider, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    named = {name: _address(document, name) for name in (*ENDPOINTS, "userinfo_endpoint", "end_session_endpoint")}
    if document.get("issuer") != provider.issuer or not all(named[name] for name in ENDPOINTS):
        raise ProviderTrouble(name=str(provider))
    methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Metadata(issuer=provider.issuer, takes_basic="client_secret_basic" in methods, **named)


def _address(document: dict[str, Any], name: str) -> str:
    found = document.get(name)
    return found if isinstance(found, str) and is_safe(found) else ""


def _keys(provider: IdentityProvider, uri: str) -> KeySet:
    rows = document_at(provider, uri).get("keys")
    found = [key for row in (rows if isinstance(rows, list) else []) if (key := _key(row)) is not None]
    return KeySet(found)


def _key(row: Any) -> Key | None:
    """Public keys that may sign; of others, and of kinds that nobody here knows, there is no use."""
    if not isinstance(row, dict) or row.get("kty") not in ("RSA", "EC", "OKP") or row.get("use", "sig") != "sig":
        return None
    try:
        return import_key(row)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
