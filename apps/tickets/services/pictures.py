"""Pictures inside what people write: each is one of the writer's own uploads, and nothing else can be referred to.

The composer names an upload by its public id (`cid:<id>`). A message names it by a content id, which mail programs
know; taken back, it is an upload again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from apps.core.richtext import clean_html
from apps.core.sniffing import INLINE_TYPES
from apps.tickets.models import DraftFile
from apps.tickets.services.timeline import FileToAttach

# As the sanitizer writes it: every attribute in double quotes.
_IMAGE = re.compile(r'<img((?:\s+[a-z-]+="[^"]*")*)\s*/?>')
_SOURCE = re.compile(r'\ssrc="cid:([^"]*)"')


def attach_uploads(
    html: str, uploads: Iterable[DraftFile], *, mentions: bool = False
) -> tuple[str, list[FileToAttach]]:
    """The clean text with its pictures in place, and the files to attach: in their places or beside it."""
    html = clean_html(html, mentions=mentions)
    named = set(_names_in(html))
    places: dict[str, str] = {}
    files = []
    for row in uploads:
        is_inline = row.public_id in named and row.file.content_type in INLINE_TYPES
        content_id = f"{row.public_id}@picture" if is_inline else ""
        if is_inline:
            places[row.public_id] = content_id
        files.append(FileToAttach(stored_id=row.file_id, content_id=content_id, is_inline=is_inline))
    return rename_pictures(html, places), files


def rename_pictures(html: str, places: Mapping[str, str]) -> str:
    """Every picture under its new name; one that has none is not ours, and goes."""

    def rename(image: re.Match[str]) -> str:
        source = _SOURCE.search(image[1])
        new = places.get(source[1]) if source else None
        if source is None or new is None:
            return ""
        start, end = image.start(1) - image.start() + source.start(1), image.start(1) - image.start() + source.end(1)
        return image[0][:start] + new + image[0][end:]

    return _IMAGE.sub(rename, html)


def _names_in(html: str) -> Iterable[str]:
    for image in _IMAGE.finditer(html):
        if source := _SOURCE.search(image[1]):
            yield source[1]
