"""Which Chromium drives the browser tests."""

import os
import shutil

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
"""The first is the same engine without a browser around it, so that each person's pages cost a quarter of the processor."""


def found() -> str | None:
    """Its path: the one that CHROMIUM names, or the first that this machine has."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
