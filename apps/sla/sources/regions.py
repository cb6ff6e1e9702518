"""Public holidays of other countries and regions, from the library `holidays`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

import holidays
from babel import Locale

from apps.sla.errors import NotPublished
from apps.sla.sources.days import ImportedDay

# Mainland China has a source of its own, which also knows the make-up working days.
LEFT_OUT = frozenset({"CN"})
LANGUAGES = {"zh-hans": "zh_CN", "en": "en_US"}


def regions(language: str) -> Sequence[tuple[str, str]]:
    """Codes with their names, by name."""
    names = Locale.parse(language, sep="-").territories
    offered = [(code, names.get(code, code)) for code in _supported() if code not in LEFT_OUT]
    return sorted(offered, key=lambda pair: pair[1])


def region_days(code: str, year: int) -> list[ImportedDay]:
    """Those of the whole country; what only a part of it keeps is entered by hand."""
    spoken = holidays.list_localized_countries().get(code, [])
    texts = {ours: dict(_of(code, year, theirs)) for ours, theirs in LANGUAGES.items() if theirs in spoken}
    own = dict(_of(code, year, None))
    if not own:
        raise NotPublished(year=year)
    return [
        ImportedDay(day, name={ours: names[day] for ours, names in texts.items() if day in names} or {"en": name})
        for day, name in sorted(own.items())
    ]


def _of(code: str, year: int, language: str | None) -> list[tuple[date, str]]:
    return list(holidays.country_holidays(code, years=year, language=language).items())


@cache
def _supported() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries(include_aliases=False))
