"""The sweeps of core itself, registered when the app starts."""

from __future__ import annotations

from django.conf import settings

from apps.core import recordings, scanning, storage, throttle
from apps.core.audit import keep_anchors, seal_audit
from apps.core.events import number_events, run_subscribers
from apps.core.partitions import ensure_partitions
from apps.core.sweeps import sweep


@sweep("core.events", queue="events", every=1.0)
def deliver_events() -> int:
    """Number what was committed, then hand it to subscribers: one hop from commit to effect."""
    return number_events() + run_subscribers()


@sweep("core.partitions", queue="bulk", every=3600.0)
def make_partitions() -> int:
    ensure_partitions()
    return 0


@sweep("core.audit", queue="bulk", every=5.0)
def seal_entries() -> int:
    return seal_audit()


@sweep("core.audit_anchors", queue="bulk", every=600.0)
def keep_anchors_elsewhere() -> int:
    return keep_anchors(settings.AUDIT_ANCHOR_DIR) if settings.AUDIT_ANCHOR_DIR else 0


@sweep("core.throttle_marks", queue="bulk", every=600.0)
def purge_throttle_marks() -> int:
    return throttle.purge()


@sweep("core.playable_copies", queue="bulk", every=30.0)
def make_playable_copies() -> int:
    return recordings.make_playable_copies()


@sweep("core.virus_scans", queue="bulk", every=15.0)
def scan_files() -> int:
    return scanning.scan_due_files()


@sweep("core.orphaned_files", queue="bulk", every=6 * 3600.0)
def remove_orphaned_files() -> int:
    storage.delete_orphans()
    return 0
