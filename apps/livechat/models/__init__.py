from apps.livechat.models.invitation import Invitation
from apps.livechat.models.session import ChatSession

__all__ = ["ChatSession", "Invitation"]
