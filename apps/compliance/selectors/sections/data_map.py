"""Where personal data are, as the models and what is in force say now."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from apps.compliance.selectors.data_map import HEAD, data_map
from apps.core.evidence import Exact, Period, Section, register_section


def fields(period: Period) -> Iterator[tuple[object, ...]]:
    for entry in data_map():
        *known, recipients = entry.cells()
        yield (*map(Exact, known), recipients)


register_section(Section("data_map", _("Data map"), HEAD, fields))
