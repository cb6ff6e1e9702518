"""The audit trail: who read, revealed, exported, signed in or changed what."""

from apps.core.audit.anchors import (
    Anchor,
    UnreadableAnchor,
    anchor_of,
    keep_anchors,
    kept_anchors,
    line_of,
    public_key_text,
)
from apps.core.audit.recording import mark_of, record, record_list, record_view
from apps.core.audit.refusals import record_refusal
from apps.core.audit.sealing import seal_audit
from apps.core.audit.verifying import Finding, Verification, verify_trail

__all__ = [
    "Anchor",
    "Finding",
    "UnreadableAnchor",
    "Verification",
    "anchor_of",
    "keep_anchors",
    "kept_anchors",
    "line_of",
    "mark_of",
    "public_key_text",
    "record",
    "record_list",
    "record_refusal",
    "record_view",
    "seal_audit",
    "verify_trail",
]
