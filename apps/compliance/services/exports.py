"""Exports: asked for, made, decided about, fetched, and gone after a day. Each step is in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import translation

from apps.compliance.enums import ExportState
from apps.compliance.errors import ExportGone, NotInThisState, SecondPersonNeeded
from apps.compliance.kinds import Made, kind_of
from apps.compliance.models import Export
from apps.core import audit, clock, throttle
from apps.core.actor import SYSTEM, Actor, Face, person
from apps.core.errors import AppError, NotVisible, PermissionRefused
from apps.core.permissions import require
from apps.core.sealed_zip import new_password, zipped
from apps.core.storage import delete_file, open_file, store_file
from apps.core.wake import wake

log = structlog.get_logger(__name__)
KEPT: Final = timedelta(hours=24)
ASKED_AT_MOST: Final = 20
"""By one person in an hour."""
SIZE_LIMIT: Final = 512 * 1024 * 1024


def ask_export(*, kind: str, question: Mapping[str, Any], by: Actor) -> tuple[Export, str]:
    """The row and the password, which nobody is shown again."""
    for code in kind_of(kind).needs:
        require(by, code)
    if by.user is None:
        raise PermissionRefused
    throttle.hit(f"export:{by.key}", limit=ASKED_AT_MOST, per=timedelta(hours=1))
    with transaction.atomic():
        password = new_password()
        row = Export.objects.create(
            kind=kind,
            question=dict(question),
            language=translation.get_language() or settings.LANGUAGE_CODE,
            password=password,
            asked_by=by.user,
            asked_at=clock.now(),
        )
        audit.record("export.asked", by=by, subject=row, details={"kind": kind, "question": _short(question)})
        wake("compliance.exports")
    return row, password


def _short(question: Mapping[str, Any]) -> dict[str, Any]:
    """Of a long list only how long it is."""
    return {name: len(value) if isinstance(value, list) else value for name, value in question.items()}


# Made


def make_export() -> int:
    """The next one that waits to be made. Who asked is asked once more what they may."""
    with transaction.atomic():
        row = Export.objects.to_be_made().select_for_update(of=("self",), skip_locked=True).order_by("asked_at").first()
        if row is None:
            return 0
        try:
            with transaction.atomic():
                _write(row, _make(row))
        except AppError as refusal:
            _fail(row, refusal.code)
        except Exception as error:
            log.exception("export.failed", export=row.pk)
            _fail(row, type(error).__name__)
        return 1


def _make(row: Export) -> Made:
    by = person(row.asked_by, Face.ADMIN)
    kind = kind_of(row.kind)
    for code in kind.needs:
        require(by, code)
    with translation.override(row.language):
        return kind.make(row.question, by)


def _write(row: Export, made: Made) -> None:
    content = zipped(made.files, password=row.password)
    row.file = store_file(content, name=f"{row.kind}.zip", by=person(row.asked_by), limit=SIZE_LIMIT, is_ours=True)
    row.rows, row.password = made.rows, ""
    row.state = ExportState.WAITING if made.rows > settings.EXPORT_ROWS_ALONE else ExportState.READY
    row.expires_at = clock.now() + KEPT
    row.save(update_fields=["file", "rows", "password", "state", "expires_at"])
    audit.record("export.made", by=SYSTEM, subject=row, details={"rows": made.rows, "state": row.state})


def _fail(row: Export, why: str) -> None:
    row.state, row.password, row.reason = ExportState.FAILED, "", why
    row.save(update_fields=["state", "password", "reason"])
    audit.record("export.made", by=SYSTEM, subject=row, result="failed", details={"why": why})


# Decided


@transaction.atomic
def approve_export(*, export: Export, by: Actor) -> Export:
    """By somebody else, who could have asked for it too. The day begins anew."""
    return _decide(export, by, ExportState.READY, "export.approved")


@transaction.atomic
def refuse_export(*, export: Export, by: Actor, reason: str = "") -> Export:
    row = _decide(export, by, ExportState.REFUSED, "export.refused", reason)
    _drop_file(row)
    return row


def _decide(export: Export, by: Actor, state: ExportState, action: str, reason: str = "") -> Export:
    row = _locked(export, by)
    for code in kind_of(row.kind).needs:
        require(by, code)
    if by.user is None or by.user_id == row.asked_by_id:
        raise SecondPersonNeeded
    if row.state != ExportState.WAITING:
        raise NotInThisState(state=row.get_state_display())
    row.state, row.decided_by, row.decided_at, row.reason = state, by.user, clock.now(), reason
    row.expires_at = clock.now() + KEPT
    row.save(update_fields=["state", "decided_by", "decided_at", "reason", "expires_at"])
    audit.record(action, by=by, subject=row, reason=reason, details={"rows": row.rows})
    return row


# Fetched


@transaction.atomic
def fetch_export(*, export: Export, by: Actor) -> bytes:
    """The file, to who asked for it: nobody else has its password."""
    row = _locked(export, by)
    for code in kind_of(row.kind).needs:
        require(by, code)
    if by.user_id != row.asked_by_id:
        raise NotVisible
    if row.state == ExportState.EXPIRED or (row.expires_at is not None and row.expires_at < clock.now()):
        raise ExportGone
    if row.state != ExportState.READY or row.file is None:
        raise NotInThisState(state=row.get_state_display())
    row.fetched += 1
    row.save(update_fields=["fetched"])
    audit.record("export.fetched", by=by, subject=row, details={"rows": row.rows, "time": row.fetched})
    return open_file(row.file)


def end_exports(*, batch: int = 50) -> int:
    """Files whose day is over."""
    with transaction.atomic():
        rows = Export.objects.outlived(clock.now()).select_for_update(of=("self",), skip_locked=True)[:batch]
        for row in rows:
            row.state = ExportState.EXPIRED
            row.save(update_fields=["state"])
            _drop_file(row)
        return len(rows)


def _drop_file(row: Export) -> None:
    file, row.file = row.file, None
    row.save(update_fields=["file"])
    if file is not None:
        delete_file(file)


def _locked(export: Export, by: Actor) -> Export:
    row = Export.objects.visible_to(by).select_for_update(of=("self",), no_key=True).filter(pk=export.pk).first()
    if row is None:
        raise NotVisible
    return row
