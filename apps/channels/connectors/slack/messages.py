"""From an event to a neutral message.

With the app alone everything is said to it. In channels only what names it, and what follows in a thread in which it was
named, unless the channel is set to take in everything. Edits and deletions count where the first words did.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final

from django.utils.translation import gettext_lazy as _

from apps.channels import echoes, media
from apps.channels.connectors.documents import Document, NotADocument, number_of, part_of, rows_of, text_of
from apps.channels.connectors.slack import markup, push
from apps.channels.connectors.slack.api import Place, SlackApi
from apps.channels.contract import IdentityClaim, Ignored, Inbound, InboundFile, Outbound, Parsed, Receipt
from apps.channels.enums import DeliveryState, InboundState
from apps.channels.errors import Unreadable
from apps.channels.keys import key_of, message_key
from apps.channels.models import InboundEvent
from apps.channels.services import inbox

KIND: Final = "slack"
USER: Final = "slack_user"

SAID: Final = frozenset({"", "file_share", "me_message", "thread_broadcast"})
"""Subtypes that are somebody's words."""

HAPPENED: Final = frozenset(
    {
        "channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name", "channel_archive",
        "channel_unarchive", "channel_convert_to_private", "channel_posting_permissions", "group_join", "group_leave",
        "group_topic", "group_purpose", "group_name", "group_archive", "group_unarchive", "bot_add", "bot_remove",
        "bot_message", "pinned_item", "unpinned_item", "reminder_add", "ekm_access_denied", "message_replied",
        "assistant_app_thread", "tombstone", "huddle_thread",
    }
)  # fmt: skip
"""Subtypes that the platform or a machine wrote; from memory but bot_message."""

