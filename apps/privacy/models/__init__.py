from apps.privacy.models.policy import LensPolicy

__all__ = ["LensPolicy"]
