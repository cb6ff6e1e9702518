from apps.knowledge.models.snippet import Snippet

__all__ = ["Snippet"]
