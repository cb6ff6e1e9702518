"""Entries of the trail, inserted without looking at each other, so that recording costs no lock."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db import models

from apps.core import clock, throttle
from apps.core.actor import Actor
from apps.core.crypto import keyed_hash
from apps.core.models import AuditEntry

VIEW_EVERY = timedelta(minutes=10)
LONGEST_FILTER = 200


def record(
    action: str,
    *,
    by: Actor,
    subject: models.Model | None = None,
    subject_type: str = "",
    subject_id: int | None = None,
    reason: str = "",
    result: str = "ok",
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write an entry in the caller's transaction. ``reason`` and ``details`` are encrypted; nothing else may hold
    personal data. Of who sees the desk as somebody else both are named: who it is, and in ``as`` whom they see it as.
    """
    if subject is not None:
        subject_type, subject_id = subject._meta.label_lower, subject.pk
    if by.behind is not None:
        details = {**(details or {}), "as": by.user_id}
    entry = AuditEntry(
        created=clock.now(),
        actor_kind=by.kind.value,
        actor_user_id=by.doer_id,
        token_id=by.token_id,
        face=by.face.value,
        ip=_address(by.ip),
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        result=result,
        reason=reason,
        details=details or {},
    )
    entry.save(force_insert=True)
    return entry


def record_list(model: type[models.Model], *, by: Actor, rows: int, asked: Mapping[str, str]) -> None:
    """One entry for a page of rows, not one for each row. Who asks for the same page again within ten minutes leaves no
    second one; that is remembered in the cache, as polling must cost nothing, so an entry more is possible.
    """
    known = {name: value[:LONGEST_FILTER] for name, value in sorted(asked.items())}
    if cache.add(f"audit:list:{mark_of(f'{by.key} {model._meta.label_lower} {known}')}", 1, VIEW_EVERY.total_seconds()):
        details = {"rows": rows, "filter": {name: _told(name, value) for name, value in known.items()}}
        record(f"{model._meta.model_name}.listed", by=by, subject_type=model._meta.label_lower, details=details)


def _told(name: str, value: str) -> str:
    """What could name a person is told by its mark alone."""
    return value if value.isascii() and value.replace("_", "").replace("-", "").isalpha() else f"#{mark_of(value)}"


def mark_of(term: str) -> str:
    """The same for the same words, and gives nothing of them away without `INDEX_KEY`: so who searched for the same is
    found, and erasing a person leaves nothing of them in the trail.
    """
    return keyed_hash("audit-term", term.strip().casefold().encode()).hex()[:16]


def _address(text: str) -> str | None:
    """What a proxy or a header claims may be anything; only an address is kept."""
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return None


def record_view(
    action: str, *, by: Actor, subject: models.Model, details: dict[str, Any] | None = None
) -> AuditEntry | None:
    """One entry per actor, action and record in ten minutes; None when there is one already."""
    key = f"view:{by.key}:{action}:{subject._meta.label_lower}:{subject.pk}"
    if not throttle.is_first(key, per=VIEW_EVERY):
        return None
    return record(action, by=by, subject=subject, details=details)
