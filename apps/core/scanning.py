"""Files are looked at for viruses once they are stored: held until then, and never given out where something was found.

Any number of workers may do so: each takes a row for a while, and writes only while the row is still its own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog
from django.db import transaction
from django.db.models.functions import Now

from apps.core import audit, virus_scanner
from apps.core.actor import SYSTEM
from apps.core.crypto import DecryptionError
from apps.core.models import ScanState, StoredFile
from apps.core.outage import Outage
from apps.core.storage import FileMissing, read_whatever
from apps.core.virus_scanner import ScannerAway

logger = structlog.get_logger(__name__)

BATCH: Final = 20
AGAIN_AFTER: Final = timedelta(seconds=30)
HELD: Final = timedelta(minutes=10)
"""Longer than looking at the largest file takes: nobody takes a row that somebody is still working on."""

_outage = Outage("virus_scanner.away")


def scan_due_files() -> int:
    """One pass over what waits. Ends at once when the scanner is away: what waits is tried again."""
    done = 0
    if not virus_scanner.is_on():
        return done
    while done < BATCH and (stored := _claim()) is not None:
        try:
            _note(stored, virus_scanner.look_at(read_whatever(stored)))
        except ScannerAway as away:
            _outage.failed(away, why=str(away))
            _put_back(stored)
            break
        except (FileMissing, DecryptionError) as error:
            logger.warning("file.not_scanned", file_id=stored.pk, error=type(error).__name__)
            _put_back(stored)
        else:
            _outage.worked()
        done += 1
    return done


@transaction.atomic
def _claim() -> StoredFile | None:
    due = StoredFile.objects.filter(scan_due_at__lte=Now()).order_by("scan_due_at")
    stored = due.select_for_update(of=("self",), skip_locked=True, no_key=True).first()
    if stored is not None:
        stored.scan_attempts += 1
        stored.scan_due_at = Now() + HELD
        stored.save(update_fields=["scan_attempts", "scan_due_at"])
    return stored


@transaction.atomic
def _note(stored: StoredFile, finding: str) -> None:
    state = ScanState.INFECTED if finding else ScanState.CLEAN
    mine = StoredFile.objects.filter(pk=stored.pk, scan_attempts=stored.scan_attempts)
    if mine.update(scan_state=state, scan_finding=finding, scan_due_at=None) and finding:
        logger.warning("file.infected", file_id=stored.pk, finding=finding)
        audit.record("file.infected", by=SYSTEM, subject=stored, details={"finding": finding})


def _put_back(stored: StoredFile) -> None:
    mine = StoredFile.objects.filter(pk=stored.pk, scan_attempts=stored.scan_attempts)
    mine.update(scan_due_at=Now() + AGAIN_AFTER)
