"""Takes out of pictures and films what their makers wrote beside the picture: places, devices, names, times, previews.

Only the containers are read and written anew; nothing is decoded, so no pixel changes and no codec meets a stranger's
bytes. How a picture is to be turned stays, as that alone.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from apps.core.metadata.boxes import clean_boxes, is_boxes
from apps.core.metadata.gif import clean_gif
from apps.core.metadata.jpeg import clean_jpeg
from apps.core.metadata.png import clean_png
from apps.core.metadata.webp import clean_webp

_CLEANERS: Final[Mapping[str, Callable[[bytes], bytes]]] = MappingProxyType(
    {"image/jpeg": clean_jpeg, "image/png": clean_png, "image/gif": clean_gif, "image/webp": clean_webp}
)


_BEGINNINGS: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def cleaned_as(head: bytes) -> str:
    """The type that a file which begins like this is cleaned as; empty for one that is not cleaned.

    Told from its first bytes alone: what is too large to be shown, or says its size late, is cleaned as well.
    """
    if is_boxes(head):
        return "video/mp4"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((content_type for beginning, content_type in _BEGINNINGS if head.startswith(beginning)), "")


def without_metadata(content: bytes, content_type: str) -> bytes:
    """The same picture or film without what was written beside it.

    What is cut short is cleaned as far as it goes. Raises ValueError for what cannot be read as what it claims to be.
    """
    clean = _CLEANERS.get(content_type, clean_boxes)
    try:
        return clean(content)
    except (struct.error, IndexError) as error:
        raise ValueError("unreadable") from error
