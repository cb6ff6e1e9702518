"""Forms as programs post them: with files or without."""

from __future__ import annotations

import email
import http.client
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import urlsplit

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


def fetched(url: str) -> File | None:
    """What stands behind an address of the installation, as a platform gets it that is told one."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    content_type = answer.headers.get_content_type()
    return File("file", content_type, content) if answer.status == 200 else None
