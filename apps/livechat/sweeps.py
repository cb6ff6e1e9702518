"""What ends by the clock."""

from apps.core.sweeps import sweep
from apps.livechat.services import sessions


@sweep("livechat.silence", queue="events", every=15.0)
def end_silent_chats() -> int:
    return sessions.end_silent()
