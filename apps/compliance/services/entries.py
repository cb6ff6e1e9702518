"""Many entries of the audit trail as a file, which a second person has to agree to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from apps.compliance.kinds import Kind, Made, register_kind
from apps.compliance.querysets import READ
from apps.core import audit
from apps.core.actor import Actor
from apps.core.admin.audit import entries_with_names, file_of

KIND: Final = "audit_entries"


def _make(question: Mapping[str, Any], by: Actor) -> Made:
    rows, ending = entries_with_names(question["ids"]), str(question["as"])
    details = {"entries": len(rows), "as": ending}
    audit.record("audit.exported", by=by, subject_type="core.auditentry", details=details)
    return Made(len(rows), {f"audit.{ending}": file_of(rows, ending)})


register_kind(Kind(KIND, _("Entries of the audit trail"), (READ,), _make))