_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Profile:
    """What the platform tells of a person, where it was asked."""

    name: str = ""
    identities: tuple[IdentityClaim, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    document: Document
    row: InboundEvent
    api: SlackApi
    team: str
    hears_everything: bool
    profile: Callable[[str], Profile]

    @property
    def event(self) -> Document:
        return part_of(self.document, "event")

    def text(self, name: str) -> str:
        return text_of(self.event, name)

    @property
    def bot(self) -> str:
        """The app's own user, as the platform says in each event."""
        own = (row for row in rows_of(self.document, "authorizations") if row.get("is_bot") is not False)
        return next((text_of(row, "user_id") for row in own), "")


def opened(row: InboundEvent) -> Document:
    try:
        return push.read(bytes(row.payload))
    except NotADocument as error:
        raise Unreadable(reason=str(error)) from error


def parse(call: Call) -> Parsed:
    if text_of(call.document, "command"):
        return _command(call)
    if call.event and text_of(call.document, "team_id") not in ("", call.team):
        raise Unreadable(reason=_("it was meant for another workspace"))
    kind = call.text("type")
    if kind not in ("message", "app_mention"):
        return Ignored(f"slack.event_{_word(kind or text_of(call.document, 'type')) or 'unnamed'}")
    subtype = call.text("subtype")
    if subtype == "message_changed":
        return _changed(call)
    if subtype == "message_deleted":
        return _deleted(call)
    return _message(call, subtype)


def place_of(outbound: Outbound) -> Place | None:
    """The channel and thread of the newest message of the customer that this answer follows."""
    for known in (outbound.in_reply_to, *reversed(outbound.references)):
        kind, _sep, rest = known.partition(":")
        channel, _sep, thread = rest.partition(":")
        if kind == KIND and channel:
            return Place(channel, thread)
    return None


def _word(name: str) -> str:
    return _WORD.sub("_", name.lower()).strip("_")[:50]


# --- What somebody writes -----------------------------------------------------------------------------------------


def _message(call: Call, subtype: str) -> Parsed:
    if subtype in HAPPENED:
        return Ignored(f"slack.message_{subtype}")
    if _is_own(call, call.event):
        return _echo(call)
    if call.text("bot_id"):
        return Ignored("slack.another_bot")
    if not _is_for_us(call):
        return Ignored("slack.not_for_us")
    files, notice = _files(call, call.event)
    known = subtype in SAID
    return _inbound(
        call,
        call.event,
        text=_words(call, call.text("text")) or ("" if known else f"[{subtype[:60]}]"),
        files=files,
        notice=notice if known else "unknown_type",
        keys=(message_key(f"{KIND}:{call.text('channel')}:{call.text('ts')}"),),
    )


def _inbound(
    call: Call,
    message: Document,
    *,
    text: str,
    files: tuple[InboundFile, ...] = (),
    notice: str = "",
    keys: tuple[bytes, ...] = (),
    quoted: str = "",
    opens_nothing: bool = False,
) -> Inbound:
    user, channel, ts = text_of(message, "user"), call.text("channel"), text_of(message, "ts")
    if not user or not channel or not ts:
        raise Unreadable(reason=_("it names no sender, no channel or no time"))
    thread = text_of(message, "thread_ts")
    answered = thread or ("" if push.is_direct(call.event) else ts)
    who = call.profile(user)
    return Inbound(
        sender_kind=USER,
        sender_value=user,
        sender_scope=call.team,
        sender_name=who.name,
        sender_verified=True,
        thread_key=key_of(KIND, "thread", call.team, push.thread_of(call.event), user),
        text=text,
        quoted=quoted,
        attachments=files,
        notice=notice,
        sent_at=moment(ts),
        message_keys=keys,
        is_automatic=opens_nothing,
        opens_nothing=opens_nothing,
        envelope={"message_id": f"{KIND}:{channel}:{answered}", "external_id": f"{channel}:{ts}", "type": "message"},
        identities=who.identities,
    )


def _words(call: Call, text: str) -> str:
    return markup.words_of(markup.without_leading_mention(text, call.bot))


def _is_for_us(call: Call) -> bool:
    if push.is_direct(call.event) or call.hears_everything or call.text("type") == "app_mention":
        return True
    return markup.mentions(call.text("text"), call.bot) or _is_followed(call)


def _is_followed(call: Call) -> bool:
    """Whether something of this thread was taken in already. A thread is what messages are kept in order by."""
    key = inbox.order_key(call.row.channel, push.thread_of(call.event))
    return InboundEvent.objects.filter(
        channel_id=call.row.channel_id, order_key=key, state=InboundState.DONE
    ).exists()  # fmt: skip


def _files(call: Call, message: Document) -> tuple[tuple[InboundFile, ...], str]:
    fetches = [partial(_file, call, row) for row in rows_of(message, "files")]
    return media.all_received(call.row, fetches)


def _file(call: Call, row: Document) -> InboundFile:
    return call.api.download(row, stem=f"file-{_word(text_of(row, 'id')) or 'unnamed'}")


def moment(ts: str) -> datetime | None:
    seconds = number_of({"ts": ts}, "ts")
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None


# --- What becomes of it later -------------------------------------------------------------------------------------


def _changed(call: Call) -> Parsed:
    """The platform also changes a message when it shows what is behind a link; then the words are the same."""
    after, before = part_of(call.event, "message"), part_of(call.event, "previous_message")
    if text_of(after, "bot_id") or _is_own(call, after):
        return Ignored("slack.echo")
    if text_of(after, "text") == text_of(before, "text"):
        return Ignored("slack.shown_otherwise")
    if not _was_taken_in(call, text_of(after, "ts")):
        return Ignored("slack.not_for_us")
    return _inbound(
        call, after, text=_words(call, text_of(after, "text")), quoted=_words(call, text_of(before, "text")),
        notice="edited",
    )  # fmt: skip


def _deleted(call: Call) -> Parsed:
    before = part_of(call.event, "previous_message")
    if not _was_taken_in(call, call.text("deleted_ts") or text_of(before, "ts")):
        return Ignored("slack.not_for_us")
    words = _words(call, text_of(before, "text"))
    return _inbound(call, before, text="", quoted=words, notice="unsent", opens_nothing=True)


def _was_taken_in(call: Call, ts: str) -> bool:
    row = inbox.accepted_before(channel=call.row.channel, external_id=push.message_id(call.text("channel"), ts))
    return row is not None and row.state == InboundState.DONE


# --- What we sent ourselves ---------------------------------------------------------------------------------------


def _is_own(call: Call, message: Document) -> bool:
    app = text_of(call.document, "api_app_id")
    by_app = bool(app) and app in (text_of(message, "app_id"), text_of(part_of(message, "bot_profile"), "app_id"))
    return by_app or (bool(call.bot) and text_of(message, "user") == call.bot)


def _echo(call: Call) -> Receipt | Ignored:
    words, has_files = markup.words_of(call.text("text")), bool(rows_of(call.event, "files"))

    def is_echoed(outbound: Outbound) -> bool:
        place = place_of(outbound)
        if place is not None and place.channel != call.text("channel"):
            return False
        return echoes.says(outbound, words, has_files=has_files)

    sent = echoes.undecided(call.row.channel_id, is_echoed)
    if sent is None:
        return Ignored("slack.echo")
    provider_id = f"{call.text('channel')}:{call.text('ts')}"
    return Receipt(DeliveryState.SENT, client_key=sent.client_key, provider_id=provider_id)


# --- Commands -----------------------------------------------------------------------------------------------------


def _command(call: Call) -> Inbound:
    """A slash command may be typed in a channel in which the app is not: the answer goes to its author alone."""
    user = text_of(call.document, "user_id")
    if not user:
        raise Unreadable(reason=_("it names no sender"))
    if text_of(call.document, "team_id") not in ("", call.team):
        raise Unreadable(reason=_("it was meant for another workspace"))
    who = call.profile(user)
    return Inbound(
        sender_kind=USER,
        sender_value=user,
        sender_scope=call.team,
        sender_name=who.name,
        sender_verified=True,
        thread_key=key_of(KIND, "command", call.team, user),
        text=f"{text_of(call.document, 'command')} {text_of(call.document, 'text')}".strip(),
        envelope={"external_id": text_of(call.document, "trigger_id"), "type": "command"},
        identities=who.identities,
    )
