"""What is sent: `{"type", "timestamp", "data"}` as Standard Webhooks wants it. `data` is the event exactly as
`GET /events/` tells it.
"""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

from apps.automation.kinds import TEST
from apps.tickets.selectors.feed import FeedEvent


def payload_of(told: FeedEvent) -> bytes:
    return _bytes(told.kind, told.created, {**dataclasses.asdict(told), "created": _moment(told.created)})


def test_payload(created: datetime) -> bytes:
    return _bytes(TEST, created, {"message": "This is a test of your endpoint. Nothing happened."})


def _bytes(kind: str, created: datetime, data: dict[str, Any]) -> bytes:
    document = {"type": kind, "timestamp": _moment(created), "data": data}
    # Half a character of a cut emoji is no UTF-8; it is told as JSON spells it.
    return json.dumps(document, separators=(",", ":")).encode()


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
