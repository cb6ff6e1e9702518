"""Where an error happened, for logs: never its text, which may quote a customer."""

import traceback
from pathlib import PurePath


def place_of(error: BaseException) -> str:
    """The innermost three places, `inbox.py:120 claim < …`."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " < ".join(f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
