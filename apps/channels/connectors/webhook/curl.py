"""A call to copy into a terminal. The secret is entered there and never shown here."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from apps.channels.connectors.webhook.access import SIGNED, Access, scheme_of
from apps.channels.connectors.webhook.signing import Scheme, Style


def command(settings: Mapping[str, Any], url: str, body: str, content_type: str) -> str:
    access = Access(settings.get("access", Access.HMAC))
    lines = [] if access is Access.NETWORK else ["SECRET='…'"]
    lines.append(f"BODY={shlex.quote(body)}")
    headers = [f"Content-Type: {content_type}"]
    if access in SIGNED:
        more, proof = _signed(scheme_of(settings))
        lines += more
        headers += proof
    elif access is Access.TOKEN and settings.get("token_place") != "query":
        headers.append(f"{settings.get('token_name')}: $SECRET")
    elif access is Access.TOKEN:
        url = f"{url}?{quote(str(settings.get('token_name')))}=$SECRET"
    user = f' -u "{settings.get("basic_user")}:$SECRET"' if access is Access.BASIC else ""
    options = "".join(f' \\\n  -H "{header}"' for header in headers)
    lines.append(f'curl -X POST "{url}"{user}{options} \\\n  --data-binary "$BODY"')
    return "\n".join(lines)


def _signed(scheme: Scheme) -> tuple[list[str], list[str]]:
    """What a shell computes first, and the headers made of it."""
    lines = [] if scheme.style is Style.HMAC else ["TIME=$(date +%s)"]
    if scheme.style is Style.STANDARD:
        lines += ['ID="msg_$TIME"', 'KEY=$(printf %s "${SECRET#whsec_}" | base64 -d | od -An -tx1 | tr -d " \\n")']
        lines.append(_digest('"$ID.$TIME.$BODY"', "-mac HMAC -macopt hexkey:$KEY", "sha256", "base64"))
        return lines, ["webhook-id: $ID", "webhook-timestamp: $TIME", "webhook-signature: v1,$SIGN"]
    text = '"$BODY"'
    if scheme.style is Style.TIMESTAMPED:
        text = '"' + scheme.signed_text.replace("{timestamp}", "$TIME").replace("{body}", "$BODY") + '"'
    lines.append(_digest(text, '-hmac "$SECRET"', scheme.algorithm, scheme.encoding))
    signature = f"{scheme.prefix}$SIGN"
    if scheme.style is Style.HMAC:
        return lines, [f"{scheme.header}: {signature}"]
    if scheme.timestamp_header:
        return lines, [f"{scheme.timestamp_header}: $TIME", f"{scheme.header}: {signature}"]
    return lines, [f"{scheme.header}: t=$TIME,v1={signature}"]


def _digest(text: str, key: str, algorithm: str, encoding: str) -> str:
    written = "base64 -w0" if encoding == "base64" else 'od -An -tx1 | tr -d " \\n"'
    return f"SIGN=$(printf %s {text} | openssl dgst -{algorithm} {key} -binary | {written})"
