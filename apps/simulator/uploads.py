"""Forms as programs post them: with files or without."""

from __future__ import annotations

import email
from dataclasses import dataclass, field
from email.message import Message

from apps.simulator.shapes import Call, File


@dataclass(frozen=True, slots=True)
class Upload:
    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)


def upload_of(call: Call) -> Upload:
    content_type = call.headers.get("content-type", "")
    if not content_type.startswith("multipart/"):
        return Upload(call.form())
    found = Upload()
    parts = email.message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + call.body).get_payload()
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, Message):
            _add(found, part)
    return found


def _add(found: Upload, part: Message) -> None:
    name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
    if not isinstance(name, str) or not isinstance(content, bytes):
        return
    if part.get_filename() is None:
        found.fields[name] = content.decode("utf-8", "replace")
    else:
        found.files[name] = File(part.get_filename() or name, part.get_content_type(), content)
