"""The call that carries an answer out: made from a template, signed, sent once, and judged by what comes back."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.webhook.access import scheme_of
from apps.channels.connectors.webhook.expressions import Budget, search
from apps.channels.connectors.webhook.mapping import BodyUnreadable, as_text, read_body
from apps.channels.connectors.webhook.signing import Style
from apps.channels.contract import Outbound, SendResult
from apps.channels.enums import FailureKind
from apps.channels.errors import ChannelError
from apps.channels.platform_http import Answer, PlatformTrouble, call, retry_after
from apps.core import clock

PLACEHOLDERS: Final = (
    "text",
    "message_id",
    "recipient",
    "conversation",
    "in_reply_to",
    "agent_name",
    "subject",
    "language",
    "is_public",
    "comment",
    "post",
    "timestamp",
    "time",
)
MAX_ANSWER: Final = 256 * 1024
_PLACE: Final = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")


class TemplateRefused(ChannelError):
    code = "channels.template_refused"
    status = 422
    message = _("The template cannot be used: %(reason)s")


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


# --- Templates ----------------------------------------------------------------------------------------------------


def check_template(text: str) -> None:
    """Raises TemplateRefused for what is no JSON, or names a placeholder that is not there."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TemplateRefused(reason=str(error)[:200]) from error
    _filled(document, dict.fromkeys(PLACEHOLDERS, ""))


def check_places(text: str) -> None:
    """Of a template that is plain text: an address, a header."""
    _filled(text, dict.fromkeys(PLACEHOLDERS, ""))


def values_of(outbound: Outbound) -> dict[str, str]:
    """What the placeholders stand for."""
    moment = clock.now()
    return {
        "text": outbound.text,
        "message_id": outbound.client_key,
        "recipient": str(outbound.thread.get("value") or next(iter(outbound.recipients.to), "")),
        "conversation": next(iter(outbound.references), ""),
        "in_reply_to": outbound.in_reply_to,
        "agent_name": outbound.from_name,
        "subject": outbound.subject,
        "language": outbound.language,
        "is_public": "true" if outbound.is_public else "false",
        "comment": outbound.comment,
        "post": outbound.post,
        "timestamp": str(int(moment.timestamp())),
        "time": moment.isoformat(timespec="seconds"),
    }


def tells_public(settings: Mapping[str, Any]) -> bool:
    """Whether the other system hears which answers everybody shall read."""
    texts = (settings.get("send_url"), settings.get("send_body"), *(settings.get("send_headers") or ()))
    return any("is_public" in _PLACE.findall(str(text or "")) for text in texts)


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    """Placeholders are exchanged inside of the parsed template, so no value can leave its quotation marks."""
    if isinstance(template, dict):
        return {key: _filled(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, values) for value in template]
    if isinstance(template, str):
        return _PLACE.sub(lambda place: _value(place.group(1), values), template)
    return template


def _value(name: str, values: Mapping[str, str]) -> str:
    if name not in values:
        raise TemplateRefused(reason=_("there is no placeholder “%(name)s”") % {"name": name})
    return values[name]


# --- The request --------------------------------------------------------------------------------------------------


def build(settings: Mapping[str, Any], secret: str, outbound: Outbound) -> Request:
    values = values_of(outbound)
    body = _body(settings, values)
    kind = "application/x-www-form-urlencoded" if settings.get("send_format") == "form" else "application/json"
    headers = {"Content-Type": kind, **_headers(settings, values)}
    return Request(
        method=str(settings.get("send_method") or "POST"),
        url=_filled(str(settings["send_url"]), {name: quote(value, safe="") for name, value in values.items()}),
        headers=headers | _proof(settings, secret, body, outbound.client_key),
        body=body,
    )


def _body(settings: Mapping[str, Any], values: Mapping[str, str]) -> bytes:
    document = _filled(json.loads(settings.get("send_body") or "{}"), values)
    if settings.get("send_format") != "form":
        return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    fields = document.items() if isinstance(document, dict) else ()
    return urlencode(
        [(name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)) for name, value in fields]
    ).encode()


def _headers(settings: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, str]:
    """One `Name: value` a line; what is put in cannot begin another line."""
    headers = {}
    for line in settings.get("send_headers") or ():
        name, _colon, value = str(line).partition(":")
        filled = _filled(value.strip(), {key: quote(text, safe=" /:+@") for key, text in values.items()})
        headers[name.strip()] = filled
    return headers


