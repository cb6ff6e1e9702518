"""Which sites may show a page of ours in a frame. A channel names them among its settings (`allowed_domains`)."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpResponseBase

from apps.channels import registry
from apps.channels.models import Channel


def allow_embedding(response: HttpResponseBase, channel: Channel, *, on_ours: bool = False) -> HttpResponseBase:
    """Sites that the channel names may show the page in a frame, and pages of ours; without any, those only `on_ours`."""
    origins = allowed_origins(channel)
    if origins or on_ours:
        response._csp_replace = {"frame-ancestors": ["'self'", *origins]}  # type: ignore[attr-defined]  # django-csp reads it there
        response.xframe_options_exempt = True  # type: ignore[attr-defined]  # Django reads it there
    return response


def allowed_origins(channel: Channel) -> list[str]:
    listed: list[str] = registry.get(channel.kind).setting(channel, "allowed_domains")
    return [origin for origin in map(as_origin, listed) if origin]


def as_origin(text: str) -> str:
    """`https://shop.example.com` out of what a manager entered; nothing for what cannot stand in a header."""
    parts = urlsplit(text.strip() if "://" in text else f"https://{text.strip()}")
    host = parts.netloc.lower()
    is_plain = host.isascii() and host and not set(host) - set("abcdefghijklmnopqrstuvwxyz0123456789.-:")
    return f"{parts.scheme}://{host}" if is_plain and parts.scheme in {"http", "https"} else ""
