"""Data keys: a test that rotates them in a transaction takes its key back, and must not leave it in this process."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from apps.core import crypto


def look_up_once(patch: pytest.MonkeyPatch) -> None:
    """The key that every test starts with is known from now on, however long the run takes."""
    patch.setattr(crypto, "ACTIVE_KEY_SECONDS", float("inf"))
    crypto.forget_keys()
    crypto._ring.active()


@contextmanager
def kept() -> Iterator[None]:
    ring = crypto._ring
    ciphers, active = dict(ring._ciphers), ring._active
    yield
    ring._ciphers, ring._active = ciphers, active
