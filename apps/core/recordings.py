"""Recordings that no browser plays get a copy that every browser does; what came stays as it came.

Any number of workers may do so: each takes a row for a while, and writes only while the row is still its own.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import Final

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from apps.core import sniffing, transcoder
from apps.core.actor import SYSTEM
from apps.core.crypto import DecryptionError
from apps.core.errors import AppError
from apps.core.models import PlayableCopy
from apps.core.storage import open_file, store_file

logger = structlog.get_logger(__name__)

BATCH: Final = 3
MAX_ATTEMPTS: Final = 3
SECONDS: Final = 30
AGAIN_AFTER: Final = timedelta(minutes=5)
"""Longer than a batch takes: nobody takes a row that somebody is still working on."""


def make_playable_copies() -> int:
    rows = _claim()
    for row in rows:
        try:
            _make(row)
        except (AppError, DecryptionError, OSError, subprocess.SubprocessError) as error:
            # One that cannot be had now must not hold up the others; it is tried again.
            logger.warning("recording.not_converted", file_id=row.file_id, error=type(error).__name__)
    return len(rows)


@transaction.atomic
def _claim() -> list[PlayableCopy]:
    due = PlayableCopy.objects.filter(due_at__lte=Now()).select_related("file").order_by("due_at")
    rows = list(due.select_for_update(of=("self",), skip_locked=True)[:BATCH])
    for row in rows:
        row.attempts += 1
        row.due_at = Now() + AGAIN_AFTER if row.attempts < MAX_ATTEMPTS else None
        row.save(update_fields=["attempts", "due_at"])
    return rows


def _make(row: PlayableCopy) -> None:
    done = subprocess.run(
        [sys.executable, "-m", transcoder.__name__, sniffing.CONVERTIBLE_TYPES[row.file.content_type]],
        input=open_file(row.file),
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode == 0:
        _keep(row, done.stdout)
        return
    logger.warning("recording.not_converted", file_id=row.file_id, exit=done.returncode, attempt=row.attempts)
    if done.returncode == transcoder.UNREADABLE:
        _own(row).update(due_at=None)


@transaction.atomic
def _keep(row: PlayableCopy, content: bytes) -> None:
    if _own(row).select_for_update().exists():
        copy = store_file(content, name=f"{row.file.name}.mp3", by=SYSTEM, is_ours=True)
        _own(row).update(copy=copy, due_at=None)


def _own(row: PlayableCopy) -> QuerySet[PlayableCopy]:
    """The row, if nobody else took it since."""
    return PlayableCopy.objects.filter(pk=row.pk, attempts=row.attempts, copy=None)
