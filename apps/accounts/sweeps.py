"""The sweeps of accounts."""

from __future__ import annotations

from apps.accounts.services.sessions import purge_sessions
from apps.core.sweeps import sweep


@sweep("accounts.sessions", queue="bulk", every=600.0)
def purge_ended_sessions() -> int:
    return purge_sessions()
