"""What the REST API calls to put a message into the inbox."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.submission import Submission, pack
from apps.channels.contract import IdentityClaim, InboundFile
from apps.channels.errors import ChannelInactive
from apps.channels.models import Channel, InboundEvent
from apps.channels.services import inbox
from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.core.permissions import require
from apps.customers import identities
from apps.customers.enums import IdentityKind

MAX_TEXT = 100_000
MAX_SHORT = 500
MAX_FILES = 20
MAX_FIELDS = 50


@dataclass(frozen=True, slots=True)
class Accepted:
    """`is_new` is False when the same message had been accepted before; `event` is then the earlier one."""

    event: InboundEvent
    is_new: bool


def accept_api_message(*, channel: Channel, data: Mapping[str, Any], idempotency_key: str, by: Actor) -> Accepted:
    """Stores a message once. Raises InvalidInput with every field that is wrong.

    `data`: sender {kind, value, scope, name, verified}, identities [{kind, value, scope, verified}], language, subject,
    text, html, thread, external_id, sent_at (ISO 8601 with offset), fields {category, priority, …}, attachments
    [{name, content_type, content_id, inline, and content (base64) or stored_id}]. A `stored_id` is trusted: the face
    that passes it on has checked whose file it is. What has an `external_id` is the same message by that, what has
    none by the caller's idempotency key. `verified` counts only on a channel that is set to trust its caller.
    """
    require(by, "api.use")
    require(by, "tickets.create")  # in a customer's name, which who may only look has no business to speak in
    if not channel.is_active or channel.kind != "api":
        raise ChannelInactive
    submission = _read(channel, data)
    external_id = _external_id(submission, idempotency_key, by)
    event = inbox.accept(
        channel=channel,
        external_id=external_id,
        order_by=submission.thread or f"{submission.sender.kind}:{submission.sender.scope}:{submission.sender.value}",
        payload=pack(submission),
        envelope={"face": str(by.face), "user_id": by.user_id, "token_id": by.token_id},
    )
    if event is not None:
        return Accepted(event, is_new=True)
    earlier = inbox.accepted_before(channel=channel, external_id=external_id)
    if earlier is None:
        raise ChannelInactive
    return Accepted(earlier, is_new=False)


def _external_id(submission: Submission, idempotency_key: str, by: Actor) -> str:
    if submission.external_id:
        return f"message:{submission.external_id}"
    if not idempotency_key:
        raise InvalidInput(fields={"external_id": [_("Give an external_id or an Idempotency-Key.")]})
    return f"key:{by.user_id}:{by.token_id}:{idempotency_key}"


def _read(channel: Channel, data: Mapping[str, Any]) -> Submission:
    connector = registry.get(channel.kind)
    reader = _Reader(data, trusts=bool(connector.setting(channel, "trusts_identities")))
    sender = reader.mapping("sender")
    submission = Submission(
        sender=reader.identity(sender, "sender"),
        sender_name=one_line(reader.text(sender, "name", "sender.name")),
        language=reader.text(data, "language")[:10],
        claims=tuple(reader.identity(item, "identities") for item in reader.items("identities")),
        subject=one_line(reader.text(data, "subject")),
        text=reader.text(data, "text", limit=MAX_TEXT),
        html=reader.text(data, "html", limit=MAX_TEXT),
        thread=reader.text(data, "thread"),
        external_id=reader.text(data, "external_id"),
        sent_at=reader.moment("sent_at"),
        fields=reader.fields(),
        files=reader.files(int(connector.setting(channel, "max_attachment_mb")) * 1024 * 1024),
    )
    if not (submission.text.strip() or submission.html.strip() or submission.files):
        reader.refuse("text", _("A message needs text, html or attachments."))
    reader.finish()
    return submission


class _Reader:
    """Reads untyped input and gathers everything that is wrong with it, so that the caller can mend it in one go."""

    def __init__(self, data: Mapping[str, Any], *, trusts: bool) -> None:
        self._data = data
        self._trusts = trusts
        self._errors: dict[str, list[Any]] = {}

    def refuse(self, field: str, message: Any) -> None:
        self._errors.setdefault(field, []).append(message)

    def finish(self) -> None:
        if self._errors:
            raise InvalidInput(fields=self._errors)

    def mapping(self, name: str) -> Mapping[str, Any]:
        value = self._data.get(name, {})
        if isinstance(value, Mapping):
            return value
        self.refuse(name, _("This must be an object."))
        return {}

    def items(self, name: str, limit: int = MAX_FILES) -> list[Mapping[str, Any]]:
        value = self._data.get(name) or []
        if isinstance(value, list) and len(value) <= limit and all(isinstance(item, Mapping) for item in value):
            return value
        self.refuse(name, _("This must be a list of objects, with %(limit)d at most.") % {"limit": limit})
        return []

    def text(self, source: Mapping[str, Any], name: str, label: str = "", limit: int = MAX_SHORT) -> str:
        value = source.get(name)
        if value is None:
            return ""
        if isinstance(value, str) and len(value) <= limit and "\x00" not in value:
            return value
        self.refuse(label or name, _("This must be a text of at most %(limit)d characters.") % {"limit": limit})
        return ""

    def identity(self, source: Mapping[str, Any], label: str) -> IdentityClaim:
        kind = self.text(source, "kind", f"{label}.kind") or str(IdentityKind.EXTERNAL_ID)
        value = self.text(source, "value", f"{label}.value")
        scope = self.text(source, "scope", f"{label}.scope", limit=120)
        try:
            value = identities.normalize(kind, value)
        except InvalidInput as error:
            for name, messages in error.fields.items():
                for message in messages:
                    self.refuse(f"{label}.{name}", message)
        return IdentityClaim(kind, value, scope, verified=self._trusts and source.get("verified") is True)

    def moment(self, name: str) -> str:
        text = self.text(self._data, name)
        try:
            is_good = not text or datetime.fromisoformat(text).tzinfo is not None
        except ValueError:
            is_good = False
        if not is_good:
            self.refuse(name, _("This must be a time with an offset, as 2026-01-31T12:00:00+08:00."))
        return text if is_good else ""

    def fields(self) -> dict[str, Any]:
        fields = self.mapping("fields")
        if len(fields) > MAX_FIELDS:
            self.refuse("fields", _("These are too many fields."))
        return {
            str(name)[:80]: value
            for name, value in fields.items()
            if value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 1000)
        }

    def files(self, limit: int) -> tuple[InboundFile, ...]:
        files = []
        for item in self.items("attachments"):
            stored_id = item.get("stored_id")
            content = b"" if stored_id is not None else self._content(item)
            limit -= len(content)
            files.append(
                InboundFile(
                    name=self.text(item, "name", "attachments.name"),
                    content_type=self.text(item, "content_type", "attachments.content_type"),
                    content=content,
                    content_id=self.text(item, "content_id", "attachments.content_id", limit=250),
                    inline=item.get("inline") is True,
                    stored_id=stored_id if isinstance(stored_id, int) else None,
                )
            )
        if limit < 0:
            self.refuse("attachments", _("The attachments are too large."))
        return tuple(files)

    def _content(self, item: Mapping[str, Any]) -> bytes:
        value = item.get("content", "")
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError, TypeError):
            self.refuse("attachments.content", _("This must be base64."))
            return b""


def one_line(text: str) -> str:
    """Without line breaks and control characters: what goes into a subject or a name."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
