from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from apps.sla.enums import DayKind


@dataclass(frozen=True)
class ImportedDay:
    date: date
    kind: DayKind = DayKind.HOLIDAY
    name: Mapping[str, str] = field(default_factory=dict)
