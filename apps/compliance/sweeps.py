"""Files that are made in the background, and files that are gone after a day."""

from apps.compliance.services import exports
from apps.core.sweeps import sweep


@sweep("compliance.exports", queue="bulk", every=10.0)
def make_exports() -> int:
    return exports.make_export()


@sweep("compliance.export_ends", queue="bulk", every=300.0)
def end_exports() -> int:
    return exports.end_exports()
