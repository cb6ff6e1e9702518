"""Compiles translations without gettext's tools, which a fresh machine does not have."""

from pathlib import Path

import polib


def compile_all(directory: Path) -> int:
    """Writes each .mo that is older than its .po; returns how many."""
    written = 0
    for source in sorted(directory.rglob("*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        scratch = target.with_suffix(".mo.new")
        polib.pofile(str(source)).save_as_mofile(str(scratch))
        scratch.replace(target)
        written += 1
    return written
