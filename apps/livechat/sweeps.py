"""What ends by the clock."""

from apps.core.sweeps import sweep
from apps.livechat.services import line, sessions


@sweep("livechat.silence", queue="events", every=15.0)
def end_silent_chats() -> int:
    return sessions.end_silent()


@sweep("livechat.line", queue="events", every=5.0)
def look_at_the_line() -> int:
    return line.look()
