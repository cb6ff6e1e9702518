"""Where keys work: which host they are made for, and what a page of ours is asked to have signed."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from apps.accounts.errors import KeysNotHere
from apps.accounts.services.security_keys import Challenge, Site

CHALLENGE: Final = "key_challenge"


def site_of(request: HttpRequest) -> Site:
    """Keys are made for SITE_URL's host, whose sub-domains may use them too; on a developer's machine for localhost.

    Browsers want HTTPS, or localhost, and a name: they make no keys for 127.0.0.1.
    """
    host = (urlsplit(f"//{request.get_host()}").hostname or "").rstrip(".")
    origin = f"{request.scheme}://{request.get_host()}"
    if host == "localhost" or host.endswith(".localhost"):
        return Site(rp_id=host, origin=origin)
    ours = urlsplit(settings.SITE_URL).hostname or ""
    is_named = not _is_address(ours) and (host == ours or host.endswith(f".{ours}"))
    if not is_named or not request.is_secure():
        raise KeysNotHere(address=_better_address(request))
    return Site(rp_id=ours, origin=origin)


def works_here(request: HttpRequest) -> bool:
    try:
        site_of(request)
    except KeysNotHere:
        return False
    return True


def keep_challenge(request: HttpRequest, challenge: Challenge) -> dict[str, Any]:
    request.session[CHALLENGE] = challenge.kept
    return challenge.options


def take_challenge(request: HttpRequest) -> Mapping[str, Any] | None:
    kept: Mapping[str, Any] | None = request.session.pop(CHALLENGE, None)
    return kept


def _better_address(request: HttpRequest) -> str:
    site = urlsplit(settings.SITE_URL)
    if site.hostname and not _is_address(site.hostname):
        return f"https://{site.netloc}"
    return f"http://localhost:{request.get_port()}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
