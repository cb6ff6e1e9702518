from apps.compliance.models.export import Export
from apps.compliance.models.incident import Incident

__all__ = ["Export", "Incident"]
