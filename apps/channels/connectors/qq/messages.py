"""From an event to a neutral message. Events without words of the customer are kept in the inbox and open nothing."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.utils.translation import gettext_lazy as _

from apps.channels import media
from apps.channels.connectors.bots.reading import opened, word
from apps.channels.connectors.documents import Document, part_of, rows_of, text_of
from apps.channels.connectors.qq import api
from apps.channels.connectors.qq.api import Target
from apps.channels.connectors.qq.push import IN_GROUP, IN_GUILD, MESSAGES, PRIVATE, PRIVATE_IN_GUILD, author_of
from apps.channels.connectors.workplace.reading import document_in
from apps.channels.contract import Ignored, Inbound, InboundFile, Parsed
from apps.channels.errors import Unreadable
from apps.channels.keys import key_of, message_key
from apps.channels.media import MediaGone
from apps.channels.models import InboundEvent
from apps.core.clock import now

KIND: Final = "qq"
OPENID: Final = "qq_openid"
WINDOW: Final = timedelta(hours=1)
"""Of what somebody wrote to the robot alone."""

SHORT_WINDOW: Final = timedelta(minutes=5)
"""Of what was written in a group or a guild."""

_CALLED: Final = re.compile(r"<@!?[0-9A-Za-z]+>")
_FACE: Final = re.compile(r'<faceType=[0-9]+,faceId="[^"]{0,40}",ext="([^"]{0,400})">')


def parse(event: InboundEvent, app_id: str) -> Parsed:
    document = opened(event)
    name, said = text_of(document, "t"), part_of(document, "d")
    if not name:
        raise Unreadable(reason=_("it names no event"))
    if name not in MESSAGES:
        return Ignored(f"qq.event_{word(name)}")
    author, message_id = author_of(document), text_of(said, "id")
    if not author or not message_id:
        raise Unreadable(reason=_("it names no sender or no message"))
    if part_of(said, "author").get("bot") is True:
        return Ignored("qq.from_robot")
    files, notice = media.all_received(event, [partial(_fetched, row) for row in rows_of(said, "attachments")])
    text = _text(said)
    return Inbound(
        sender_kind=OPENID,
        sender_value=author,
        sender_scope=app_id,
        sender_name=text_of(part_of(said, "author"), "username"),
        sender_verified=True,
        thread_key=key_of(KIND, "sender", app_id, author, _place(name, said)),
        text=text or ("" if files or notice else "[other]"),
        attachments=files,
        notice=notice or ("" if text or files else "unknown_type"),
        sent_at=_moment(text_of(said, "timestamp")),
        message_keys=(message_key(f"{KIND}:{message_id}"),),
        envelope={"message_id": message_id, "external_id": message_id, "type": name},
    )


def target_of(event: InboundEvent) -> Target:
    """Where the answer to a stored message goes."""
    document = opened(event)
    said = part_of(document, "d")
    place, field = PLACES[text_of(document, "t")]
    return place(text_of(said, field) or author_of(document), text_of(said, "id"))


def is_over(event: InboundEvent) -> bool:
    """Whether the platform no longer takes an answer to this message."""
    is_private = text_of(opened(event), "t") == PRIVATE
    return now() - event.received > (WINDOW if is_private else SHORT_WINDOW)


PLACES: Final[Mapping[str, tuple[Callable[[str, str], Target], str]]] = {
    PRIVATE: (api.private, ""),
    IN_GROUP: (api.group, "group_openid"),
    IN_GUILD: (api.guild_channel, "channel_id"),
    PRIVATE_IN_GUILD: (api.private_in_guild, "guild_id"),
}


def _place(name: str, said: Document) -> str:
    """What somebody writes in a group is another conversation than what they write to the robot alone."""
    return text_of(said, PLACES[name][1])


def _text(said: Document) -> str:
    """With the words of its smileys, without the call to the robot, and with what the platform heard in a voice."""
    text = _FACE.sub(_face, _CALLED.sub("", text_of(said, "content"))).strip()
    heard = [text_of(row, "asr_refer_text") for row in rows_of(said, "attachments")]
    return "\n".join(line for line in (text, *heard) if line)


def _face(found: re.Match[str]) -> str:
    try:
        inner = base64.b64decode(found[1]).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        inner = ""
    return f"[{text_of(document_in(inner), 'text') or 'face'}]"


def _fetched(row: Document) -> InboundFile:
    link = text_of(row, "url")
    if not link:
        raise MediaGone
    link = link if "://" in link else f"https://{link.lstrip('/')}"
    stem = text_of(row, "content_type").partition("/")[0]
    return media.download_link(link, stem=word(stem), name=text_of(row, "filename"))


def _moment(stamp: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
