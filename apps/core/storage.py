"""Files: encrypted in chunks under a random name of ours, sniffed, and served so that no browser runs them.

On disk: ``CCF1``, then chunks of at most 256 KiB, each AES-GCM under the file's own key, bound to its place and to
being the last.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Literal

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from apps.core import clock, sniffing, virus_scanner
from apps.core.actor import Actor
from apps.core.crypto import DecryptionError
from apps.core.errors import AppError, Unavailable
from apps.core.metadata import cleaned_as, without_metadata
from apps.core.models import PlayableCopy, ScanState, StoredFile
from apps.core.wake import wake

logger = structlog.get_logger(__name__)

CHUNK = 256 * 1024
MAGIC = b"CCF1"
TAG = 16
DEFAULT_LIMIT = 25 * 1024 * 1024
MAX_NAME = 200
ORPHAN_AGE = 24 * 3600
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Kinds of characters that show nothing, or turn around what stands beside them."""
_BLANKS = re.compile(r"[\s\u115f\u1160\u3164\uffa0]+")
"""Letters by their kind, and blank by their look."""

FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:; sandbox"


class FileTooLarge(AppError):
    code = "core.file_too_large"
    status = 413
    message = _("The file is larger than %(limit)s MB.")


class FileMissing(Unavailable):
    code = "core.file_missing"
    message = _("The file's content cannot be read at the moment.")


class FileInfected(AppError):
    code = "core.file_infected"
    status = 410
    message = _("A virus was found in this file, so nobody can open or send it.")


class FileNotScanned(Unavailable):
    code = "core.file_not_scanned"
    message = _("This file is still being looked at for viruses. Please try again in a moment.")


def store_file(
    content: bytes | IO[bytes], *, name: str, by: Actor, limit: int | None = None, is_ours: bool = False
) -> StoredFile:
    """Encrypt the content to disk and write its row in the caller's transaction; of pictures and films without what
    was written beside them (`apps.core.metadata`).

    If that transaction fails, the content is an orphan, which a sweep takes away after a day. With `is_ours` it was made
    by us, and is neither cleaned nor looked at for viruses.
    """
    limit = limit or file_limit()
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    if not is_ours:
        source = _cleaned(source, limit)
    key, storage_key = AESGCM.generate_key(256), secrets.token_hex(24)
    target = _path(storage_key)
    _make_folders(target.parent)
    partial = target.with_suffix(".part")
    try:
        size, sha256, head = _write(source, partial, key, storage_key, limit)
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    stored = StoredFile(
        name=clean_name(name),
        size=size,
        sha256=sha256,
        content_type=_type_of(source, head),
        storage_key=storage_key,
        file_key=key,
        created=clock.now(),
        created_by=by.user_id,
    )
    if virus_scanner.is_on() and not is_ours:
        stored.scan_state, stored.scan_due_at = ScanState.WAITING, Now()
        wake("core.virus_scans")
    stored.save(force_insert=True)
    if stored.content_type in sniffing.CONVERTIBLE_TYPES:
        PlayableCopy.objects.create(file=stored, due_at=Now())
        wake("core.playable_copies")
    return stored


def open_file(stored: StoredFile) -> bytes:
    return b"".join(read_chunks(stored))


def require_scanned(stored: StoredFile) -> None:
    """Raises FileInfected; and FileNotScanned, unless this installation gives files out before they were looked at."""
    if stored.scan_state == ScanState.INFECTED:
        raise FileInfected
    if stored.scan_state == ScanState.WAITING and settings.VIRUS_SCAN_REQUIRED:
        raise FileNotScanned


def read_chunks(stored: StoredFile) -> Iterator[bytes]:
    """The content, chunk by chunk; raises FileInfected, FileNotScanned, FileMissing or DecryptionError."""
    require_scanned(stored)
    yield from read_whatever(stored)


def read_whatever(stored: StoredFile) -> Iterator[bytes]:
    """The content for whoever looks whether it may be given out. Raises FileMissing or DecryptionError."""
    cipher = AESGCM(bytes(stored.file_key))
    try:
        with _path(stored.storage_key).open("rb") as source:
            if source.read(len(MAGIC)) != MAGIC:
                raise DecryptionError(f"Stored file {stored.pk} has an unknown format.")
            chunk, number = source.read(CHUNK + TAG), 0
            while chunk:
                following = source.read(CHUNK + TAG)
                yield cipher.decrypt(_nonce(number), chunk, _chunk_aad(stored.storage_key, number, last=not following))
                chunk, number = following, number + 1
    except FileNotFoundError as error:
        raise FileMissing from error
    except InvalidTag as error:
        raise DecryptionError(f"Stored file {stored.pk} is damaged.") from error


def serve_file(
    stored: StoredFile, *, disposition: Literal["attachment", "inline"] = "attachment", name: str | None = None
) -> HttpResponse:
    """The answer with the content. Shown in place only for the few types that are on the list; never run, never cached.

    ``name`` is what the viewer may see it called; by default its own name.
    """
    inline = disposition == "inline" and stored.content_type in sniffing.INLINE_TYPES
    content_type = stored.content_type if inline else sniffing.served_type(stored.content_type)
    if content_type == "text/plain":
        content_type = "text/plain; charset=utf-8"
    response = HttpResponse(open_file(stored), content_type=content_type)
    shown = clean_name(stored.name if name is None else name)
    response["Content-Disposition"] = content_disposition_header(not inline, shown) or "attachment"
    response["Content-Security-Policy"] = FILE_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


