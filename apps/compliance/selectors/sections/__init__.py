"""What a pack for auditors holds of the apps below. Other apps register sections of their own (`core.evidence`)."""

from apps.compliance.selectors.sections import access, data_map, processing, rights, state, trail

__all__ = ["access", "data_map", "processing", "rights", "state", "trail"]
