"""The copy of one person's data: what each place tells, for machines and for readers, with the files beside it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from apps.core import audit, clock
from apps.core.actor import SYSTEM, Actor
from apps.core.errors import NotVisible
from apps.core.models import StoredFile
from apps.core.permissions import require
from apps.core.sheets import csv_file
from apps.core.storage import FileInfected, FileMissing, clean_name, open_file, store_file
from apps.core.sweeps import sweep
from apps.core.wake import wake
from apps.privacy import people
from apps.privacy.detection import find_spans, find_values
from apps.privacy.enums import Mode, PackageState, RequestKind
from apps.privacy.errors import PackageGone, WrongStep
from apps.privacy.lens import Lens
from apps.privacy.models import AccessPackage, DataSubjectRequest
from apps.privacy.people import Person, Telling
from apps.privacy.querysets import AccessPackageQuerySet
from apps.privacy.services.own_places import take_away

KEPT_FOR: Final = timedelta(hours=24)
MAX_ATTEMPTS: Final = 3
MAX_PACKAGE: Final = 2 * 1024 * 1024 * 1024
LANGUAGES: Final = ("zh-hans", "en")
_MASKED: Final = Lens.uniform(Mode.MASKED)


def without_others(person: Person, text: str) -> str:
    """The text with their own data as they are, and everybody else's masked as far as the detector finds them."""
    own = find_values(text, person.known)
    parts, position = [], 0
    for span in find_spans(text):
        if any(span.start < each.end and each.start < span.end for each in own):
            continue
        parts += [text[position : span.start], _MASKED.show(span.kind, text[span.start : span.end])]
        position = span.end
    return "".join([*parts, text[position:]])


# Asking


@transaction.atomic
def ask_for_package(*, request: DataSubjectRequest, by: Actor) -> AccessPackage:
    """For a request for access whose identity was checked."""
    require(by, "privacy.manage_requests")
    row = DataSubjectRequest.objects.visible_to(by).select_for_update(of=("self",), no_key=True)
    found = row.filter(pk=request.pk).first()
    if found is None:
        raise NotVisible
    if found.kind != RequestKind.ACCESS or found.checked_at is None or not found.is_open:
        raise WrongStep
    package = AccessPackage.objects.create(request=found, asked_by=by.user)
    audit.record("privacy.package_asked", by=by, subject=found)
    wake("privacy.packages")
    return package


@transaction.atomic
def fetch_package(*, package: AccessPackage, by: Actor) -> tuple[AccessPackage, StoredFile]:
    """The file for one download, which is counted. The view asks for a fresh proof before."""
    require(by, "privacy.manage_requests")
    row = (
        AccessPackage.objects.visible_to(by).select_for_update(of=("self",), no_key=True).filter(pk=package.pk).first()
    )
    if row is None:
        raise NotVisible
    is_over = row.expires_at is None or row.expires_at <= clock.now()
    if row.state != PackageState.READY or row.file is None or is_over or not row.downloads_left:
        raise PackageGone
    row.downloads += 1
    row.save(update_fields=["downloads", "updated"])
    audit.record("privacy.package_downloaded", by=by, subject=row.request, details={"download": row.downloads})
    return row, row.file


# Building


@sweep("privacy.packages", queue="bulk", every=60.0)
def build_packages() -> int:
    return int(_build_next() or _forget_next())


@transaction.atomic
def _forget_next() -> bool:
    row = _unlocked().filter(state=PackageState.READY, expires_at__lte=clock.now()).order_by("pk").first()
    if row is not None:
        take_away(row)
    return row is not None


def _build_next() -> bool:
    """A worker that dies leaves it to the next one, three times at most: the attempt is counted before."""
    pk = _claim()
    return pk is not None and _build(pk)


@transaction.atomic
def _claim() -> int | None:
    row = _unlocked().filter(state=PackageState.BUILDING).order_by("attempts", "pk").first()
    if row is None:
        return None
    row.attempts += 1
    row.save(update_fields=["attempts", "updated"])
    return row.pk


def _unlocked() -> AccessPackageQuerySet:
    return AccessPackage.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)


@transaction.atomic
def _build(pk: int) -> bool:
    row = _unlocked().filter(pk=pk, state=PackageState.BUILDING).first()
    if row is None:
        return False
    person = people.directory().person(row.request.customer_id)
    if person is None or row.attempts > MAX_ATTEMPTS:
        row.state = PackageState.FAILED
    else:
        content = packed(person)
        name = f"data-{row.request.public_id}.zip"
        row.file = store_file(content, name=name, by=SYSTEM, limit=MAX_PACKAGE, is_ours=True)
        row.state, row.expires_at = PackageState.READY, clock.now() + KEPT_FOR
    row.save(update_fields=["file", "state", "expires_at", "updated"])
    audit.record("privacy.package_built", by=SYSTEM, subject=row.request, result=row.state)
    return True


Row = Mapping[str, Any]


def packed(person: Person) -> io.BytesIO:
    """A ZIP: `<part>.json` and `<part>.csv` of each part, an index to read in each language, and the files."""
    whole = io.BytesIO()
    parts: list[tuple[Telling, list[Row]]] = []
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for telling in people.tellings():
            rows = [_plain(row) for row in telling.show(person)]
            parts.append((telling, rows))
            _write_part(archive, person, telling, rows)
        for language in LANGUAGES:
            archive.writestr(f"index.{language}.html", _index(parts, language))
    whole.seek(0)
    return whole


def _plain(row: Row) -> Row:
    plain: dict[str, Any] = json.loads(json.dumps(row, ensure_ascii=False, cls=DjangoJSONEncoder))
    return plain


def _write_part(archive: zipfile.ZipFile, person: Person, telling: Telling, rows: list[Row]) -> None:
    archive.writestr(f"{telling.key}.json", json.dumps(rows, ensure_ascii=False, indent=1))
    if rows:
        archive.writestr(f"{telling.key}.csv", csv_file(list(rows[0]), [list(row.values()) for row in rows]))
    for name, content in _files(telling.files(person) if telling.files else ()):
        archive.writestr(f"files/{name}", content)


def _files(wanted: Iterable[tuple[str, int]]) -> Iterable[tuple[str, bytes]]:
    for name, pk in wanted:
        stored = StoredFile.objects.filter(pk=pk).first()
        try:
            if stored is not None:
                yield clean_name(name), open_file(stored)
        except (FileMissing, FileInfected):
            continue


def _index(parts: list[tuple[Telling, list[Row]]], language: str) -> str:
    with translation.override(language):
        tables = [
            (str(telling.label), list(rows[0]) if rows else [], [row.values() for row in rows], telling.key)
            for telling, rows in parts
        ]
        context = {"tables": tables, "language": language, "made_at": clock.now()}
        return render_to_string("privacy/package.html", context)
