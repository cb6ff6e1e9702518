"""Optimistic locking over HTTP: `ETag` is the record's version, `If-Match` the version that the client last saw."""

import re
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.errors import InvalidVersion

_TAG = re.compile(r'(?:W/)?"([0-9]{1,9})"|([0-9]{1,9})')


def expected_version(request: Request) -> int | None:
    """None when the client does not care (no header, or `*`); services then take the row as it is."""
    header = request.headers.get("If-Match", "").strip()
    if header in ("", "*"):
        return None
    match = _TAG.fullmatch(header)
    if match is None:
        raise InvalidVersion
    return int(match[1] or match[2])


def tagged(response: Response, record: Any) -> Response:
    response["ETag"] = f'"{record.version}"'
    return response
