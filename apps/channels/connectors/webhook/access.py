"""Who may call: the door of a webhook channel, before anything of the body is read."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from apps.channels.connectors.webhook.signing import Scheme, Style, Verdict, same
from apps.channels.models import Channel

MAX_BODY: Final = 512 * 1024


class Access(StrEnum):
    HMAC = "hmac"
    TIMESTAMPED = "timestamped"
    STANDARD = "standard"
    TOKEN = "token"  # noqa: S105 (the name of a choice)
    BASIC = "basic"
    NETWORK = "network"


SIGNED: Final = frozenset({Access.HMAC, Access.TIMESTAMPED, Access.STANDARD})


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it came. Names of headers are compared without regard to case."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    ip: str = ""


def live_secrets(channel: Channel) -> list[str]:
    """The secret, and for the time of a change the former one. Blank ones are none."""
    found = (str(channel.secrets.get(name) or "") for name in ("secret", "former_secret"))
    return [secret for secret in found if secret.strip()]


def judge(channel: Channel, call: Call) -> Verdict:
    settings, access = channel.settings, Access(channel.settings.get("access", Access.HMAC))
    if not _is_from(settings.get("networks") or (), call.ip, is_required=access is Access.NETWORK):
        return Verdict.NETWORK
    if access is Access.NETWORK:
        return Verdict.GENUINE
    secrets = live_secrets(channel)
    if access in SIGNED:
        return scheme_of(settings).judge(secrets, call.headers, call.body)
    if not secrets:
        return Verdict.NO_SECRET
    return _judge_token(settings, secrets, call) if access is Access.TOKEN else _judge_basic(settings, secrets, call)


def scheme_of(settings: Mapping[str, Any], prefix: str = "", style: str = "") -> Scheme:
    """The signature of incoming calls, or with the prefix `send_` that of outgoing ones."""
    names = {
        "header": "signature_header",
        "algorithm": "signature_algorithm",
        "encoding": "signature_encoding",
        "prefix": "signature_prefix",
        "timestamp_header": "timestamp_header",
        "signed_text": "signed_text",
        "tolerance": "tolerance",
    }
    stored = {part: settings[prefix + name] for part, name in names.items() if prefix + name in settings}
    return Scheme(Style(style or settings.get("access", Style.HMAC)), **stored)


def _is_from(networks: Sequence[str], ip: str, *, is_required: bool) -> bool:
    if not networks:
        return not is_required
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    inner = getattr(address, "ipv4_mapped", None) or address
    return any(inner in ipaddress.ip_network(network, strict=False) for network in networks)


def _judge_token(settings: Mapping[str, Any], secrets: Sequence[str], call: Call) -> Verdict:
    name = str(settings.get("token_name") or "")
    given = (call.query if settings.get("token_place") == "query" else call.headers).get(name, "")
    if settings.get("token_place") != "query":
        given = given.removeprefix("Bearer ")
    if not given:
        return Verdict.MISSING
    return Verdict.GENUINE if any(same(given, secret) for secret in secrets) else Verdict.WRONG


def _judge_basic(settings: Mapping[str, Any], secrets: Sequence[str], call: Call) -> Verdict:
    kind, _space, encoded = call.headers.get("authorization", "").strip().partition(" ")
    if kind.lower() != "basic":
        return Verdict.MISSING
    try:
        user, _colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return Verdict.WRONG
    is_user = same(user, str(settings.get("basic_user") or ""))
    is_password = any(same(password, secret) for secret in secrets)
    return Verdict.GENUINE if is_user and is_password else Verdict.WRONG
