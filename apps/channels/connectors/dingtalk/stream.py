"""The Stream mode: we open a connection, messages come as frames, and a frame is acknowledged once it is stored.

A ticket opens one connection. What is not acknowledged comes again, perhaps over another connection.
Source: open-dingtalk/dingtalk-stream-sdk-python; nothing was checked on a real account.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

from apps.channels import streams
from apps.channels.connectors.bots.reading import id_of_bytes, readable, unread
from apps.channels.connectors.dingtalk import push
from apps.channels.connectors.dingtalk.api import MESSAGES, DingtalkApi
from apps.channels.connectors.documents import Document, part_of, text_of
from apps.channels.connectors.workplace.reading import to_json
from apps.channels.contract import ChannelLease, VerifiedInput
from apps.channels.models import Channel
from apps.channels.services import health

PAUSE_SECONDS: Final = 0.5
"""Between a connection that the platform ended in good order and the next."""

STORED: Final = '{"response": null, "status": "SUCCESS"}'


def listen(api: DingtalkApi, channel: Channel, lease: ChannelLease, stop: threading.Event) -> None:
    while not stop.is_set() and not lease.is_lost:
        _connection(api, channel, lease, stop)
        stop.wait(PAUSE_SECONDS)


def _connection(api: DingtalkApi, channel: Channel, lease: ChannelLease, stop: threading.Event) -> None:
    """Until the platform asks for another one, or it is time to end."""
    with streams.opened(api.stream_address()) as stream:
        health.note_success(channel.pk)
        for frame in streams.frames(stream, lease, stop):
            if frame is None:
                continue
            answer = _answer(frame, channel, lease)
            if answer is None:
                return
            stream.say(answer)


def _answer(frame: str, channel: Channel, lease: ChannelLease) -> Mapping[str, Any] | None:
    """What a frame wants to hear; None for the last one."""
    document = readable(frame.encode("utf-8", "replace")) or {}
    if text_of(document, "type").upper() != "SYSTEM":
        streams.accept(channel, lease, _item(document, frame))
        return _acknowledgement(document, STORED)
    return None if _topic(document) == "disconnect" else _acknowledgement(document, _data(document))


def _item(document: Document, frame: str) -> VerifiedInput:
    """A message to the robot is stored as it would come by a call, anything else with the name that it goes by."""
    head, data = part_of(document, "headers"), _data(document).encode("utf-8", "replace")
    if not document:
        return unread(frame.encode("utf-8", "replace"))
    if _topic(document) == MESSAGES:
        return push.item(data)
    event_id = text_of(head, "eventId") or text_of(head, "messageId")
    return VerifiedInput(
        external_id=f"event:{event_id}" if event_id else id_of_bytes(data),
        order_by="",
        payload=data,
        envelope={"event": text_of(head, "eventType") or _topic(document) or "unnamed"},
    )


def _data(document: Document) -> str:
    """JSON as text; an object is taken as well."""
    return to_json(inner).decode() if (inner := part_of(document, "data")) else text_of(document, "data")


def _topic(document: Document) -> str:
    return text_of(part_of(document, "headers"), "topic")


def _acknowledgement(document: Document, data: str) -> dict[str, Any]:
    message_id = text_of(part_of(document, "headers"), "messageId")
    return {
        "code": 200,
        "headers": {"messageId": message_id, "contentType": "application/json"},
        "message": "OK",
        "data": data,
    }
