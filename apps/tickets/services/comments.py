"""Which public comments of somebody under a post can be answered, and which were answered in private."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from apps.channels.contract import Inbound
from apps.tickets.models import Interaction

KEPT: Final = 50
"""Comments of one person under one post; who writes more is answered under a newer one."""


def post_of(inbound: Inbound, at: datetime) -> dict[str, Any] | None:
    """What a new conversation under a post remembers of it; None for one that is not public."""
    if inbound.post is None:
        return None
    return {"id": inbound.post.id, "url": inbound.post.url, "comments": _with(inbound, {}, at)}


def note_comment(interaction: Interaction, inbound: Inbound, at: datetime) -> None:
    """One more stands under the post, or one less. Of a locked ticket; new words of an old comment change nothing."""
    known = interaction.comments
    if interaction.is_public and (comments := _with(inbound, known, at)) != known:
        _save(interaction, comments)


def count_private_reply(interaction: Interaction, comment: str, messages: int) -> None:
    """Fewer than none when they were taken back."""
    comments = dict(interaction.comments)
    if comment in comments:
        known = comments[comment]
        comments[comment] = {**known, "replies": max(0, known["replies"] + messages)}
        _save(interaction, comments)


def _with(inbound: Inbound, known: dict[str, Any], at: datetime) -> dict[str, Any]:
    comment = str(inbound.envelope.get("message_id") or "")
    if inbound.takes_back in known:
        return {**known, inbound.takes_back: {**known[inbound.takes_back], "is_gone": True}}
    if not comment or comment in known:
        return known
    comments = {**known, comment: {"at": at.isoformat(), "replies": 0, "is_gone": False}}
    return dict(list(comments.items())[-KEPT:])


def _save(interaction: Interaction, comments: dict[str, Any]) -> None:
    interaction.post = {**(interaction.post or {}), "comments": comments}
    interaction.save(update_fields=["post", "updated"])
