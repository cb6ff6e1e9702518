"""What Twilio's calls hold, and the proof that they are Twilio's."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from django.conf import settings

from apps.channels.connectors.sms.callbacks import body_of
from apps.channels.connectors.sms_twilio.signing import BODY_HASH, is_genuine
from apps.channels.errors import InputRefused

if TYPE_CHECKING:
    from django.http import HttpRequest

HEADER: Final = "X-Twilio-Signature"
MAX_FIELDS: Final = 500


def read(request: HttpRequest, tokens: Sequence[str]) -> dict[str, str]:
    """The fields of a genuine call. Raises InputRefused.

    The address is put together from SITE_URL, never from what the caller says to be its host.
    """
    url = settings.SITE_URL + request.get_full_path()
    given = request.headers.get(HEADER, "")
    body = body_of(request)
    if not any(tokens):
        raise InputRefused(reason="no_token_configured")
    if not given:
        raise InputRefused(reason="signature_missing")
    if BODY_HASH in request.GET:
        fields = _of_document(body, str(request.GET[BODY_HASH]))
        signed: dict[str, list[str]] = {}
    else:
        fields = signed = _of_form(body)
    if not is_genuine(given, tokens, url, signed):
        raise InputRefused(reason="signature_wrong")
    if request.method == "GET":
        fields = {name: list(map(str, request.GET.getlist(name))) for name in request.GET}
    return {name: values[-1] for name, values in fields.items() if values}


def _of_form(body: bytes) -> dict[str, list[str]]:
    """Read by ourselves: what was signed may not be narrowed by the framework's idea of a form."""
    try:
        return parse_qs(body.decode(), keep_blank_values=True, strict_parsing=False, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise InputRefused(reason="unreadable") from error


def _of_document(body: bytes, expected: str) -> dict[str, list[str]]:
    """A JSON body is proved by its hash, which stands in the signed address."""
    if not hmac.compare_digest(expected.encode(), hashlib.sha256(body).hexdigest().encode()):
        raise InputRefused(reason="signature_wrong")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputRefused(reason="unreadable") from error
    if not isinstance(document, dict):
        raise InputRefused(reason="unreadable")
    return {name: [str(value)] for name, value in document.items() if isinstance(value, str | int)}
