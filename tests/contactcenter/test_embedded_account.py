"""The account and the place that root lends to PostgreSQL."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from contactcenter.embedded import account as accounts

pytestmark = pytest.mark.unit


class Locked(accounts.Account):
    """May not enter where the wheel lies."""

    def can(self, *command: str) -> bool:
        return False


def test_clusters_that_start_together_share_one_whole_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged, together = tmp_path / "wheel" / "pginstall", Barrier(4)
    (packaged / "bin").mkdir(parents=True)
    (packaged / "bin" / "postgres").write_text("#!/bin/sh\n")
    monkeypatch.setattr(accounts, "PRIVATE_ROOT", tmp_path / "private")
    copied: list[Path] = []
    copytree = shutil.copytree

    def counted(source: Path, target: Path, *rest: Any, **options: Any) -> Any:
        copied.append(Path(target))  # its folders come this way, too
        return copytree(source, target, *rest, **options)

    monkeypatch.setattr(accounts.shutil, "copytree", counted)

    def start(_number: int) -> Path:
        together.wait(30)
        return accounts.binaries_for(Locked(), packaged, tmp_path / "no-libraries", "18.1")

    with ThreadPoolExecutor(4) as pool:
        places = set(pool.map(start, range(4)))

    (programs,) = places
    assert (programs / "bin" / "postgres").read_text() == "#!/bin/sh\n"
    assert copied.count(programs) == 1
