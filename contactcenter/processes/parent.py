"""A process that the supervisor started ends when the supervisor is gone, also where the kernel does not see to it."""

import os
import platform
import signal
import threading
import time


def follow_parent() -> None:
    """Asks this process to stop when its parent changes. On Linux the kernel does it (see `children.spawn`)."""
    if platform.system() == "Linux":
        return
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="follow-parent", daemon=True).start()