def playable(stored: StoredFile) -> StoredFile | None:
    """What a browser plays of a recording: itself, or the copy that was made of it."""
    if stored.content_type in sniffing.PLAYABLE_TYPES:
        return stored
    made = getattr(stored, "playable", None) if stored.content_type in sniffing.CONVERTIBLE_TYPES else None
    return None if made is None else made.copy


def delete_file(stored: StoredFile) -> None:
    """Delete the row now and the content once that is committed; with it the copy that was made to be played."""
    path = _path(stored.storage_key)
    copy = StoredFile.objects.filter(pk__in=PlayableCopy.objects.filter(file=stored).values("copy")).first()
    stored.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))
    if copy is not None:
        delete_file(copy)


def clean_name(name: str) -> str:
    """A name to show and to save under: no path, no control or direction marks, never empty. The ending is kept."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    name = "".join(sign for sign in name if unicodedata.category(sign) not in _UNSEEN)
    name = _BLANKS.sub(" ", re.split(r"[/\\]", name)[-1]).strip(" .")
    if len(name) > MAX_NAME:
        stem, dot, ending = name.rpartition(".")
        ending = f"{dot}{ending}" if stem and len(ending) <= 20 else ""
        name = name[: MAX_NAME - len(ending)] + ending
    return name or "file"


def file_limit() -> int:
    return int(getattr(settings, "FILE_SIZE_LIMIT", DEFAULT_LIMIT))


def delete_orphans(*, batch: int = 1000) -> int:
    """Remove content whose row was never committed or is gone."""
    removed = 0
    before = time.time() - ORPHAN_AGE
    names: list[Path] = []
    for path in _root().glob("*/*/*"):
        if path.stat().st_mtime < before:
            names.append(path)
        if len(names) >= batch:
            removed += _delete_unknown(names)
            names = []
    return removed + _delete_unknown(names)


def _delete_unknown(paths: list[Path]) -> int:
    known = set(
        StoredFile.objects.filter(storage_key__in=[path.stem for path in paths]).values_list("storage_key", flat=True)
    )
    unknown = [path for path in paths if path.stem not in known or path.suffix]
    for path in unknown:
        path.unlink(missing_ok=True)
    return len(unknown)


def _cleaned(source: IO[bytes], limit: int) -> IO[bytes]:
    """The source again, or a cleaned copy of it. What cannot be read as what it claims to be stays as it came."""
    content_type = cleaned_as(_read_full(source, sniffing.HEAD))
    source.seek(0)
    if settings.KEEP_FILE_METADATA or not content_type:
        return source
    content = _read_full(source, limit + 1)
    if len(content) > limit:
        raise FileTooLarge(limit=limit // (1024 * 1024))
    try:
        return io.BytesIO(without_metadata(content, content_type))
    except ValueError:
        logger.info("file.metadata_unreadable", content_type=content_type)
        return io.BytesIO(content)


def _type_of(source: IO[bytes], head: bytes) -> str:
    if sniffing.is_told_later(head):
        source.seek(0)
        head = _read_full(source, sniffing.FAR)
    return sniffing.sniff(head)


def _write(source: IO[bytes], target: Path, key: bytes, storage_key: str, limit: int) -> tuple[int, bytes, bytes]:
    cipher, digest, head, size, number = AESGCM(key), hashlib.sha256(), b"", 0, 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(descriptor, "wb") as sink:
        sink.write(MAGIC)
        chunk = _read_full(source)
        head = chunk[: sniffing.HEAD]
        while True:
            following = _read_full(source) if len(chunk) == CHUNK else b""
            size += len(chunk)
            if size + len(following) > limit:
                raise FileTooLarge(limit=limit // (1024 * 1024))
            digest.update(chunk)
            sink.write(cipher.encrypt(_nonce(number), chunk, _chunk_aad(storage_key, number, last=not following)))
            if not following:
                break
            chunk, number = following, number + 1
        sink.flush()
        os.fsync(sink.fileno())
    return size, digest.digest(), head


def _read_full(source: IO[bytes], wanted: int = CHUNK) -> bytes:
    """As much as is wanted, also from a source that gives less at a time."""
    parts, missing = [], wanted
    while missing and (part := source.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _nonce(number: int) -> bytes:
    # Counting is safe: every file has a key of its own.
    return number.to_bytes(12, "big")


def _chunk_aad(storage_key: str, number: int, *, last: bool) -> bytes:
    return f"{storage_key}:{number}:{int(last)}".encode()


def _root() -> Path:
    return Path(settings.MEDIA_ROOT) / "files"


def _path(storage_key: str) -> Path:
    return _root() / storage_key[:2] / storage_key[2:4] / storage_key


def _make_folders(folder: Path) -> None:
    # One by one: mkdir gives its mode to the last folder only.
    Path(settings.MEDIA_ROOT).mkdir(mode=0o750, parents=True, exist_ok=True)
    for level in (_root(), folder.parent, folder):
        level.mkdir(mode=0o750, exist_ok=True)
