"""What Twilio's calls hold, and the proof that they are Twilio's."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from django.conf import settings

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
    if BODY_HASH in request.GET:
        fields = _of_document(request)
        signed: dict[str, list[str]] = {}
    else:
        fields = signed = _of_form(request.body)
    if not given or not is_genuine(given, tokens, url, signed):
        raise InputRefused
    if request.method == "GET":
        fields = {name: list(map(str, request.GET.getlist(name))) for name in request.GET}
    return {name: values[-1] for name, values in fields.items() if values}


def _of_form(body: bytes) -> dict[str, list[str]]:
    """Read by ourselves: what was signed may not be narrowed by the framework's idea of a form."""
    try:
        return parse_qs(body.decode(), keep_blank_values=True, strict_parsing=False, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise InputRefused from error


def _of_document(request: HttpRequest) -> dict[str, list[str]]:
    """A JSON body is proved by its hash, which stands in the signed address."""
    digest = hashlib.sha256(request.body).hexdigest()
    if not hmac.compare_digest(str(request.GET[BODY_HASH]).encode(), digest.encode()):
        raise InputRefused
    try:
        document = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise InputRefused from error
    if not isinstance(document, dict):
        raise InputRefused
    return {name: [str(value)] for name, value in document.items() if isinstance(value, str | int)}
