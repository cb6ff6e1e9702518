"""What the partner hears of a case: signed events by Standard Webhooks, each with a version that only rises."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any, Final

from apps.channels.connectors.partner.cases import case_id
from apps.channels.connectors.webhook.signing import Scheme, Style
from apps.channels.contract import CaseState, Outbound, SendResult
from apps.channels.enums import FailureKind
from apps.channels.models import Channel, Delivery
from apps.channels.platform_http import Answer, PlatformTrouble, call, retry_after
from apps.core import clock
from apps.core.sequences import next_id

MAX_ANSWER: Final = 64 * 1024
_REASONED: Final = {CaseState.RESOLVED: "summary", CaseState.RETURNED: "reason"}


def new_event_id() -> str:
    """Names an event and carries its version and time, so that every attempt says the same.

    Versions come from the sequence of deliveries: taken under the ticket's lock, they rise in the order in which its
    events are handed over, also when a case goes on with another ticket.
    """
    return f"case-{next_id(Delivery)}-{int(clock.now().timestamp())}"


def send(channel: Channel, secret: str, outbound: Outbound) -> SendResult:
    """Hands one event over. The partner knows repetitions by their id, so nothing is ever of unknown outcome."""
    body = json.dumps(event_of(channel, outbound), ensure_ascii=False).encode("utf-8", "replace")
    try:
        proof = Scheme(Style.STANDARD).sign(secret, body, message_id=outbound.client_key, at=int(time.time()))
    except ValueError:
        return SendResult.failed(FailureKind.MISCONFIGURED, "the secret for events is not base64")
    headers = {"Content-Type": "application/json", **proof}
    url = str(channel.settings.get("events_url") or "")
    try:
        answer = call("POST", url, repeatable=True, max_bytes=MAX_ANSWER, headers=headers, content=body)
    except PlatformTrouble as trouble:
        return trouble.result
    return _judge(answer)


def event_of(channel: Channel, outbound: Outbound) -> dict[str, Any]:
    """Only what the partner gave us itself, and what was written for it."""
    _case, version, moment = outbound.client_key.split("-")
    external_ref = outbound.recipients.to[0]
    told = {"case_id": case_id(channel, external_ref), "external_ref": external_ref, "version": int(version)}
    return {
        "type": f"case.{outbound.case_state or 'message'}",
        "timestamp": datetime.fromtimestamp(int(moment), UTC).isoformat(),
        "data": told | _content(outbound),
    }


def _content(outbound: Outbound) -> dict[str, str]:
    if not outbound.case_state:
        return {"text": outbound.text, "from": outbound.from_name}
    name = _REASONED.get(CaseState(outbound.case_state))
    return {name: outbound.text} if name else {}


def _judge(answer: Answer) -> SendResult:
    detail = f"{answer.status} {answer.content[:500].decode('utf-8', 'replace')}"
    if 200 <= answer.status < 300:
        return SendResult.sent()
    if answer.status in {408, 425}:
        return SendResult.retry_later(detail, retry_after(answer.headers))
    if answer.status in {400, 409, 413, 422}:
        return SendResult.failed(FailureKind.REJECTED, detail)
    # Redirects are not followed: they lead to another place than the manager chose.
    return SendResult.failed(FailureKind.MISCONFIGURED, detail)
