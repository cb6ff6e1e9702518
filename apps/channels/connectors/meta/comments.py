"""Comments under the posts of a page or an account, which everybody reads and Meta's platforms tell of as changes.

The fields and their names, the two ways to answer and the limits of both are from memory, but for the private reply: once, within
seven days (developers.facebook.com, private replies). Nothing was checked on the console.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from apps.channels import media
from apps.channels.connectors.bots import contents, reading
from apps.channels.connectors.bots.contents import Author, Place, Said
from apps.channels.connectors.documents import Document, number_of, part_of, text_of
from apps.channels.contract import Capabilities, Content, Ignored, Inbound, InboundFile, Parsed, Post
from apps.channels.errors import Unreadable
from apps.channels.models import InboundEvent

PAGE_FIELD: Final = "feed"
PAGE_ITEM: Final = "comment"
ACCOUNT_FIELD: Final = "comments"

ADDED: Final = "add"
EDITED: Final = frozenset({"edit", "edited"})
REMOVED: Final = "remove"

PAGE_EDGE: Final = "comments"
ACCOUNT_EDGE: Final = "replies"
"""Below a comment, where an answer that everybody reads is posted."""

PAGE_TEXT: Final = 8000
ACCOUNT_TEXT: Final = 2200
"""Characters of one comment."""

PRIVATE_WINDOW: Final = timedelta(days=7)
PRIVATE_REPLIES: Final = 1
"""For each comment."""


def private_reply(max_length: int) -> Capabilities:
    return Capabilities(
        max_length=max_length,
        attachments=False,
        reply_window=PRIVATE_WINDOW,
        quota=PRIVATE_REPLIES,
        sends=frozenset({Content.TEXT}),
    )


@dataclass(frozen=True, slots=True)
class Comment:
    id: str
    verb: str
    author: str
    """Empty where the app may not know who wrote."""
    name: str
    post: Post
    text: str
    photo: str = ""
    seconds: float | None = None

    @property
    def external_id(self) -> str:
        """It keeps its id when it is edited or removed; those are known by their bytes."""
        return f"comment:{self.id}" if self.verb == ADDED else ""

    @property
    def order_by(self) -> str:
        return self.author or self.id


def comment_in(field: str, value: Document) -> Comment | None:
    """None for a change that tells of something else: a post, a reaction, a message."""
    if field == ACCOUNT_FIELD:
        return _of_account(value)
    if field == PAGE_FIELD and text_of(value, "item") == PAGE_ITEM:
        return _of_page(value)
    return None


def _of_page(value: Document) -> Comment:
    post, parent = text_of(value, "post_id"), text_of(value, "parent_id")
    return Comment(
        id=text_of(value, "comment_id"),
        verb=text_of(value, "verb"),
        author=text_of(part_of(value, "from"), "id"),
        name=text_of(part_of(value, "from"), "name"),
        # Right below the post, the post is called the parent.
        post=Post(post, text_of(part_of(value, "post"), "permalink_url"), "" if parent == post else parent),
        text=str(value.get("message") or ""),
        photo=text_of(value, "photo"),
        seconds=number_of(value, "created_time"),
    )


def _of_account(value: Document) -> Comment:
    return Comment(
        id=text_of(value, "id"),
        verb=text_of(value, "verb") or ADDED,
        author=text_of(part_of(value, "from"), "id"),
        name=text_of(part_of(value, "from"), "username"),
        post=Post(text_of(part_of(value, "media"), "id"), parent=text_of(value, "parent_id")),
        text=str(value.get("text") or ""),
    )


def read(event: InboundEvent, comment: Comment, *, kind: str, identity: str, account: str) -> Parsed:
    if comment.author == account:
        return Ignored(f"{kind}.own_comment")
    if not comment.id:
        raise Unreadable(reason="it names no comment")
    known = Author(identity, comment.author, account, scope=account, name=comment.name)
    if comment.verb == ADDED:
        return _inbound(event, comment, known, _said(event, comment), message_id=comment.id)
    if comment.verb in EDITED:
        return _inbound(event, comment, known, contents.edited(_said(event, comment)))
    if comment.verb == REMOVED:
        return _inbound(event, comment, known, REMOVAL, takes_back=comment.id)
    return Ignored(f"{kind}.comment_{reading.word(comment.verb)}")


REMOVAL: Final = replace(contents.taken_back(), notice="comment_removed")


def _said(event: InboundEvent, comment: Comment) -> Said:
    files, notice = media.all_received(event, [_photo(comment)] if comment.photo else [])
    if not (comment.text or files or notice):
        return contents.unknown("comment")
    return Said(comment.text, files, notice)


def _photo(comment: Comment) -> Callable[[], InboundFile]:
    return lambda: media.download_link(comment.photo, stem=f"file-{reading.word(comment.id)[-20:]}")


def _inbound(
    event: InboundEvent, comment: Comment, author: Author, said: Said, *, message_id: str = "", takes_back: str = ""
) -> Inbound:
    """What is said later about a comment belongs where the comment stands."""
    place = Place(
        event,
        message_id=message_id,
        refers_to=() if message_id else (comment.id,),
        sent_at=reading.moment(comment.seconds),
        type="comment",
        post=comment.post,
        takes_back=takes_back,
    )
    return contents.inbound(said, author, place)
