"""Files are looked at for viruses before anybody gets them, and what holds one goes nowhere."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.checks import run_checks
from django.db.models.functions import Now
from pytest_django import Settings

from apps.core import scanning, virus_scanner
from apps.core.actor import SYSTEM
from apps.core.models import AuditEntry, ScanState, StoredFile
from apps.core.storage import FileInfected, FileNotScanned, open_file, serve_file, store_file
from apps.core.virus_scanner import ScannerAway
from tests.support import clamd
from tests.support.clamd import NAME, VIRUS, SpokenClamd

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def scanner(tmp_path: Path, settings: Settings) -> Iterator[SpokenClamd]:
    settings.MEDIA_ROOT = tmp_path
    server = SpokenClamd()
    settings.VIRUS_SCANNER = server.address
    yield server
    server.close()


def state(stored: StoredFile) -> tuple[str, str]:
    row = StoredFile.objects.get(pk=stored.pk)
    return row.scan_state, row.scan_finding


def fresh(stored: StoredFile) -> StoredFile:
    return StoredFile.objects.get(pk=stored.pk)


# The scanner


@pytest.mark.parametrize(("content", "finding"), [(b"", ""), (b"x" * 600_000, ""), (b"x" * 600_000 + VIRUS, NAME)])
def test_a_scanner_is_asked_in_pieces(scanner: SpokenClamd, content: bytes, finding: str) -> None:
    pieces = [content[place : place + 1000] for place in range(0, len(content), 1000)]
    assert virus_scanner.look_at([*pieces, b""]) == finding
    assert scanner.seen == [content]


@pytest.mark.parametrize("answer", [b"", b"stream: ERROR", b"stream: Can't allocate memory ERROR", b"OK then", b"\xff"])
def test_what_is_no_answer_is_none(scanner: SpokenClamd, answer: bytes) -> None:
    scanner.says = answer or b"\0"
    with pytest.raises(ScannerAway):
        virus_scanner.look_at([b"x"])


def test_what_is_too_long_for_it_is_told_from_clean(scanner: SpokenClamd) -> None:
    scanner.limit = 10_000
    with pytest.raises(ScannerAway):
        virus_scanner.look_at([bytes(9000)] * 900)


@pytest.mark.skipif(clamd.CLAMD is None, reason="clamd is not installed here")
def test_clamd_itself_finds_what_it_has_a_signature_for(settings: Settings) -> None:
    with tempfile.TemporaryDirectory() as folder, clamd.real_clamd(Path(folder)) as address:
        settings.VIRUS_SCANNER = address
        assert virus_scanner.look_at([b"harmless"]) == ""
        assert virus_scanner.look_at([b"x" * 300_000, VIRUS[:9], VIRUS[9:]]).startswith(NAME)


@pytest.mark.parametrize("address", ["127.0.0.1:3310", "http://scanner", "unix://", "tcp://"])
def test_an_address_that_is_none_is_told_at_start(settings: Settings, address: str) -> None:
    settings.VIRUS_SCANNER = address
    assert [found.id for found in run_checks(tags=["security"]) if found.id == "core.E014"]
    settings.VIRUS_SCANNER = ""
    assert not [found.id for found in run_checks(tags=["security"]) if found.id == "core.E014"]


# Files


def test_a_file_is_held_until_it_was_looked_at(scanner: SpokenClamd) -> None:
    stored = store_file(b"harmless", name="a.txt", by=SYSTEM)
    for give in (open_file, serve_file):
        with pytest.raises(FileNotScanned):
            give(fresh(stored))
    assert scanning.scan_due_files() == 1
    assert state(stored) == (ScanState.CLEAN, "")
    assert open_file(fresh(stored)) == b"harmless"
    assert scanning.scan_due_files() == 0
    assert len(scanner.seen) == 1


def test_what_holds_a_virus_is_given_to_nobody_and_told(scanner: SpokenClamd) -> None:
    stored = store_file(b"x" * 400_000 + VIRUS, name="王小明.txt", by=SYSTEM)
    scanning.scan_due_files()
    assert state(stored) == (ScanState.INFECTED, NAME)
    for give in (open_file, serve_file):
        with pytest.raises(FileInfected):
            give(fresh(stored))
    (entry,) = AuditEntry.objects.filter(action="file.infected")
    assert (entry.subject_id, entry.details) == (stored.pk, {"finding": NAME})


def test_while_the_scanner_is_away_files_wait_for_it(scanner: SpokenClamd, settings: Settings) -> None:
    first, second = (store_file(name, name="x", by=SYSTEM) for name in (b"harmless", VIRUS))
    usual, settings.VIRUS_SCANNER = settings.VIRUS_SCANNER, "tcp://127.0.0.1:1"
    assert scanning.scan_due_files() == 0
    assert state(first) == state(second) == (ScanState.WAITING, "")
    with pytest.raises(FileNotScanned):
        open_file(fresh(first))

    settings.VIRUS_SCANNER = usual
    StoredFile.objects.update(scan_due_at=Now())
    assert scanning.scan_due_files() == 2
    assert (state(first), state(second)) == ((ScanState.CLEAN, ""), (ScanState.INFECTED, NAME))


def test_an_installation_may_give_files_out_before(scanner: SpokenClamd, settings: Settings) -> None:
    settings.VIRUS_SCAN_REQUIRED = False
    stored = store_file(VIRUS, name="x", by=SYSTEM)
    assert open_file(fresh(stored)) == VIRUS
    scanning.scan_due_files()
    with pytest.raises(FileInfected):
        open_file(fresh(stored))


def test_a_worker_that_was_replaced_writes_nothing(scanner: SpokenClamd, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = store_file(VIRUS, name="x", by=SYSTEM)

    def slow(_chunks: object) -> str:
        StoredFile.objects.filter(pk=stored.pk).update(scan_attempts=7)
        return ""

    monkeypatch.setattr(scanning, "virus_scanner", SimpleNamespace(is_on=lambda: True, look_at=slow))
    scanning.scan_due_files()
    assert state(stored) == (ScanState.WAITING, "")


def test_what_we_made_ourselves_is_ready_at_once(scanner: SpokenClamd) -> None:
    stored = store_file(b"rows", name="export.zip", by=SYSTEM, is_ours=True)
    assert open_file(stored) == b"rows"
    assert scanning.scan_due_files() == 0


def test_without_a_scanner_nothing_is_held(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.VIRUS_SCANNER = ""
    stored = store_file(VIRUS, name="x", by=SYSTEM)
    assert open_file(stored) == VIRUS
    assert state(stored) == (ScanState.UNSCANNED, "")
    assert scanning.scan_due_files() == 0
