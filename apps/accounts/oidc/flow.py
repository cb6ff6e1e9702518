"""Asking a provider who somebody is: the code flow with PKCE, state and nonce (OpenID Connect Core 1.0, 3.1)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.utils.crypto import constant_time_compare

from apps.accounts.errors import ProviderTrouble
from apps.accounts.models import IdentityProvider
from apps.accounts.oidc.discovery import Metadata, client, document_at, metadata_of
from apps.accounts.oidc.tokens import TokenRefused, read_id_token
from apps.core.errors import AppError

MOST_CODE: Final = 4_000


@dataclass(frozen=True, kw_only=True)
class Question:
    """Where the browser goes, and what waits in the session until it comes back."""

    address: str
    kept: dict[str, str]


def ask(provider: IdentityProvider, *, redirect_uri: str, afresh: bool = False) -> Question:
    """`afresh`: the provider is to ask the person itself, whatever session it still has."""
    kept = {name: secrets.token_urlsafe(32) for name in ("state", "nonce")} | {"verifier": secrets.token_urlsafe(64)}
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": provider.scope,
        "state": kept["state"],
        "nonce": kept["nonce"],
        "code_challenge": create_s256_code_challenge(kept["verifier"]),
        "code_challenge_method": "S256",
        **({"prompt": "login", "max_age": "0"} if afresh else {}),
    }
    return Question(address=_with(metadata_of(provider).authorization_endpoint, asked), kept=kept)


def answer(
    provider: IdentityProvider, *, kept: Mapping[str, str], query: Mapping[str, str], redirect_uri: str
) -> Mapping[str, Any]:
    """The claims, all of them checked. Raises TokenRefused with a word for the audit trail, and ProviderTrouble."""
    if not constant_time_compare(query.get("state", ""), kept["state"]):
        raise TokenRefused("state")
    if query.get("iss", provider.issuer) != provider.issuer:  # RFC 9207: another provider's answer, mixed up
        raise TokenRefused("iss")
    code = query.get("code", "")
    if not code or len(code) > MOST_CODE:
        raise TokenRefused("code")
    metadata = metadata_of(provider)
    token = _exchange(provider, metadata, code=code, verifier=kept["verifier"], redirect_uri=redirect_uri)
    access, written = token.get("access_token"), token.get("id_token")
    if not isinstance(written, str):
        raise TokenRefused("id_token")
    access = access if isinstance(access, str) else None
    claims = read_id_token(provider, written, nonce=kept["nonce"], access_token=access)
    return {**_more(provider, metadata, claims, access), **claims}


def leaving(provider: IdentityProvider, *, back: str) -> str:
    """Where one signs out at the provider as well (RP-Initiated Logout 1.0); empty where it has no such page."""
    address = metadata_of(provider).end_session_endpoint
    return _with(address, {"client_id": provider.client_id, "post_logout_redirect_uri": back}) if address else ""


def _exchange(
    provider: IdentityProvider, metadata: Metadata, *, code: str, verifier: str, redirect_uri: str
) -> dict[str, Any]:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    auth: httpx.Auth = httpx.Auth()  # says nothing
    if provider.client_secret and metadata.takes_basic:  # RFC 6749, 2.3.1: both are encoded as forms are
        auth = httpx.BasicAuth(quote_plus(provider.client_id), quote_plus(provider.client_secret))
    else:
        form |= {"client_id": provider.client_id}
        form |= {"client_secret": provider.client_secret} if provider.client_secret else {}
    try:
        with client() as http:
            response = http.post(metadata.token_endpoint, data=form, auth=auth, headers={"Accept": "application/json"})
            document = response.json()
    except (httpx.HTTPError, httpx.InvalidURL, AppError, ValueError) as error:
        raise ProviderTrouble(name=str(provider)) from error
    if response.status_code != 200 or not isinstance(document, dict):
        raise TokenRefused(f"token endpoint: {response.status_code}")
    return document


def _more(
    provider: IdentityProvider, metadata: Metadata, claims: Mapping[str, Any], access: str | None
) -> dict[str, Any]:
    """Some providers tell address and groups apart from the token. It counts only of the same person."""
    if not access or not metadata.userinfo_endpoint or "email" in claims:
        return {}
    told = document_at(provider, metadata.userinfo_endpoint, Authorization=f"Bearer {access}")
    if told.get("sub") != claims["sub"]:
        raise TokenRefused("userinfo")
    return told


def _with(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}"
