"""The file about an incident: the persons with what was met of them, and letters that are filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.compliance.kinds import Kind, Made, register_kind
from apps.compliance.models import Incident
from apps.compliance.querysets import MANAGE, READ
from apps.compliance.selectors.breach import head, letters, look_into, rows_of
from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import NotVisible
from apps.core.sheets import Sheet, xlsx_file
from apps.privacy.lens import lens_for

KIND: Final = "incident"


def made_of(incident: Incident, by: Actor) -> Made:
    """In the lens of who asked."""
    exposure = look_into(incident)
    persons = [] if exposure is None else exposure.persons
    rows = list(rows_of(persons, lens_for(by)))
    others = [] if exposure is None else [(*kind, count) for kind, count in sorted(exposure.others.items())]
    sheets: list[Sheet] = [
        (_("Persons"), head(), rows),
        (_("Other entries"), (_("action"), _("what"), _("Times")), others),
    ]
    listed = [dict(zip(head(), row, strict=True)) for row in rows]
    files = {
        "affected.xlsx": xlsx_file(sheets),
        "affected.json": json.dumps(listed, ensure_ascii=False, indent=1).encode(),
        **{name: text.encode() for name, text in letters(incident, exposure).items()},
    }
    Incident.objects.filter(pk=incident.pk).update(persons_counted=len(rows))
    audit.record("incident.exported", by=by, subject=incident, details={"persons": len(rows)})
    return Made(len(rows), files)


def _make(question: Mapping[str, Any], by: Actor) -> Made:
    incident = Incident.objects.visible_to(by).filter(pk=question["incident"]).first()
    if incident is None:
        raise NotVisible
    return made_of(incident, by)


register_kind(Kind(KIND, gettext_lazy("Affected persons of an incident"), (READ, MANAGE), _make))
