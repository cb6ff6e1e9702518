from apps.core.models.audit import AuditAnchor, AuditEntry, AuditSeal
from apps.core.models.base import (
    AppendOnlyModel,
    SequencedModel,
    SequencedQuerySet,
    TimestampedModel,
    VersionedModel,
)
from apps.core.models.event import Event, EventCounter, ParkedEvent, SubscriberPosition
from apps.core.models.file import PlayableCopy, ScanState, StoredFile
from apps.core.models.idempotency import IdempotentAnswer
from apps.core.models.keys import DataKey, KeyRotation, RotatedTable
from apps.core.models.lease import Lease
from apps.core.models.throttle import ThrottleMark

__all__ = [
    "AppendOnlyModel",
    "AuditAnchor",
    "AuditEntry",
    "AuditSeal",
    "DataKey",
    "Event",
    "EventCounter",
    "IdempotentAnswer",
    "KeyRotation",
    "Lease",
    "ParkedEvent",
    "PlayableCopy",
    "RotatedTable",
    "ScanState",
    "SequencedModel",
    "SequencedQuerySet",
    "StoredFile",
    "SubscriberPosition",
    "ThrottleMark",
    "TimestampedModel",
    "VersionedModel",
]
