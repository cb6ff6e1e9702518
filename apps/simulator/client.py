"""How the page of the customers asks the running simulator, which is a process of its own."""

from __future__ import annotations

import base64
import http.client
import json
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings

from apps.simulator.courier import post
from apps.simulator.server import HOST
from apps.simulator.shapes import File, Request

TIMEOUT: Final = 5.0


class SimulatorAway(Exception):
    """It does not run, or not any more."""


def accounts() -> list[dict[str, Any]]:
    return _ask("accounts")


def lines(channel: str, person: str) -> list[dict[str, Any]]:
    return _ask("lines", channel=channel, person=person)


def received() -> list[dict[str, Any]]:
    """What outgoing webhooks brought, the newest first."""
    return _ask("received")


def write(channel: str, person: str, text: str, file: File | None = None, post: str = "") -> list[dict[str, Any]]:
    document: dict[str, Any] = {"text": text, "post": post}
    if file is not None:
        content = base64.b64encode(file.content).decode()
        document["file"] = {"name": file.name, "content_type": file.content_type, "content": content}
    return _ask("lines", document, channel=channel, person=person)


def _ask(what: str, document: dict[str, Any] | None = None, **query: str) -> list[dict[str, Any]]:
    url = f"http://{HOST}:{settings.SIMULATOR_PORT}/_/{what}?{urlencode(query)}"
    body = b"" if document is None else json.dumps(document).encode()
    request = Request(url, body, {"X-Simulator": "1"}, "GET" if document is None else "POST")
    try:
        status, answer = post(request, timeout=TIMEOUT)
        found = json.loads(answer) if status == 200 else []
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise SimulatorAway from error
    return found if isinstance(found, list) else []