def _proof(settings: Mapping[str, Any], secret: str, body: bytes, message_id: str) -> dict[str, str]:
    match signing := settings.get("send_signing") or "none":
        case "none":
            return {}
        case "bearer":
            return {"Authorization": f"Bearer {secret}"}
        case "basic":
            return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
        case _:
            scheme = scheme_of(settings, "send_", Style(signing))
            return scheme.sign(secret, body, message_id=message_id, at=int(time.time()))


# --- The answer ---------------------------------------------------------------------------------------------------


def send(settings: Mapping[str, Any], secret: str, outbound: Outbound) -> SendResult:
    """Hands one message over. Never raises over what the other side does."""
    if not settings.get("send_url"):
        return SendResult.failed(FailureKind.MISCONFIGURED, "no outgoing call is defined")
    try:
        request = build(settings, secret, outbound)
    except (TemplateRefused, ValueError) as error:
        return SendResult.failed(FailureKind.MISCONFIGURED, f"template: {error}")
    return _exchange(settings, request)


def _exchange(settings: Mapping[str, Any], request: Request) -> SendResult:
    """Only a system that knows our ids may be sent the same again when nobody knows whether it took it."""
    may_repeat = bool(settings.get("send_repeatable")) or settings.get("send_signing") == Style.STANDARD
    try:
        answer = call(
            request.method,
            request.url,
            repeatable=may_repeat,
            max_bytes=MAX_ANSWER,
            headers=dict(request.headers),
            content=request.body,
        )
    except PlatformTrouble as trouble:
        return trouble.result
    return _judge(settings, answer)


def _judge(settings: Mapping[str, Any], answer: Answer) -> SendResult:
    document = _document(answer)
    detail = f"{answer.status} {answer.content[:500].decode('utf-8', 'replace')}"
    kind = _told_failure(settings, document)
    if kind is not None:
        return _failure(kind, detail, answer)
    if 200 <= answer.status < 300 and _is_page(answer) and not settings.get("send_ok"):
        # A sign-in page or a proxy's notice: whether anything was taken, nobody can tell, unless a rule says how.
        return SendResult.unknown(detail)
    if 200 <= answer.status < 300:
        return _success(settings, document, detail)
    if answer.status in {408, 425}:
        return SendResult.retry_later(detail, retry_after(answer.headers))
    return SendResult.failed(_kind_of(answer.status), detail)


def _is_page(answer: Answer) -> bool:
    begins = answer.content[:100].lstrip().lower()
    return begins.startswith((b"<html", b"<!doctype html"))


def _success(settings: Mapping[str, Any], document: Any, detail: str) -> SendResult:
    try:
        if (expression := settings.get("send_ok")) and not search(str(expression), document, Budget()):
            return SendResult.failed(FailureKind.REJECTED, detail)
        found = search(str(settings.get("send_id") or ""), document, Budget())
        return SendResult.sent(as_text("send_id", found, 200))
    except ChannelError as error:
        # It was taken: what its answer holds is no reason to send it once more.
        return SendResult.sent(detail=f"{error}: {detail}")


def _told_failure(settings: Mapping[str, Any], document: Any) -> FailureKind | None:
    """The first of the manager's lines `kind: expression` that is true of the answer."""
    for line in settings.get("send_failures") or ():
        kind, _colon, expression = str(line).partition(":")
        try:
            if search(expression.strip(), document, Budget()):
                return FailureKind(kind.strip())
        except (ChannelError, ValueError):
            continue
    return None


def _failure(kind: FailureKind, detail: str, answer: Answer) -> SendResult:
    if kind == FailureKind.RETRY_LATER:
        return SendResult.retry_later(detail, retry_after(answer.headers))
    if kind == FailureKind.UNKNOWN_OUTCOME:
        return SendResult.unknown(detail)
    return SendResult.failed(kind, detail)


def _kind_of(status: int) -> FailureKind:
    match status:
        case 401:
            return FailureKind.REAUTHENTICATE
        case 400 | 409 | 413 | 422:
            return FailureKind.REJECTED
        case _:
            # Redirects are not followed: they lead to another place than the manager chose.
            return FailureKind.MISCONFIGURED


def _document(answer: Answer) -> Any:
    """What expressions see of an answer: its body, or nothing where it cannot be read."""
    try:
        return read_body(answer.content)
    except BodyUnreadable:
        return None
