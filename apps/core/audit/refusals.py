"""What somebody tried and may not do is an entry, too: written by the face that answers, once the refused transaction is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import connection

from apps.core import throttle
from apps.core.actor import Actor, ActorKind
from apps.core.audit.recording import record
from apps.core.errors import PermissionRefused

AGAIN: Final = timedelta(minutes=1)
"""Who tries the same without end leaves an entry a minute, not a million."""


def record_refusal(error: Exception, *, by: Any, where: str) -> None:
    """`where` is the name of the route or socket message. Nothing is written for people who are not signed in, nor for
    what is merely wrong, late or out of sight.
    """
    if not isinstance(error, PermissionRefused | PermissionDenied) or not isinstance(by, Actor):
        return
    if by.kind is ActorKind.SYSTEM or by.user_id is None or connection.needs_rollback:
        return
    asked = getattr(error, "asked", "")
    subject = getattr(error, "subject", None)
    told = {"where": where, "permission": asked}
    if throttle.is_first(f"refused:{by.key}:{where}:{asked}:{_name(subject)}", per=AGAIN):
        record("permission.refused", by=by, subject=subject, result="refused", details=told)


def _name(subject: Any) -> str:
    return "" if subject is None else f"{subject._meta.label_lower}:{subject.pk}"
