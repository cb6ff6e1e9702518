"""The audit trail: who read, revealed, exported, signed in or changed what."""

from apps.core.audit.anchors import public_key_text
from apps.core.audit.recording import record, record_view
from apps.core.audit.sealing import seal_audit
from apps.core.audit.verifying import Finding, Verification, verify_trail

__all__ = ["Finding", "Verification", "public_key_text", "record", "record_view", "seal_audit", "verify_trail"]
